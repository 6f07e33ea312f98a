"""Room that nobody else has: for what a finished plan leaves over (semantics.md 7 and 5)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from jobtree.base.identity import Key
from jobtree.ledger.account import Books
from jobtree.ledger.books import open_books
from jobtree.ledger.lives import Life, State, lives
from jobtree.ledger.settle import begin
from jobtree.model.lease import Lease
from jobtree.model.plan import Plan, Refuse, Reserve, Running, RunPlan, Start
from jobtree.model.run import Run
from jobtree.plan.carry import leases_of
from jobtree.plan.slot_times import SlotTimes
from jobtree.plan.standing import NOBODY, Hold
from jobtree.resolve.claims import scopes
from jobtree.resolve.ground import Ground
from jobtree.resolve.partners import start_alone


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
    return Room(
        leases=leases,
        reserved=(*map(_hold, ahead), *scopes(ground.claims)),
        books=open_books(ground.catalog, history, as_of=ground.as_of),
    )


def _hold(lease: Lease) -> Hold:
    return Hold(node=lease.node, slots=lease.slots, interval=lease.interval)


def slot_times(ground: Ground, plan: Plan) -> SlotTimes:
    """The same slot by slot, to ask quickly who might find a place; a reservation is not in the way of its own run."""
    taken: list[tuple[Key, Hold]] = [(NOBODY, hold) for hold in scopes(ground.claims)]
    for one in plan.runs:
        whose = one.run if isinstance(one.decision, Reserve) else NOBODY
        taken += [
            (whose, Hold(node=held.node, slots=held.slots, interval=held.interval)) for held in planned_leases(one)
        ]
    return SlotTimes.of(ground.catalog.nodes, taken)


def waiting_alone(ground: Ground, plan: Plan) -> list[tuple[Run, RunPlan]]:
    """Runs by rank that could start by themselves now, and that the plan could let start otherwise."""
    known = lives(ground.history)
    decided = {claim.plan.run for claim in ground.claims} | ground.kept.runs
    alone = start_alone(ground.catalog, known)
    found = []
    for one in plan.runs:
        run = ground.catalog.run_of.get(one.run)
        waits = isinstance(one.decision, Refuse | Reserve) and one.run not in decided and one.run in alone
        if run is not None and waits and _upstreams_completed(run, known):
            found.append((run, one))
    return sorted(found, key=lambda pair: pair[0].rank)


def _upstreams_completed(run: Run, known: Mapping[Key, Life]) -> bool:
    return all(key in known and known[key].state is State.COMPLETED for key in run.after)


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
