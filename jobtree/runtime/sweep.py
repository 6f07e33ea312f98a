"""One sweep: everything that has to be written because of what the world has become (semantics.md 10)."""

from collections.abc import Mapping

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.model.history import Phase
from jobtree.model.lease import Closure, ClosureReason, FundingClass, Lease
from jobtree.runtime.desk import Desk, desk_for
from jobtree.runtime.failures import mend
from jobtree.runtime.status import ENDINGS, status_of
from jobtree.runtime.upstream import upstream_failures
from jobtree.runtime.world import Ended, Ending, World
from jobtree.runtime.writes import Cordon, Fail, Requeue, Write

REASONS = {
    Ending.COMPLETED: ClosureReason.COMPLETED,
    Ending.FAILED: ClosureReason.WORKLOAD_FAILED,
    Ending.DELETED: ClosureReason.RUN_DELETED,
}


def sweep(world: World, now: Instant, classes: Mapping[Lease, FundingClass]) -> tuple[Write, ...]:
    """What to write now, in an order that is safe to break off anywhere.

    ``classes`` are those of the open leases at ``now`` (``ledger.classes.classes_at``), derived once for the whole
    sweep. Lost nodes are cordoned first; then leases of ended runs close, runs that lost pods are mended by key, runs
    without leases are requeued, and followers of failed upstreams fail. When all is written a sweep writes nothing;
    when a part of it is, the next one with the same classes writes the rest. O(slots held + closed leases).
    """
    desk = desk_for(world, now, classes)
    runs = {run.key: run for run in world.runs}
    _cordon_lost(desk, world)
    _close_ended(desk, world)
    for key in sorted(runs):
        mend(desk, runs, runs[key])
    _requeue(desk, world)
    _fail_followers(desk, world)
    return tuple(desk.writes)


def _cordon_lost(desk: Desk, world: World) -> None:
    """First of all, so that whatever is ended by its loss, the node is cordoned when it returns."""
    desk.writes += [Cordon(node=facts.node, at=desk.now) for facts in world.nodes if facts.lost and not facts.cordoned]


def _close_ended(desk: Desk, world: World) -> None:
    """A run that is not Running or Pending holds no lease; one that the world does not know was deleted."""
    ended = {one.run: one for one in world.ended}
    alive = {run.key for run in world.runs}
    for key in sorted({lease.run for lease in world.leases}):
        closure = _ending(desk, key, ended.get(key))
        if closure is None and key not in alive:
            closure = Closure(time=desk.now, reason=ClosureReason.RUN_DELETED)
        if closure is not None:
            desk.close(desk.leases(key), closure)


def _ending(desk: Desk, key: Key, ended: Ended | None) -> Closure | None:
    """How the leases of a run that is over close: as was observed, else as the first of them closed."""
    if ended is not None:
        return Closure(time=min(ended.at, desk.now), reason=REASONS[ended.ending])
    return next((one.closure for one in desk.closed(key) if one.closure.reason in ENDINGS), None)


def _requeue(desk: Desk, world: World) -> None:
    """Runs that had leases and lost them all, and whose status does not say so yet."""
    known = {*world.pending, *(one.run for one in world.ended)}
    for run in world.runs:
        leases = desk.leases(run.key)
        if leases or run.key in known:
            continue
        state = status_of(leases, desk.closed(run.key))
        if state.attempts and state.phase is Phase.PENDING:
            desk.writes.append(Requeue(run=run.key))


def _fail_followers(desk: Desk, world: World) -> None:
    started = {lease.run for lease in world.leases} | {one.lease.run for one in world.closed}
    for one in upstream_failures(world.runs, world.ended, started=started):
        if one.at <= desk.now:
            desk.writes.append(Fail(run=one.run, upstream=one.upstream, at=one.at))
