"""Room that nobody else has: for what a finished plan leaves over (semantics.md 7 and 5)."""

from dataclasses import dataclass, replace

from jobtree.base.identity import Key
from jobtree.ledger.account import Books
from jobtree.ledger.books import open_books
from jobtree.ledger.settle import begin
from jobtree.model.lease import Lease
from jobtree.model.plan import Plan, Reserve, Running, RunPlan, Start
from jobtree.plan.carry import leases_of
from jobtree.plan.standing import Hold
from jobtree.resolve.claims import scopes
from jobtree.resolve.ground import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Everything a plan gives out: leases that run or start, and slots that reservations hold."""

    leases: tuple[Lease, ...]
    reserved: tuple[Hold, ...]
    books: Books

    @property
    def everything(self) -> tuple[Lease, ...]:
        """All that holds slots, for whoever hands out more."""
        return (*self.leases, *(hold.as_lease for hold in self.reserved))


def room_of(ground: Ground, plan: Plan, but: Key | None = None) -> Room:
    """What stands in the way of anything more, without one run. Costs as ``ledger.books.open_books``."""
    others = [one for one in plan.runs if one.run != but]
    leases = tuple(lease for one in others if not isinstance(one.decision, Reserve) for lease in planned_leases(one))
    ahead = tuple(lease for one in others if isinstance(one.decision, Reserve) for lease in planned_leases(one))
    history = begin(replace(ground.history, leases=()), [*leases, *ahead])
    holds = [Hold(node=lease.node, slots=lease.slots, interval=lease.interval) for lease in ahead]
    return Room(
        leases=leases,
        reserved=(*holds, *scopes(ground.claims)),
        books=open_books(ground.catalog, history, as_of=ground.as_of),
    )


def planned_leases(plan: RunPlan) -> tuple[Lease, ...]:
    """The leases of a run that runs, starts, or is to start."""
    if not isinstance(plan.decision, Running | Start | Reserve):
        return ()
    return leases_of(plan.run, plan.owner, plan.decision.placement)


def replaced(plan: Plan, changed: RunPlan) -> Plan:
    """The plan with another decision for one run."""
    return replace(plan, runs=tuple(_either(one, changed) for one in plan.runs))


def _either(one: RunPlan, changed: RunPlan) -> RunPlan:
    return changed if one.run == changed.run else one
