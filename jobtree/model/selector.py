"""Node selectors: a conjunction of labels, ``*`` matching any value (semantics.md 3)."""

from collections.abc import Mapping
from dataclasses import dataclass

ANY_VALUE = "*"


@dataclass(frozen=True, slots=True)
class Selector:
    """Pairs (label, value) sorted by label. A value of ``*`` asks only that the label is there."""

    terms: tuple[tuple[str, str], ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether a node with these labels is selected; the empty selector selects every node."""
        return all(name in labels and value in (ANY_VALUE, labels[name]) for name, value in self.terms)

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.terms) or "any node"
