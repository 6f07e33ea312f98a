"""Classes of nodes that no selector can tell apart: what the plan couples runs by, and what the exact model counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.identity import Domain
from jobtree.model.run import Run
from jobtree.model.selector import Selector
from jobtree.model.topology import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeClass:
    """Usable nodes of one domain, flavor and size, by name; ``labels`` are those of the first: all match alike."""

    domain: Domain
    flavor: str
    gpus: int
    labels: Mapping[str, str]
    nodes: tuple[Node, ...]

    def takes(self, run: Run) -> bool:
        """Whether the run's flavor and selector fit."""
        return self.flavor == run.flavor and run.selector.matches(self.labels)


def node_classes(nodes: Iterable[Node], selectors: Sequence[Selector]) -> tuple[NodeClass, ...]:
    """Groups usable nodes by what the selectors see. In order of their first nodes, so splitting one moves no other.

    O(nodes x distinct selectors).
    """
    distinct = tuple(dict.fromkeys(selectors))
    members: dict[tuple[object, ...], list[Node]] = {}
    for node in sorted(nodes, key=lambda node: (node.domain, node.name)):
        if node.usable:
            labels = dict(node.labels)
            seen = tuple(selector.matches(labels) for selector in distinct)
            members.setdefault((node.domain, node.flavor, node.gpus, seen), []).append(node)
    return tuple(
        NodeClass(
            domain=alike[0].domain,
            flavor=alike[0].flavor,
            gpus=alike[0].gpus,
            labels=dict(alike[0].labels),
            nodes=tuple(alike),
        )
        for alike in members.values()
    )
