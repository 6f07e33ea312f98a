"""The safety invariants of semantics.md 11 at every event of a simulation, at a cost that follows what changed.

Nothing here asks the planner or its ledger: slots, gangs and payments are counted anew from leases that open and close.
What needs a fill of all claims (hours, and who is funded once owners recall) is left to ``verify``, which the long way
runs on every compile (ADR 32).
"""

from collections.abc import Iterator

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, format_instant
from jobtree.deciding import Left
from jobtree.model.lease import ClosureReason, Lease
from jobtree.simulate.agenda import Deleted, Ends, Event, Lost, Returns
from jobtree.simulate.gangs import gang_faults
from jobtree.simulate.job import End
from jobtree.simulate.moment import Moment
from jobtree.simulate.occupied import Slots
from jobtree.simulate.payments import Payments, payment_faults
from jobtree.simulate.violated import ViolatedError

_OVER = {ClosureReason.COMPLETED: End.COMPLETED, ClosureReason.WORKLOAD_FAILED: End.FAILED}
Fault = tuple[str, str]
"""An invariant, and what breaks it."""


class Invariants:
    """Watches leases from the first to the last. Costs O(leases that open and close, and those of their runs).

    ``paid``: the policy obeys the rules of payment. Of one that does not, physical rules alone are asked.
    """

    def __init__(self, *, paid: bool = True) -> None:
        self.paid = paid
        self.slots = Slots()
        self.payments = Payments()
        self.open: dict[Lease, None] = {}
        self.of_run: dict[Key, dict[Lease, None]] = {}
        self.lost: dict[str, None] = {}
        self.over: dict[Key, End] = {}
        self.deleted: dict[Key, None] = {}
        self.closed = 0

    def begins(self, standing: Left) -> None:
        """Leases that stand are facts: they are held to what follows, and who pays for them is nobody's fault."""
        for lease in standing.history.leases:
            self.open[lease] = None
            self.of_run.setdefault(lease.run, {})[lease] = None
            self.slots.stand(lease)
        last = {one.lease.run: one.closure.reason for one in standing.history.past}
        self.over |= {run: _OVER[reason] for run, reason in last.items() if reason in _OVER and run not in self.of_run}

    def event(self, at: Instant, event: Event) -> None:
        """A run that is over may not go on, and a node that is lost holds nothing once a compile has come."""
        match event:
            case Lost(node=node):
                self.lost[node] = None
            case Returns(node=node):
                self.lost.pop(node, None)
            case Ends(run=run, end=end):
                if run in self.over:
                    raise ViolatedError("ends-once", f"{run} ends again at {format_instant(at)}")
                self.over[run] = end
            case Deleted(run=run):
                self.deleted[run] = None
            case _:
                return

    def compiled(self, moment: Moment) -> None:
        """Everything that must hold after a compile. Raises ``ViolatedError`` at the first that does not."""
        for invariant, message in self._faults(moment):
            raise ViolatedError(invariant, f"{message}, at {format_instant(moment.at)}")

    def _faults(self, moment: Moment) -> Iterator[Fault]:
        yield from self._ledger(moment)
        yield from self._closures(moment)
        yield from self._openings(moment)
        touched = dict.fromkeys([*(one.lease.run for one in moment.plan.closures), *(one.run for one in moment.opened)])
        for run in sorted(touched):
            own = tuple(self.of_run.get(run, ()))
            yield from self._life(run, own)
            yield from gang_faults(moment, run, own)
        yield from self._dependencies(moment)
        yield from self.payments.faults(moment)

    def _ledger(self, moment: Moment) -> Iterator[Fault]:
        """Lines are only ever appended."""
        before, after, closures = moment.before.history.past, moment.left.history.past, moment.plan.closures
        if len(after) != len(before) + len(closures) or after[len(before) :] != closures:
            yield "ledger-chain", f"{len(before)} lines and {len(closures)} closures became {len(after)} lines"

    def _closures(self, moment: Moment) -> Iterator[Fault]:
        for one in moment.plan.closures:
            lease = one.lease
            if one.closure.time > moment.at:
                yield "closed-once", f"a lease of {lease.run} closes ahead, at {format_instant(one.closure.time)}"
            if lease in self.open:
                del self.open[lease]
                del self.of_run[lease.run][lease]
                self.slots.release(lease, one.held)
                self.payments.release(lease)
                self.closed += 1
            elif lease.interval.start != moment.at:
                yield "closed-once", f"a lease of {lease.run} on {lease.node} closes that is not open"

    def _openings(self, moment: Moment) -> Iterator[Fault]:
        for lease in moment.opened:
            self.open[lease] = None
            self.of_run.setdefault(lease.run, {})[lease] = None
            yield from self.slots.hold(moment, lease)
            if self.paid:
                yield from payment_faults(moment.catalog, lease)
                self.payments.hold(moment.catalog, lease)
            if lease.node in self.lost:
                yield "lost-node", f"{lease.run} is given {lease.node}, which is lost"
        if len(self.open) != len(moment.left.history.leases):
            gone = sorted(str(one.run) for one in self.open.keys() - frozenset(moment.left.history.leases))
            yield "facts-kept", f"leases of {', '.join(dict.fromkeys(gone))} are gone that nothing closed"
        for node in self.lost:
            if self.slots.holds(node):
                yield "lost-node", f"{node} is lost, and {self.slots.holder(node)} holds it still"

    def _life(self, run: Key, own: tuple[Lease, ...]) -> Iterator[Fault]:
        if own and (run in self.over or run in self.deleted):
            yield "phase", f"{run} is over, and holds {len(own)} leases"

    def _dependencies(self, moment: Moment) -> Iterator[Fault]:
        begun = {lease.run for lease in moment.opened if lease.reason == "Start" and lease.interval.start == moment.at}
        for key in sorted(begun):
            run = moment.catalog.run_of[key]
            for other in run.after:
                if self.over.get(other) not in (End.COMPLETED, End.STOPPED):
                    yield "dependency", f"{key} starts before {other} has completed"
            for other in run.together:
                if other not in begun and other not in self.over and not self.of_run.get(other):
                    yield "co-start", f"{key} starts without {other}"
