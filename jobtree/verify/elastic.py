"""Checks on runs that go on: whole groups, growth by a step, spares that took over (semantics.md 7 and 10)."""

from collections.abc import Iterator

from jobtree.verify.claims import UNFUNDED
from jobtree.verify.facts import Facts
from jobtree.verify.lease import GROW, NODE_FAILURE, RENEW, SPARE, SWAP, SWAP_DECLINED, Closed
from jobtree.verify.plan import Entry, Group
from jobtree.verify.runs import Key, Run
from jobtree.verify.shape import group_faults
from jobtree.verify.violation import Violation


def running_whole(facts: Facts) -> Iterator[Violation]:
    """Every group of a running run has each of its ranks once; spares may be missing.

    Sizes are those of the document where this plan changed the run: the rest may be older than the document.
    """
    touched = {one.lease.run for one in facts.closed if one.reason != RENEW}
    touched |= {mark[0] for mark in (*facts.arrivals.new, *facts.arrivals.swapped)}
    for entry, run in facts.settled():
        indices = [group.index for group in entry.groups]
        if indices != sorted(set(indices)):
            yield Violation("gang-whole", f"{entry.name} has groups {indices}, expected each once, in order")
        placed = sum(group.gpus for group in entry.groups)
        if placed != entry.width:
            yield Violation("gang-whole", f"{entry.name} has width {entry.width}, but {placed} active GPUs run")
        for group in entry.groups:
            ranks = sorted(pod.rank for pod in group.working)
            if not ranks or ranks != list(range(len(ranks))):
                told = f"group {group.index} of {entry.name} has ranks {ranks}"
                yield Violation("group-whole", f"{told}, expected 0 to {max(0, len(ranks) - 1)}")
        if entry.run in touched:
            yield from _size_faults(entry, run)


def growth(facts: Facts) -> Iterator[Violation]:
    """A malleable run grows by new groups of one step in all, never used before, up to its desired width."""
    for entry, run in facts.settled():
        grown = [group for group in entry.groups if _is_new(facts, entry, group)]
        if not grown:
            continue
        if run.elastic is None:
            yield Violation("growth", f"{entry.name} grows, but is not malleable")
            continue
        gpus, used = sum(group.gpus for group in grown), _used(facts, entry)
        if gpus != run.elastic.step:
            yield Violation("growth", f"{entry.name} grows by {gpus} GPUs, expected a step of {run.elastic.step}")
        if (entry.width or 0) > run.elastic.desired:
            yield Violation("growth", f"{entry.name} grows to {entry.width} GPUs, but desires {run.elastic.desired}")
        for group in grown:
            told = f"group {group.index} of {entry.name}"
            if group.index <= used:
                yield Violation("growth", f"{told} is no new group: group {used} has been used")
            if not all(pod.reason == GROW and _is_new(facts, entry, group, pod.rank) for pod in group.pods):
                yield Violation("growth", f"{told} is not new as a whole")
            for fault in group_faults(facts, run, group, run.group_size):
                yield Violation("growth", f"{told} {fault}")


def swap(facts: Facts) -> Iterator[Violation]:
    """A pod that takes over a spare has the rank of one whose node failed, and the spare's slots and payer."""
    failed = {_seat(one): one for one in facts.closed if one.reason in (NODE_FAILURE, SWAP_DECLINED)}
    spares = {
        (one.lease.run, one.lease.group, one.lease.node, one.lease.slots): one
        for one in facts.closed
        if one.reason == SWAP and one.lease.role == SPARE and one.lease.interval[0] <= one.time < one.lease.interval[1]
    }
    for entry in facts.entries.values():
        for group, pod in entry.pods:
            if entry.mark(group, pod) not in facts.arrivals.swapped:
                continue
            told = f"{pod.role} {pod.rank} of group {group.index} of {entry.name}"
            spare = spares.get((entry.run, group.index, pod.node, pod.slots))
            if (entry.run, group.index, pod.role, pod.rank) not in failed:
                yield Violation("swap", f"{told} takes over a spare, but no node failed under it")
            if spare is None or spare.time != pod.start:
                yield Violation("swap", f"{told} sits on no spare of its group that is given up for it")
            elif spare.lease.payer != pod.payer:
                yield Violation("swap", f"{told} has another payer than the spare that it takes over")


def renewal(facts: Facts) -> Iterator[Violation]:
    """A pod that gets a new payer while it runs keeps its slots, and is funded until its end."""
    before = {one.lease.mark for one in facts.closed if one.reason == RENEW and one.time == facts.plan.as_of}
    for entry in facts.entries.values():
        for claim in facts.claims[entry.run]:
            pod = claim.pod
            mark = (entry.run, claim.group, pod.role, pod.rank, pod.node, pod.slots)
            if mark not in facts.arrivals.renewed or claim.interval[0] != facts.plan.as_of:
                continue
            told = f"{pod.role} {pod.rank} of group {claim.group} of {entry.name}"
            if mark not in before:
                yield Violation("renewal", f"{told} gets a new payer, but no lease on its slots ends for it")
            if facts.open_classes.get(id(claim)) in (None, UNFUNDED) or claim.payable[1] < claim.interval[1]:
                yield Violation("renewal", f"{told} gets a payer that cannot pay until its end")


def _size_faults(entry: Entry, run: Run) -> Iterator[Violation]:
    width, elastic = entry.width or 0, run.elastic
    if elastic is None and width != run.total:
        yield Violation("gang-whole", f"{entry.name} goes on with {width} GPUs, expected {run.total}")
    if elastic is not None and width < elastic.minimum:
        yield Violation("width-grid", f"{entry.name} goes on with {width} GPUs, at least {elastic.minimum} are needed")
    base = run.group_sizes(elastic.minimum if elastic else run.total)
    for group in entry.groups if base is not None else ():
        size = base[group.index] if base and group.index < len(base) else run.group_size
        if group.gpus != size:
            told = f"group {group.index} of {entry.name} goes on with {group.gpus} GPUs"
            yield Violation("group-whole", f"{told}, expected {size}")


def _is_new(facts: Facts, entry: Entry, group: Group, rank: int | None = None) -> bool:
    """Whether the group has a new pod, of this rank if one is named."""
    return any(entry.mark(group, pod) in facts.arrivals.new for pod in group.pods if rank is None or pod.rank == rank)


def _used(facts: Facts, entry: Entry) -> int:
    """The highest group that the run has used since it began; -1 before any."""
    begun = entry.interval[0] if entry.interval else 0
    old = [group.index for group in entry.groups if not _is_new(facts, entry, group)]
    old += [one.lease.group for one in facts.over.get(entry.run, ()) if one.lease.interval[0] >= begun]
    return max(old, default=-1)


def _seat(one: Closed) -> tuple[Key, int, str, int]:
    return (one.lease.run, one.lease.group, one.lease.role, one.lease.rank)
