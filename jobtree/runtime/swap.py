"""Swaps: a spare takes the rank of a pod that fell, on its own slots and for its own payer (semantics.md 10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval
from jobtree.model.lease import ClosureReason, Lease, LeaseReason, Role
from jobtree.model.run import Run
from jobtree.runtime.desk import Desk
from jobtree.runtime.groups import Group, Pod, is_broken, last_closed, pods_of
from jobtree.runtime.tenants import eviction


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """A spare that takes a rank. ``until``: expected end of the pod that fell."""

    rank: int
    spare: Pod
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """No swap; ``funded``: it would have been possible but for tenants that are paid for."""

    funded: bool


def choose_swaps(
    desk: Desk, runs: Mapping[Key, Run], group: Group, leaving: Sequence[Lease]
) -> tuple[Swap, ...] | Declined:
    """One spare for every missing rank, or none at all.

    Spares on which nobody has to be ended come first, then those by index; ranks and chosen spares are matched in
    order, so that half of a swap is continued as it began. ``leaving`` are tenants that have to go anyway.
    """
    failed = {rank: group.failed(rank) for rank in group.missing}
    if group.given_up is not None or not all(failed.values()):
        return Declined(funded=group.ended_for((ClosureReason.SWAP_DECLINED,)) is not None)
    gpus = max(len(terms[0].slots) for terms in failed.values())
    fitting = [spare for spare in group.spares if len(spare.first.slots) == gpus]
    usable = _usable(desk, runs, fitting, leaving)[: len(failed)]
    if len(usable) < len(failed):
        return Declined(funded=len(fitting) >= len(failed))
    usable.sort(key=lambda spare: spare.first.rank)
    return tuple(
        Swap(rank=rank, spare=spare, until=max(term.interval.end for term in failed[rank]))
        for rank, spare in zip(sorted(failed), usable, strict=True)
    )


def _usable(desk: Desk, runs: Mapping[Key, Run], spares: Sequence[Pod], leaving: Sequence[Lease]) -> list[Pod]:
    """Spares that can be promoted together, best first; nobody who is paid for is ended for all of them."""
    gone = eviction(desk, runs, leaving) or ()
    tenants = {spare: desk.tenants(spare.terms) for spare in spares}
    going = {lease for lease, _ in gone}
    usable, hit = [], list(leaving)
    for spare in sorted(spares, key=lambda spare: not going.issuperset(tenants[spare])):
        if eviction(desk, runs, [*hit, *tenants[spare]]) is not None:
            usable.append(spare)
            hit += tenants[spare]
    return usable


def swap_in(desk: Desk, runs: Mapping[Key, Run], swap: Swap) -> None:
    """Ends the tenants, opens the new lease, closes the spare and then the pod that fell: in this order.

    At every point between, the leases tell what is left to do: ``finish_swaps`` does it.
    """
    for lease, reason in eviction(desk, runs, desk.tenants(swap.spare.terms)) or ():
        desk.close((lease,), reason)
    desk.open(_successors(swap.spare, swap.rank, swap.until, desk.now)[0])
    first = swap.spare.first
    finish_swaps(desk, [lease for lease in desk.leases(first.run) if lease.group == first.group])


def finish_swaps(desk: Desk, leases: Sequence[Lease]) -> None:
    """Completes the swaps of a group that have begun: a spare whose slots a pod of its own group holds is promoted.

    Of several pods of one rank the newest stays.
    """
    pods = pods_of(leases)
    working = [pod for pod in pods if pod.first.role is not Role.SPARE]
    for spare in pods:
        carrier = next((pod for pod in working if pod.holds(spare)), None)
        if spare.first.role is Role.SPARE and carrier is not None:
            _finish(desk, spare, carrier, [pod for pod in working if pod.first.rank == carrier.first.rank])
    by_rank: dict[int, list[Pod]] = {}
    for pod in working:
        by_rank.setdefault(pod.first.rank, []).append(pod)
    for rivals in by_rank.values():
        newest = max(rivals, key=lambda pod: _age(desk, pod))
        for pod in rivals:
            desk.close(pod.terms if pod is not newest else (), ClosureReason.NODE_FAILURE)


def _finish(desk: Desk, spare: Pod, carrier: Pod, rivals: Sequence[Pod]) -> None:
    """Opens the terms that its carrier still lacks, then closes the spare."""
    rank, first = carrier.first.rank, carrier.first
    past = [one for one in desk.closed(first.run) if one.lease.group == first.group]
    fell = [pod.end for pod in rivals if pod is not carrier] or [
        lease.interval.end for lease in last_closed(past, rank)
    ]
    for lease in _successors(spare, rank, max(fell, default=carrier.end), first.interval.start):
        if lease.interval.start > carrier.terms[-1].interval.start:
            desk.open(lease)
    desk.close(spare.terms, ClosureReason.SWAP)


def _successors(spare: Pod, rank: int, until: Instant, now: Instant) -> tuple[Lease, ...]:
    """The spare's terms as terms of the rank, from now until the end of the pod that fell.

    Each keeps its payer, who may pay no longer than the term lasts; the last term covers what is left.
    """
    end = max(until, Instant(now + 1))
    terms = [term for term in spare.terms if term.interval.end > now] or [spare.terms[-1]]
    terms = [terms[0], *(term for term in terms[1:] if term.interval.start < end)]
    starts = [now, *(term.interval.start for term in terms[1:])]
    ends = [*starts[1:], end]
    reasons = [LeaseReason.SWAP, *(LeaseReason.RENEW for _ in terms[1:])]
    return tuple(
        replace(term, rank=rank, role=Role.ACTIVE, interval=Interval(start, stop), reason=reason)
        for term, start, stop, reason in zip(terms, starts, ends, reasons, strict=True)
    )


def _age(desk: Desk, pod: Pod) -> tuple[bool, Instant, bool, bool, str]:
    """Newer is larger: the later start; the node that failed was cordoned, which tells two of one second apart."""
    first = pod.first
    swapped, cordoned = first.reason is LeaseReason.SWAP, first.node in desk.cordoned
    return (not is_broken(pod, desk.now), first.interval.start, swapped, not cordoned, first.node)
