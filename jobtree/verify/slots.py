"""Checks on slots: each one exists, fits, and is held by one pod at a time."""

from collections.abc import Iterator
from operator import itemgetter

from jobtree.verify.budgets import spell
from jobtree.verify.facts import Facts
from jobtree.verify.fleet import Node
from jobtree.verify.plan import RESERVE, Entry, Pod
from jobtree.verify.runs import Run
from jobtree.verify.units import show
from jobtree.verify.violation import Violation

_Hold = tuple[int, int, Entry]
"""Start, end, whose."""


def slot_exclusive(facts: Facts) -> Iterator[Violation]:
    """No two leases hold a slot at the same instant, and no pod lists a slot twice."""
    for slot, first, second in _collisions(facts):
        if RESERVE not in (first[2].decision, second[2].decision):
            yield Violation("slot-exclusive", f"slot {slot} is held by {_both(first, second)}")


def reservation_free(facts: Facts) -> Iterator[Violation]:
    """The slots of a reservation are free for as long as it is expected to hold them."""
    for slot, first, second in _collisions(facts):
        if RESERVE in (first[2].decision, second[2].decision):
            yield Violation("reservation-free", f"slot {slot} is promised to {_both(first, second)}")


def slot_exists(facts: Facts) -> Iterator[Violation]:
    """New pods sit on nodes of the inputs, on ordinals that these have."""
    for entry in facts.entries.values():
        if not entry.planned or entry.run in facts.settled:
            continue
        for _, pod in entry.pods:
            node = facts.inputs.nodes.get(pod.node)
            for ordinal in pod.slots or (0,):
                if node is None or ordinal >= node.gpus or not pod.slots:
                    has = f"has {node.gpus} GPUs" if node else "is no node of the fleet"
                    told = f"slot {pod.node}#{ordinal}" if pod.slots else "a pod without slots"
                    yield Violation("slot-exists", f"{entry.name} is given {told}, but {pod.node} {has}")
                    break


def unusable_node(facts: Facts) -> Iterator[Violation]:
    """Cordoned nodes, and those that are not ready, take no new pods."""
    for entry, _, _, node in _new_pods(facts):
        if not node.usable:
            yield Violation("unusable-node", f"{entry.name} is given node {node.name}, which takes no new pods")


def flavor_match(facts: Facts) -> Iterator[Violation]:
    """Nodes and payers of a run have its flavor."""
    for entry, run, _, node in _new_pods(facts):
        if node.flavor != run.flavor:
            yield Violation("flavor-match", f"{entry.name} wants {run.flavor}, but {node.name} has {node.flavor}")
    for entry, run in facts.fresh():
        for key in dict.fromkeys(claim.payer for claim in facts.claims[entry.run]):
            envelope = facts.inputs.envelopes.get(key) if key else None
            if envelope and envelope.flavor != run.flavor:
                told = f"{spell(envelope.key)} is for {envelope.flavor}"
                yield Violation("flavor-match", f"{entry.name} wants {run.flavor}, but its payer {told}")


def selector_match(facts: Facts) -> Iterator[Violation]:
    """A run's selector, and that of each payer, match the node."""
    for entry, run, _, node in _new_pods(facts):
        for name, value in run.selector.items():
            if value not in ("*", node.labels.get(name)) or name not in node.labels:
                yield Violation("selector-match", f"{entry.name} selects {name}={value}, which {node.name} is not")
    for entry, _ in facts.fresh():
        for claim in facts.claims[entry.run]:
            envelope = facts.inputs.envelopes.get(claim.payer) if claim.payer else None
            held = facts.inputs.nodes.get(claim.pod.node)
            if envelope and held and not envelope.selects(held.labels):
                told = f"payer {spell(envelope.key)} of {entry.name} pays for {_written(envelope.selector)}"
                yield Violation("selector-match", f"{told}, which {held.name} is not")


def _new_pods(facts: Facts) -> Iterator[tuple[Entry, Run, Pod, Node]]:
    for entry, run in facts.fresh():
        for _, pod in entry.pods:
            node = facts.inputs.nodes.get(pod.node)
            if node is not None:
                yield entry, run, pod, node


def _collisions(facts: Facts) -> Iterator[tuple[str, _Hold, _Hold]]:
    """Overlapping holds of a slot, once for each pair of runs. Costs O(n log n)."""
    lines: dict[tuple[str, int], list[_Hold]] = {}
    for entry in facts.entries.values():
        if entry.interval is not None:
            for _, pod in entry.pods:
                for ordinal in pod.slots:
                    lines.setdefault((pod.node, ordinal), []).append((*entry.interval, entry))
    seen: set[tuple[str, str]] = set()
    for (node, ordinal), line in sorted(lines.items(), key=itemgetter(0)):
        line.sort(key=itemgetter(0, 1))
        longest = line[0]
        for hold in line[1:]:
            pair = (longest[2].name, hold[2].name)
            if hold[0] < longest[1] and pair not in seen:
                seen.add(pair)
                yield f"{node}#{ordinal}", longest, hold
            longest = max(longest, hold, key=itemgetter(1))


def _both(first: _Hold, second: _Hold) -> str:
    if first[2] is second[2]:
        return f"two pods of {first[2].name} from {show(second[0])}"
    return f"{first[2].name} until {show(first[1])} and by {second[2].name} from {show(second[0])}"


def _written(selector: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(selector.items())) or "any node"
