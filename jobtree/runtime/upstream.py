"""Followers of upstreams that failed or were deleted (semantics.md 9)."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.model.run import Run, UpstreamFailure
from jobtree.runtime.world import Ended, Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamFailed:
    """The run fails at ``at`` because ``upstream`` did, or was deleted."""

    run: Key
    upstream: Key
    at: Instant


def upstream_failures(
    runs: Sequence[Run], ended: Iterable[Ended], *, started: Container[Key]
) -> tuple[UpstreamFailed, ...]:
    """Runs that never started and that an upstream takes down, by run; those that fail later are among them.

    At once under ``fail``, after its grace under ``wait``; a follower that fails takes its own followers down in turn.
    Where several upstreams failed, the earliest instant counts, then the key. O((runs + edges) log runs).
    """
    over = {one.run: one for one in ended}
    followers: dict[Key, list[Run]] = {}
    for run in runs:
        for key in run.after if run.key not in over and run.key not in started else ():
            followers.setdefault(key, []).append(run)
    failing: list[tuple[Instant, Key, Key]] = []
    for one in over.values():
        if one.ending is not Ending.COMPLETED:
            _take_down(failing, followers.get(one.run, ()), one.run, one.at)
    found: dict[Key, UpstreamFailed] = {}
    while failing:
        at, key, upstream = heappop(failing)
        if key not in found:
            found[key] = UpstreamFailed(run=key, upstream=upstream, at=at)
            _take_down(failing, followers.get(key, ()), key, at)
    return tuple(found[key] for key in sorted(found))


def _take_down(
    failing: list[tuple[Instant, Key, Key]], followers: Iterable[Run], upstream: Key, failed_at: Instant
) -> None:
    for run in followers:
        heappush(failing, (fails_at(run, failed_at), run.key, upstream))


def fails_at(run: Run, upstream_failed_at: Instant) -> Instant:
    """When the follower fails."""
    grace = run.upstream_failure_grace if run.on_upstream_failure is UpstreamFailure.WAIT else 0
    return Instant(upstream_failed_at + grace)
