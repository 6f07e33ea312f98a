"""Failures of nodes: what becomes of a run that lost pods (semantics.md 10)."""

from collections.abc import Mapping, Sequence

from jobtree.base.identity import Key
from jobtree.model.lease import Closure, ClosureReason, Lease
from jobtree.model.run import Run
from jobtree.runtime.desk import Desk
from jobtree.runtime.groups import TAKEN, Group, Pod, expected_groups, groups_of, is_broken
from jobtree.runtime.swap import Declined, Swap, choose_swaps, finish_swaps, swap_in
from jobtree.runtime.width import kept_groups

Verdict = tuple[Swap, ...] | Declined
"""Swaps that make a group whole, none where nothing is missing; or that it cannot be made whole."""

LOSSES = (*TAKEN, ClosureReason.NODE_FAILURE, ClosureReason.SWAP_DECLINED)
"""Ways in which a run loses groups against its will."""


def mend(desk: Desk, runs: Mapping[Key, Run], run: Run) -> None:
    """Makes the run whole again: by spares, else on fewer groups, else it loses all its leases.

    All groups are judged before anything is written, so nobody is evicted for a run that is lost anyway. The decision
    follows from the leases that stand: after any part of its writes it is made again, and the rest is written.
    """
    _finish_what_began(desk, run)
    groups = groups_of(desk, run)
    if not any(group.missing or group.dead or group.given_up for group in groups) and not _off_grid(desk, run, groups):
        return
    verdicts = _judge(desk, runs, groups)
    kept = _kept(desk, run, [group for group in groups if not isinstance(verdicts[group.index], Declined)])
    if kept is None:
        _lose_run(desk, groups, verdicts)
        return
    for group in groups:
        verdict = verdicts[group.index]
        if group.index not in kept:
            _lose_group(desk, group, verdict)
            continue
        for swap in verdict if not isinstance(verdict, Declined) else ():
            swap_in(desk, runs, swap)
        _close_dead(desk, group)


def _finish_what_began(desk: Desk, run: Run) -> None:
    by_group: dict[int, list[Lease]] = {}
    for lease in desk.leases(run.key):
        by_group.setdefault(lease.group, []).append(lease)
    for index in sorted(by_group):
        finish_swaps(desk, by_group[index])


def _judge(desk: Desk, runs: Mapping[Key, Run], groups: Sequence[Group]) -> Mapping[int, Verdict]:
    verdicts: dict[int, Verdict] = {}
    leaving: list[Lease] = []
    for group in groups:
        verdict: Verdict = ()
        if group.missing or group.given_up:
            verdict = choose_swaps(desk, runs, group, leaving)
        if not isinstance(verdict, Declined):
            leaving += [lease for swap in verdict for lease in desk.tenants(swap.spare.terms)]
        verdicts[group.index] = verdict
    return verdicts


def _kept(desk: Desk, run: Run, whole: Sequence[Group]) -> tuple[int, ...] | None:
    return kept_groups(run, {group.index: group.width for group in whole}, expected_groups(desk, run))


def _off_grid(desk: Desk, run: Run, groups: Sequence[Group]) -> bool:
    """Whether whole groups are gone, and their loss has not been dealt with to the end."""
    return bool(groups) and _kept(desk, run, groups) != tuple(group.index for group in groups)


def _lose_group(desk: Desk, group: Group, verdict: Verdict) -> None:
    """Pods that fell close first, then the rest: while any is left, the closures say that the group is given up."""
    _close_fallen(desk, group, verdict)
    _close_dead(desk, group)
    rest = group.ended_for(TAKEN) or ClosureReason.SHRINK
    desk.close(_terms((*group.standing, *group.spares)), _again(desk, rest))


def _lose_run(desk: Desk, groups: Sequence[Group], verdicts: Mapping[int, Verdict]) -> None:
    taken = _taken(desk, groups)
    if taken is None:
        for group in groups:
            _close_fallen(desk, group, verdicts[group.index])
    for group in groups:
        pods = (*group.fallen, *group.standing, *group.spares, *group.dead)
        desk.close(_terms(pods), _again(desk, taken or ClosureReason.NODE_FAILURE))


def _close_fallen(desk: Desk, group: Group, verdict: Verdict) -> None:
    declined = isinstance(verdict, Declined) and verdict.funded
    reason = ClosureReason.SWAP_DECLINED if declined else ClosureReason.NODE_FAILURE
    for pod in group.fallen:
        desk.close(pod.terms, _as_begun(desk, group, pod) or reason)


def _close_dead(desk: Desk, group: Group) -> None:
    for pod in group.dead:
        desk.close(pod.terms, _as_begun(desk, group, pod) or ClosureReason.NODE_FAILURE)


def _as_begun(desk: Desk, group: Group, pod: Pod) -> Closure | None:
    """How a pod ends whose end was broken off between two of its terms."""
    begun = group.begun(pod) if is_broken(pod, desk.now) else None
    return None if begun is None else Closure(time=desk.now, reason=begun.reason, seed=begun.seed)


def _taken(desk: Desk, groups: Sequence[Group]) -> Closure | None:
    """The closure with which others began to take the whole run, if that is how it came to lose groups."""
    for group in groups:
        closure = group.ended_for(TAKEN)
        if closure is not None:
            return closure
    run = groups[0].run
    if run.elastic is not None and any(group.missing for group in groups):
        return None
    last = next((one.closure for one in reversed(desk.closed(run.key)) if one.closure.reason in LOSSES), None)
    return last if last is not None and last.reason in TAKEN else None


def _again(desk: Desk, closure: Closure | ClosureReason) -> Closure | ClosureReason:
    """The same reason and seed, at the sweep's own instant."""
    if isinstance(closure, ClosureReason):
        return closure
    return Closure(time=desk.now, reason=closure.reason, seed=closure.seed)


def _terms(pods: Sequence[Pod]) -> list[Lease]:
    return [lease for pod in pods for lease in pod.terms]
