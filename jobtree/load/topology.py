"""Nodes from NodePools and v1 Nodes (semantics.md 3): one bad node never stops the plan.

A node that lacks a label or has no GPUs is left out, with a warning. A cordoned node, one that is not Ready, one that
is being deleted, or one out of service stays, unusable: it keeps the leases it has. Codes: JT319, JT320, JT324, JT325.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from jobtree.base.diagnostic import Diagnostic, Location, error, warning
from jobtree.base.identity import Domain
from jobtree.load.document import Document
from jobtree.load.wire.fields import LABEL_TEXT
from jobtree.load.wire.fleet import NodePoolDocument
from jobtree.load.wire.kubernetes import NodeDocument
from jobtree.load.wire.problems import validate
from jobtree.model.fleet import Fleet
from jobtree.model.topology import CLUSTER, FABRIC, FLAVOR, REGION, REQUIRED_LABELS, Node

MOST_NODES = 200_000
MOST_GPUS_PER_NODE = 1_024
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"

_LABEL = re.compile(LABEL_TEXT, re.ASCII)

Found = tuple[Node, Location]


def expand_pool(document: Document, wire: NodePoolDocument) -> tuple[list[Found], list[Diagnostic]]:
    """Nodes ``name-01`` to ``name-<count>``: numbers have the width of the count, and at least two digits."""
    spec, where = wire.spec, document.at("metadata", "name")
    missing = _missing_labels(spec.labels)
    if missing:
        return [], [_left_out(f"pool {wire.metadata.name}", missing, document.at("spec", "labels"))]
    width = max(2, len(str(spec.count)))
    labels, domain = tuple(sorted(spec.labels.items())), _domain(spec.labels)
    nodes = (
        Node(
            name=f"{wire.metadata.name}-{number:0{width}}",
            domain=domain,
            flavor=spec.labels[FLAVOR],
            gpus=spec.gpus_per_node,
            labels=labels,
        )
        for number in range(1, spec.count + 1)
    )
    return [(node, where) for node in nodes], []


def read_node(document: Document, gpu_resource: str) -> tuple[list[Found], list[Diagnostic]]:
    """A v1 Node as ``kubectl get nodes -o yaml`` prints it; an empty list and a warning when it is of no use."""
    where = document.at("metadata", "name")
    wire = validate(NodeDocument, document.data)
    if isinstance(wire, tuple):
        problem = wire[0]
        field = ".".join(str(step) for step in problem.path)
        return [], [_left_out("a node", f"{field}: {problem.message}", document.at(*problem.path))]
    name, labels = wire.metadata.name, wire.metadata.labels
    reason = _missing_labels(labels)
    gpus = _count(wire.status.allocatable.get(gpu_resource))
    if reason is None and not 0 < gpus <= MOST_GPUS_PER_NODE:
        reason = f"allocatable {gpu_resource} is {wire.status.allocatable.get(gpu_resource, 'absent')}"
    if reason is not None:
        return [], [_left_out(f"node {name}", reason, where)]
    node = Node(
        name=name,
        domain=_domain(labels),
        flavor=labels[FLAVOR],
        gpus=gpus,
        labels=tuple(sorted(labels.items())),
        usable=node_trouble(wire) is None,
    )
    trouble = node_trouble(wire)
    message = f"node {name} takes no new pods: {trouble}"
    return [(node, where)], [warning("JT320", message, where)] if trouble is not None else []


def gather_nodes(found: Sequence[Found], fleet: Fleet) -> tuple[tuple[Node, ...], list[Diagnostic]]:
    """Nodes sorted by (domain, name), unique by name in the whole fleet, in listed clusters only."""
    findings: list[Diagnostic] = []
    if len(found) > MOST_NODES:
        notes = (f"{len(found)} > {MOST_NODES}",)
        return (), [error("JT325", "the fleet has too many nodes", found[MOST_NODES][1], notes=notes)]
    first: dict[str, Location] = {}
    kept = []
    for node, where in found:
        if node.name in first:
            findings.append(_duplicate(node, where, first[node.name]))
            continue
        first[node.name] = where
        if fleet.clusters and node.domain.cluster not in fleet.clusters:
            message = f"node {node.name} is in cluster {node.domain.cluster}, which the Fleet does not list"
            findings.append(warning("JT324", message, where, help="list it under clusters, or correct the label"))
            continue
        kept.append(node)
    return tuple(sorted(kept, key=lambda node: (node.domain, node.name))), findings


def _duplicate(node: Node, where: Location, first: Location) -> Diagnostic:
    notes = (f"first at {first}",)
    hint = "node names are unique in the whole fleet: rename one of them"
    return error("JT319", f"duplicate node {node.name}", where, notes=notes, help=hint)


def _left_out(what: str, reason: str, where: Location) -> Diagnostic:
    return warning("JT320", f"{what} is left out of capacity: {reason}", where, help="correct it, or remove it")


def _missing_labels(labels: Mapping[str, str]) -> str | None:
    bad = list(_bad_labels(labels))
    return "; ".join(bad) if bad else None


def _bad_labels(labels: Mapping[str, str]) -> Iterator[str]:
    for name in REQUIRED_LABELS:
        if name not in labels:
            yield f"label {name} is missing"
        elif len(labels[name]) > 63 or not _LABEL.fullmatch(labels[name]):
            yield f"label {name} is {labels[name]!r}"


def _domain(labels: Mapping[str, str]) -> Domain:
    return Domain(labels[REGION], labels[CLUSTER], labels[FABRIC])


def _count(quantity: object) -> int:
    """A whole number of GPUs written as text or as a number; 0 for anything else."""
    if isinstance(quantity, int) and not isinstance(quantity, bool):
        return quantity
    if isinstance(quantity, str) and quantity.isascii() and quantity.isdigit() and len(quantity) < 10:
        return int(quantity)
    return 0


def out_of_service(wire: NodeDocument) -> bool:
    """Whether somebody vouches that nothing runs there any more: the node is dead (semantics.md 10)."""
    return any(taint.key == OUT_OF_SERVICE for taint in wire.spec.taints)


def node_trouble(wire: NodeDocument) -> str | None:
    """Why it takes no new pods; None if it does."""
    if out_of_service(wire):
        return "it is out of service"
    if wire.spec.unschedulable:
        return "it is cordoned"
    if wire.metadata.deletion_timestamp is not None:
        return "it is being deleted"
    ready = [condition.status for condition in wire.status.conditions if condition.type == "Ready"]
    return "it is not Ready" if ready and ready[0] != "True" else None
