"""Checks on slots: each one exists, fits, and is on a node that may have it."""

from collections.abc import Iterator

from jobtree.verify.budgets import spell
from jobtree.verify.facts import Facts
from jobtree.verify.fleet import Node
from jobtree.verify.plan import RESERVE, Entry, Pod
from jobtree.verify.runs import Run
from jobtree.verify.violation import Violation


def slot_exists(facts: Facts) -> Iterator[Violation]:
    """New pods sit on nodes of the inputs, on ordinals that these have."""
    for entry, _, _, pod in facts.new_pods():
        node = facts.inputs.nodes.get(pod.node)
        for ordinal in pod.slots or (0,):
            if node is None or ordinal >= node.gpus or not pod.slots:
                has = f"has {node.gpus} GPUs" if node else "is no node of the fleet"
                told = f"slot {pod.node}#{ordinal}" if pod.slots else "a pod without slots"
                yield Violation("slot-exists", f"{entry.name} is given {told}, but {pod.node} {has}")
                break


def unusable_node(facts: Facts) -> Iterator[Violation]:
    """Cordoned nodes, and those that are not ready, take no new pods; no pod is left on a lost one."""
    for entry, _, _, node in _new_pods(facts):
        if not node.usable:
            yield Violation("unusable-node", f"{entry.name} is given node {node.name}, which takes no new pods")
    for entry in facts.entries.values():
        for name in sorted({pod.node for _, pod in entry.pods} if entry.decision != RESERVE else ()):
            if name in facts.inputs.nodes and facts.inputs.nodes[name].lost:
                yield Violation("unusable-node", f"{entry.name} holds a lease on {name}, which is lost")


def flavor_match(facts: Facts) -> Iterator[Violation]:
    """Nodes and payers of a run have its flavor."""
    for entry, run, _, node in _new_pods(facts):
        if node.flavor != run.flavor:
            yield Violation("flavor-match", f"{entry.name} wants {run.flavor}, but {node.name} has {node.flavor}")
    for key, run in facts.inputs.runs.items():
        claims = facts.claims.get(key, ())
        for payer in dict.fromkeys(claim.payer for claim in claims if claim.new and claim.payer):
            envelope = facts.inputs.envelopes.get(payer)
            if envelope and envelope.flavor != run.flavor:
                told = f"{spell(envelope.key)} is for {envelope.flavor}"
                yield Violation("flavor-match", f"{spell(key)} wants {run.flavor}, but its payer {told}")


def selector_match(facts: Facts) -> Iterator[Violation]:
    """A run's selector, and that of each payer, match the node."""
    for entry, run, _, node in _new_pods(facts):
        for name, value in run.selector.items():
            if value not in ("*", node.labels.get(name)) or name not in node.labels:
                yield Violation("selector-match", f"{entry.name} selects {name}={value}, which {node.name} is not")
    for entry in facts.entries.values():
        for claim in facts.claims[entry.run]:
            envelope = facts.inputs.envelopes.get(claim.payer) if claim.payer else None
            held = facts.inputs.nodes.get(claim.pod.node)
            if claim.new and envelope and held and not envelope.selects(held.labels):
                told = f"payer {spell(envelope.key)} of {entry.name} pays for {_written(envelope.selector)}"
                yield Violation("selector-match", f"{told}, which {held.name} is not")


def _new_pods(facts: Facts) -> Iterator[tuple[Entry, Run, Pod, Node]]:
    for entry, run, _, pod in facts.new_pods():
        node = facts.inputs.nodes.get(pod.node)
        if node is not None:
            yield entry, run, pod, node


def _written(selector: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(selector.items())) or "any node"
