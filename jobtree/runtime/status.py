"""What the leases of a run say about it (semantics.md 3 and 10)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jobtree.base.instant import Instant
from jobtree.model.history import Phase
from jobtree.model.lease import ClosedLease, ClosureReason, Lease, LeaseReason

ENDINGS = {
    ClosureReason.COMPLETED: Phase.COMPLETED,
    ClosureReason.WORKLOAD_FAILED: Phase.FAILED,
    ClosureReason.RUN_DELETED: None,
}
"""Closures after which a run is not Running or Pending any more; None: there is no such run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """A run as its leases tell it.

    ``phase`` None: it was deleted. ``start`` is that of its current incarnation, None for a run that never started;
    ``attempts`` counts incarnations; ``highest_group`` is the highest group index that the current one ever had: a
    group that is added takes the next, because no index is used twice.
    """

    phase: Phase | None
    start: Instant | None
    attempts: int
    highest_group: int | None


def status_of(leases: Sequence[Lease], closed: Sequence[ClosedLease]) -> RunState:
    """State of one run from all its leases. An incarnation begins with leases of reason Start. O(leases)."""
    starts = sorted({lease.interval.start for lease in _every(leases, closed) if lease.reason is LeaseReason.START})
    past = incarnation(leases, closed)
    return RunState(
        phase=_phase(leases, past),
        start=starts[-1] if starts else None,
        attempts=len(starts),
        highest_group=max((lease.group for lease in _every(leases, past)), default=None),
    )


def incarnation(leases: Iterable[Lease], closed: Sequence[ClosedLease]) -> tuple[ClosedLease, ...]:
    """Those of a run's closed leases that belong to its current incarnation, in their order.

    A renewal that lay ahead when an earlier incarnation ended begins later than the current one, but was closed before.
    """
    every = _every(leases, closed)
    start = max((lease.interval.start for lease in every if lease.reason is LeaseReason.START), default=None)
    return tuple(one for one in closed if start is None or _since(one, start))


def _since(one: ClosedLease, start: Instant) -> bool:
    return one.lease.interval.start == start or min(one.lease.interval.start, one.closure.time) > start


def _every(leases: Iterable[Lease], closed: Iterable[ClosedLease]) -> list[Lease]:
    return [*leases, *(one.lease for one in closed)]


def _phase(leases: Sequence[Lease], past: Sequence[ClosedLease]) -> Phase | None:
    if leases:
        return Phase.RUNNING
    ends = (one.closure.reason for one in past if one.closure.reason in ENDINGS)
    return next((ENDINGS[reason] for reason in ends), Phase.PENDING)
