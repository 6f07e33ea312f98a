"""Reach: which nodes a selector can ever match, as bits over the distinct kinds of node of a flavor."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobtree.model.catalog import Catalog
from jobtree.model.selector import Selector

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """``kinds`` maps a flavor to its distinct node labels, projected to those that some selector names.

    A fleet of thousands of nodes has a handful of kinds, so that selectors are compared as small integers. Cordoned
    nodes count: they come back.
    """

    kinds: Mapping[str, tuple[Labels, ...]]
    _bits: dict[tuple[str, Selector], int] = field(default_factory=dict, repr=False, compare=False)

    def bits(self, flavor: str, selector: Selector) -> int:
        """One bit for each kind of the flavor that the selector matches; 0 matches nothing. Remembered."""
        key = (flavor, selector)
        if key not in self._bits:
            kinds = self.kinds.get(flavor, ())
            self._bits[key] = sum(1 << bit for bit, labels in enumerate(kinds) if selector.matches(dict(labels)))
        return self._bits[key]


def reach_of(catalog: Catalog) -> Reach:
    """Costs O(nodes x labels + selectors)."""
    selectors = [run.selector for run in catalog.runs] + [item.selector for item in catalog.envelopes.values()]
    named = {name for selector in selectors for name, _ in selector.terms}
    kinds: dict[str, dict[Labels, None]] = {}
    for node in catalog.nodes:
        seen = tuple(sorted((name, value) for name, value in node.labels if name in named))
        kinds.setdefault(node.flavor, {})[seen] = None
    return Reach(kinds={flavor: tuple(sorted(labels)) for flavor, labels in sorted(kinds.items())})
