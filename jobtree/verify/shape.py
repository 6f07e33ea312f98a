"""Checks on the shape of a placed run: gangs, groups, domains, widths, spares (semantics.md 3 and 6)."""

from collections.abc import Iterator

from jobtree.verify.budgets import spell
from jobtree.verify.facts import Facts
from jobtree.verify.plan import Entry, Group
from jobtree.verify.runs import Run
from jobtree.verify.violation import Violation


def gang_whole(facts: Facts) -> Iterator[Violation]:
    """Active GPUs add up to the width, and groups count from 0 without a gap."""
    for entry, run in facts.fresh():
        placed = sum(group.gpus for group in entry.groups)
        if placed != entry.width:
            yield Violation("gang-whole", f"{entry.name} has width {entry.width}, but {placed} active GPUs are placed")
        indices = [group.index for group in entry.groups]
        sizes = _sizes(entry, run)
        expected = len(indices) if sizes is None else len(sizes)
        if not indices or indices != list(range(expected)):
            yield Violation("gang-whole", f"{entry.name} has groups {indices}, expected 0 to {expected - 1}")


def group_whole(facts: Facts) -> Iterator[Violation]:
    """Each group has its size in pods of equal size, its ranks from 0, and all its spares."""
    for entry, run in facts.fresh():
        sizes = _sizes(entry, run)
        for position, group in enumerate(entry.groups):
            size = sizes[position] if sizes is not None and position < len(sizes) else None
            for fault in group_faults(facts, run, group, size):
                yield Violation("group-whole", f"group {group.index} of {entry.name} {fault}")


def one_domain(facts: Facts) -> Iterator[Violation]:
    """A group sits in one domain; a run that may not spread in one altogether; parts of a split run in domain order."""
    for entry, _, group, pod in facts.new_pods():
        node = facts.inputs.nodes.get(pod.node)
        if node is not None and node.domain != group.domain:
            told = f"group {group.index} of {entry.name} is in {spell(group.domain)}"
            yield Violation("one-domain", f"{told}, but its node {node.name} in {spell(node.domain)}")
    for entry, run in _growing(facts):
        domains = [group.domain for group in entry.groups]
        if not run.spread and len(set(domains)) > 1:
            found = ", ".join(spell(domain) for domain in sorted(set(domains)))
            yield Violation("one-domain", f"{entry.name} must not spread, but is in {found}")
    for entry, run in facts.fresh():
        domains = [group.domain for group in entry.groups]
        if _sizes(entry, run) is None and domains != sorted(set(domains)):
            found = ", ".join(map(spell, domains))
            yield Violation("one-domain", f"{entry.name} is split by domain, but its parts are in {found}")


def one_cluster(facts: Facts) -> Iterator[Violation]:
    """All pods of a run sit in one cluster."""
    for entry, _ in _growing(facts):
        clusters = sorted({group.domain[:2] for group in entry.groups})
        if len(clusters) > 1:
            yield Violation("one-cluster", f"{entry.name} sits in clusters {', '.join(map(spell, clusters))}")


def width_grid(facts: Facts) -> Iterator[Violation]:
    """The width is one at which the run may start."""
    for entry, run in facts.fresh():
        if entry.width not in run.widths():
            allowed = f"{run.widths().start} to {run.total} by {run.widths().step}"
            told = allowed if run.elastic else str(run.total)
            yield Violation("width-grid", f"{entry.name} has width {entry.width}, allowed {told}")


def spare_apart(facts: Facts) -> Iterator[Violation]:
    """A spare sits on a node that carries none of its group's active pods."""
    for entry, _ in _growing(facts):
        for group in entry.groups:
            busy = {pod.node for pod in group.working}
            for pod in group.spares:
                if pod.node in busy and entry.mark(group, pod) in facts.arrivals.new:
                    told = f"spare {pod.rank} of group {group.index} of {entry.name}"
                    yield Violation("spare-apart", f"{told} sits on {pod.node} beside active pods of its group")


def _sizes(entry: Entry, run: Run) -> tuple[int, ...] | None:
    """Sizes of the groups at the placed width, which is bounded here by what is really placed."""
    return run.group_sizes(min(entry.width or 0, sum(group.gpus for group in entry.groups)))


def _growing(facts: Facts) -> Iterator[tuple[Entry, Run]]:
    """Runs that this plan gave pods."""
    placed = {entry.run: (entry, run) for entry, run, _, _ in facts.new_pods()}
    yield from placed.values()


def group_faults(facts: Facts, run: Run, group: Group, size: int | None) -> Iterator[str]:
    """What is wrong with a group that this plan placed; ``size`` None: any."""
    per_pod = facts.per_pod(run)
    if size is not None and group.gpus != size:
        yield f"has {group.gpus} active GPUs, expected {size}"
    if not group.working:
        yield "has no active pod"
    for pod in group.pods:
        if len(pod.slots) != per_pod:
            yield f"has a pod of {len(pod.slots)} GPUs on {pod.node}, expected {per_pod}"
    if len(group.spares) != run.spares:
        yield f"has {len(group.spares)} spares, expected {run.spares}"
    for what, pods in (("active", group.working), ("spare", group.spares)):
        if [pod.rank for pod in pods] != list(range(len(pods))):
            yield f"has {what} ranks {[pod.rank for pod in pods]}, expected 0 to {len(pods) - 1}"
