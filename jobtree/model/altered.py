"""Catalogs that say something else in one place: what would be, if a document said so."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count as numbers

from jobtree.base.identity import EnvelopeKey
from jobtree.model.budget import Budget, Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.run import Run
from jobtree.model.topology import Node


def with_run(catalog: Catalog, run: Run) -> Catalog:
    """The catalog with this run in the place of its namesake. O(runs)."""
    return replace(catalog, runs=tuple(run if one.key == run.key else one for one in catalog.runs))


def with_budgets(catalog: Catalog, change: Callable[[Budget], Budget]) -> Catalog:
    """The catalog with every budget as the change has it. O(envelopes)."""
    return replace(catalog, budgets=tuple(change(budget) for budget in catalog.budgets))


def with_envelope(catalog: Catalog, key: EnvelopeKey, change: Callable[[Envelope], Envelope]) -> Catalog:
    """The catalog with one envelope changed. O(envelopes)."""

    def changed(budget: Budget) -> Budget:
        envelopes = tuple(change(one) if one.key == key else one for one in budget.envelopes)
        return replace(budget, envelopes=envelopes)

    return with_budgets(catalog, changed)


def with_nodes(catalog: Catalog, like: Node, count: int) -> Catalog:
    """The catalog with so many more usable nodes like one that is there, under names that nobody has. O(n log n)."""
    known = {node.name for node in catalog.nodes}
    free = (name for number in numbers(1) if (name := f"{like.name}-more-{number}") not in known)
    added = [replace(like, name=next(free), usable=True) for _ in range(count)]
    return replace(catalog, nodes=tuple(sorted((*catalog.nodes, *added), key=lambda node: (node.domain, node.name))))
