"""Lives of runs: from a start to an end, and perhaps again after a cut or a failure (semantics.md 3, 8, 10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.model.history import History, Phase
from jobtree.model.lease import ClosedLease, ClosureReason, Lease, LeaseReason


class State(StrEnum):
    """What has become of a run that started once. ``PENDING``: it lost its leases, and waits to start again."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    PENDING = "pending"


_FINAL = {ClosureReason.COMPLETED: State.COMPLETED, ClosureReason.WORKLOAD_FAILED: State.FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """The latest life of a run. ``end`` is when its last lease ended, or is expected to.

    ``highest_group``: group indices up to this one are used up, whatever became of them. ``funded_start``: somebody
    paid for it when it began.
    """

    run: Key
    state: State
    start: Instant
    end: Instant
    highest_group: int
    funded_start: bool


def lives(history: History) -> Mapping[Key, Life]:
    """The latest life of every run that ever had a lease, or that is observed to be over, by key. O(leases)."""
    leased: dict[Key, list[Lease]] = {}
    closed: dict[Key, list[ClosedLease]] = {}
    for lease in history.leases:
        leased.setdefault(lease.run, []).append(lease)
    for one in (*history.past, *history.closures):
        closed.setdefault(one.lease.run, []).append(one)
    found = {key: _life(key, leased.get(key, []), closed.get(key, [])) for key in sorted({*leased, *closed})}
    for status in history.observed.runs:
        if status.run not in found and status.phase in (Phase.COMPLETED, Phase.FAILED) and status.at is not None:
            found[status.run] = _unleased(status.run, status.phase, status.at)
    return dict(sorted(found.items()))


def _life(key: Key, leases: list[Lease], closed: list[ClosedLease]) -> Life:
    everything = [*leases, *(one.lease for one in closed)]
    starts = [lease.interval.start for lease in everything if lease.reason is LeaseReason.START]
    start = max(starts, default=min(lease.interval.start for lease in everything))
    own = [lease for lease in everything if lease.interval.start >= start]
    first = [lease for lease in own if lease.interval.start == start]
    last = max((one.closure.time for one in closed), default=start)
    return Life(
        run=key,
        state=State.RUNNING if leases else _ended(closed, last),
        start=start,
        end=max(lease.interval.end for lease in leases) if leases else last,
        highest_group=max(lease.group for lease in own),
        funded_start=any(lease.payer is not None for lease in first),
    )


def _ended(closed: list[ClosedLease], last: Instant) -> State:
    """A run is over when its last leases completed or failed; one that lost them in another way is pending again."""
    reasons = {one.closure.reason for one in closed if one.closure.time == last}
    if reasons <= _FINAL.keys():
        return State.FAILED if ClosureReason.WORKLOAD_FAILED in reasons else State.COMPLETED
    return State.PENDING


def _unleased(key: Key, phase: Phase, at: Instant) -> Life:
    state = State.COMPLETED if phase is Phase.COMPLETED else State.FAILED
    return Life(run=key, state=state, start=at, end=at, highest_group=-1, funded_start=False)
