"""Nodes as arrays: the places of one component, in (domain, name) order (semantics.md 2 and 6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from jobtree.base.identity import Domain
from jobtree.model.run import Run
from jobtree.model.selector import Selector
from jobtree.model.topology import Node
from jobtree.plan.arrays import Flags, Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sites:
    """``gpus`` and ``domain_of`` have shape (nodes,). Nodes of a domain stand together, and so do domains of a cluster.

    ``first_node`` is the first node of each domain, ``first_domain`` the first domain of each cluster. What many runs
    ask is answered with the same array: nobody may change it.
    """

    nodes: tuple[Node, ...]
    gpus: Ints
    domains: tuple[Domain, ...]
    domain_of: Ints
    first_node: Ints
    first_domain: Ints
    _selected: dict[Selector, Flags] = field(default_factory=dict)
    _open: dict[tuple[str, int, Selector], Flags] = field(default_factory=dict)
    _zones: dict[tuple[Selector, ...], Ints] = field(default_factory=dict)
    _paid: dict[tuple[str, int, Selector, frozenset[Selector]], Flags] = field(default_factory=dict)

    def selected(self, selector: Selector) -> Flags:
        """Which nodes the selector matches, shape (nodes,)."""
        if selector not in self._selected:
            flags = (selector.matches(dict(node.labels)) for node in self.nodes)
            self._selected[selector] = np.fromiter(flags, np.bool_, len(self.nodes))
        return self._selected[selector]

    def open_to(self, run: Run) -> Flags:
        """Which nodes could take a pod of the run if they were empty, shape (nodes,)."""
        asked = (run.flavor, run.gpus_per_pod, run.selector)
        if asked not in self._open:
            fitting = (node.usable and node.flavor == run.flavor for node in self.nodes)
            large = self.gpus >= run.gpus_per_pod
            self._open[asked] = np.fromiter(fitting, np.bool_, len(self.nodes)) & self.selected(run.selector) & large
        return self._open[asked]

    def paid_for(self, run: Run, payers: Sequence[Selector]) -> Flags:
        """The nodes open to the run that some payer's selector matches, shape (nodes,)."""
        asked = (run.flavor, run.gpus_per_pod, run.selector, frozenset(payers))
        if asked not in self._paid:
            matched = [self.selected(selector) for selector in payers]
            paid = np.logical_or.reduce(matched) if matched else np.zeros(len(self.nodes), np.bool_)
            self._paid[asked] = self.open_to(run) & paid
        return self._paid[asked]

    def zones(self, payers: tuple[Selector, ...]) -> Ints:
        """Nodes that the same of these selectors match have the same number, shape (nodes,)."""
        if not payers:
            return np.zeros(len(self.nodes), np.int64)
        if payers not in self._zones:
            matches = np.array([self.selected(selector) for selector in payers], np.bool_)
            _, zone_of = np.unique(matches, axis=1, return_inverse=True)
            self._zones[payers] = zone_of.reshape(-1).astype(np.int64)
        return self._zones[payers]

    def by_domain(self, per_node: Ints) -> Ints:
        """Sums over the nodes of each domain; the first axis is nodes, then domains."""
        return np.add.reduceat(per_node, self.first_node, axis=0, dtype=np.int64)

    def by_cluster(self, per_domain: Ints) -> Ints:
        """Sums over the domains of each cluster; the first axis is domains, then clusters."""
        return np.add.reduceat(per_domain, self.first_domain, axis=0, dtype=np.int64)

    def nodes_of(self, domain: int) -> slice:
        """The nodes of a domain."""
        last = self.first_node[domain + 1] if domain + 1 < len(self.domains) else len(self.nodes)
        return slice(int(self.first_node[domain]), int(last))

    def clusters(self) -> tuple[range, ...]:
        """The domains of each cluster, clusters by (region, name)."""
        if not self.domains:
            return ()
        ends = [*self.first_domain[1:].tolist(), len(self.domains)]
        return tuple(range(first, last) for first, last in zip(self.first_domain.tolist(), ends, strict=True))


def sites_of(nodes: Iterable[Node]) -> Sites:
    """Indexes nodes."""
    ordered = tuple(sorted(nodes, key=lambda node: (node.domain, node.name)))
    domains = tuple(sorted({node.domain for node in ordered}))
    number = {domain: index for index, domain in enumerate(domains)}
    domain_of = np.array([number[node.domain] for node in ordered], np.int64)
    clusters = [(domain.region, domain.cluster) for domain in domains]
    return Sites(
        nodes=ordered,
        gpus=np.array([node.gpus for node in ordered], np.int64),
        domains=domains,
        domain_of=domain_of,
        first_node=np.searchsorted(domain_of, np.arange(len(domains))).astype(np.int64),
        first_domain=np.array([i for i, c in enumerate(clusters) if i == 0 or clusters[i - 1] != c], np.int64),
    )
