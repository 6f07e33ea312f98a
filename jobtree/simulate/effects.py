"""What a plan does to the work of runs: it begins, is interrupted, goes on, or is lost (semantics.md 10; ADR 32)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.model.lease import ClosureReason, Lease, LeaseReason, Role
from jobtree.simulate.agenda import Agenda, Ends
from jobtree.simulate.job import Job
from jobtree.simulate.moment import Moment
from jobtree.simulate.tally import Tally

BROKEN = (ClosureReason.NODE_FAILURE, ClosureReason.SWAP_DECLINED)
"""A pod died, so that its whole gang goes back to the last checkpoint, even if a spare takes its place.

All other closures are orders, which a workload that was resized obeys without a loss.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What a compile did to one run: leases that it holds now, why some ended, and whether it starts."""

    held: Sequence[Lease]
    reasons: Sequence[ClosureReason]
    starts: bool


class Effects:
    """Moves the jobs that are not over, and foresees when they end."""

    def __init__(self, agenda: Agenda, tally: Tally, live: Mapping[Key, Job]) -> None:
        self._agenda, self._tally, self._live = agenda, tally, live

    def apply(self, moment: Moment) -> None:
        """Everything that the plan of a compile does at once. O(leases)."""
        reasons: dict[Key, list[ClosureReason]] = {}
        for one in moment.plan.closures:
            reasons.setdefault(one.lease.run, []).append(one.closure.reason)
            name = one.closure.reason
            self._tally.closures[name] = self._tally.closures.get(name, 0) + 1
        for lease in moment.opened:
            why = lease.role if lease.role is Role.OPPORTUNISTIC else lease.reason
            self._tally.openings[why] = self._tally.openings.get(why, 0) + 1
        for cut in moment.plan.cuts:
            self._tally.cuts[cut.kind] = self._tally.cuts.get(cut.kind, 0) + 1
        self._tally.slips += sum(finding.code == "JT520" for finding in moment.plan.diagnostics)
        held: dict[Key, list[Lease]] = {}
        for lease in moment.left.history.leases:
            held.setdefault(lease.run, []).append(lease)
        begun = {lease.run for lease in moment.opened if lease.reason is LeaseReason.START}
        for key in sorted({*reasons, *(lease.run for lease in moment.opened)}):
            if key in self._live:
                change = _Change(held=held.get(key, ()), reasons=reasons.get(key, ()), starts=key in begun)
                self._move(moment.at, self._live[key], change)

    def _move(self, at: Instant, job: Job, change: "_Change") -> None:
        held, reasons, starts = change.held, change.reasons, change.starts
        broken = next((reason for reason in reasons if reason in BROKEN), None)
        if job.is_running and (starts or broken is not None or not held):
            cause = broken if broken is not None else reasons[0]
            self._tally.lose(cause, job.interrupt(at) * job.width)
            if held and not starts:
                job.resume(at, _limit(held), _width(held))
                self._foresee(job)
        if starts:
            job.begin(at, _limit(held), _width(held))
            self._foresee(job)
        elif held:
            job.width = _width(held)

    def _foresee(self, job: Job) -> None:
        at, end = job.foreseen()
        self._agenda.add(at, Ends(run=job.run.key, end=end, epoch=job.epoch))


def _limit(held: Sequence[Lease]) -> Instant:
    return max(lease.interval.end for lease in held)


def _width(held: Sequence[Lease]) -> int:
    return len({(lease.node, slot) for lease in held if lease.role is not Role.SPARE for slot in lease.slots})
