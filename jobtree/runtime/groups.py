"""Pods and groups, read from leases alone: what stands, what fell, what is missing (semantics.md 6 and 10)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.instant import Instant
from jobtree.model.lease import ClosedLease, Closure, ClosureReason, Lease, LeaseReason, Role
from jobtree.model.run import Run
from jobtree.runtime.desk import Desk

TAKEN = (ClosureReason.RANDOM_PREEMPT, ClosureReason.RECLAIM_UNFUNDED, ClosureReason.RECLAIMED_BY_SPARE)
"""Somebody else was given the GPUs."""

GIVING_UP = (*TAKEN, ClosureReason.SHRINK, ClosureReason.SWAP_DECLINED)
"""A group that has one of these closures is being given up: no spare is promoted in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """The open leases of one pod on its slots, by start: a later one is a Renew."""

    terms: tuple[Lease, ...]

    @property
    def first(self) -> Lease:
        """The term that it is in, or the next."""
        return self.terms[0]

    @property
    def end(self) -> Instant:
        """Expected end of the last term."""
        return max(term.interval.end for term in self.terms)

    def holds(self, other: "Pod") -> bool:
        """Whether the two share a slot."""
        mine, theirs = self.first, other.first
        return mine.node == theirs.node and not set(mine.slots).isdisjoint(theirs.slots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group that has open leases.

    ``standing`` are its working pods on nodes that are not lost, by rank, ``fallen`` the others; ``missing`` are ranks
    that no pod stands for. ``spares`` stand too, by index; ``dead`` are those that fell. ``width`` counts active GPUs
    with nothing missing. ``history`` are its closed leases in this incarnation, in order of closing.
    """

    run: Run
    index: int
    standing: tuple[Pod, ...]
    fallen: tuple[Pod, ...]
    missing: tuple[int, ...]
    spares: tuple[Pod, ...]
    dead: tuple[Pod, ...]
    width: int
    history: tuple[ClosedLease, ...]

    @property
    def given_up(self) -> Closure | None:
        """The closure with which giving it up began."""
        return next((one.closure for one in self.history if one.closure.reason in GIVING_UP), None)

    def ended_for(self, reasons: Sequence[ClosureReason]) -> Closure | None:
        """Its first closure with one of the reasons."""
        return next((one.closure for one in self.history if one.closure.reason in reasons), None)

    def failed(self, rank: int) -> tuple[Lease, ...]:
        """The terms of the pod that fell or was closed last at this rank; empty if there never was one."""
        for pod in self.fallen:
            if pod.first.rank == rank:
                return pod.terms
        return last_closed(self.history, rank)

    def begun(self, pod: Pod) -> Closure | None:
        """The closure of the term before those that are open: how the pod's end began."""
        own = (pod.first.role, pod.first.rank, pod.first.node, pod.first.slots)
        past = ((one.lease, one.closure) for one in reversed(self.history))
        return next((how for one, how in past if (one.role, one.rank, one.node, one.slots) == own), None)


def pods_of(leases: Iterable[Lease]) -> tuple[Pod, ...]:
    """Open leases of one group as pods: working ones by rank, then spares by index; a rank may have several."""
    found: dict[tuple[bool, int, str, tuple[int, ...]], list[Lease]] = {}
    for lease in sorted(leases, key=lambda lease: lease.interval):
        found.setdefault((lease.role is Role.SPARE, lease.rank, lease.node, lease.slots), []).append(lease)
    return tuple(Pod(terms=tuple(found[key])) for key in sorted(found))


def groups_of(desk: Desk, run: Run) -> tuple[Group, ...]:
    """Groups of the run that have open leases, by index. O(leases of the run)."""
    opened: dict[int, list[Lease]] = {}
    for lease in desk.leases(run.key):
        opened.setdefault(lease.group, []).append(lease)
    past: dict[int, list[ClosedLease]] = {}
    for one in desk.closed(run.key):
        past.setdefault(one.lease.group, []).append(one)
    return tuple(_group(desk, run, pods_of(opened[index]), past.get(index, [])) for index in sorted(opened))


def expected_groups(desk: Desk, run: Run) -> tuple[int, ...]:
    """Indices of the groups that a fixed run must have, sorted: all that it ever had in this incarnation."""
    known = [*desk.leases(run.key), *(one.lease for one in desk.closed(run.key))]
    sized = range(len(run.groups(run.total_gpus))) if run.group_size is not None else ()
    return tuple(sorted({*sized, *(lease.group for lease in known)}))


def is_broken(pod: Pod, now: Instant) -> bool:
    """Whether only a renewal of it is left, and its term of now was closed: closing it was interrupted."""
    return pod.first.reason is LeaseReason.RENEW and pod.first.interval.start > now


def last_closed(history: Sequence[ClosedLease], rank: int) -> tuple[Lease, ...]:
    """All closed terms of the working pod that was closed last at this rank."""
    own = [one.lease for one in history if one.lease.role is not Role.SPARE and one.lease.rank == rank]
    return tuple(lease for lease in own if (lease.node, lease.slots) == (own[-1].node, own[-1].slots))


def _group(desk: Desk, run: Run, pods: Sequence[Pod], history: Sequence[ClosedLease]) -> Group:
    index = pods[0].first.group
    stands = {pod: not (pod.first.node in desk.lost or is_broken(pod, desk.now)) for pod in pods}
    standing = _some(stands, spare=False, stands=True)
    known = [lease for pod in pods for lease in pod.terms] + [one.lease for one in history]
    ranks = _ranks(run, index, [lease for lease in known if lease.role is not Role.SPARE])
    carried = {pod.first.rank for pod in standing}
    return Group(
        run=run,
        index=index,
        standing=standing,
        fallen=_some(stands, spare=False, stands=False),
        missing=tuple(rank for rank in ranks if rank not in carried),
        spares=_some(stands, spare=True, stands=True),
        dead=_some(stands, spare=True, stands=False),
        width=len(ranks) * len(pods[0].first.slots),
        history=tuple(history),
    )


def _some(pods: Mapping[Pod, bool], *, spare: bool, stands: bool) -> tuple[Pod, ...]:
    return tuple(pod for pod, up in pods.items() if (pod.first.role is Role.SPARE) == spare and up == stands)


def _ranks(run: Run, index: int, working: Sequence[Lease]) -> tuple[int, ...]:
    """All ranks that the group must have: those that it had, and those of its size where groups have one."""
    sized: Iterable[int] = ()
    if run.group_size is not None and all(len(lease.slots) == run.gpus_per_pod for lease in working):
        sized = range(size_of(run, index) // run.gpus_per_pod)
    return tuple(sorted({*sized, *(lease.rank for lease in working)}))


def size_of(run: Run, index: int) -> int:
    """Active GPUs of the group: as the base width is cut, and of full size beyond it. Needs a group size."""
    sizes = run.groups(run.elastic.minimum if run.elastic else run.total_gpus)
    return sizes[index] if index < len(sizes) else run.group_size or 0
