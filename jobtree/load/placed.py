"""Decoded values that remember where they were written, so that a link that breaks can be shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from jobtree.base.diagnostic import Diagnostic, Location, Severity, error
from jobtree.load.document import Document, Step

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(Generic[T]):
    """A value, its document, and the field path of its spec within it."""

    value: T
    document: Document
    base: tuple[Step, ...] = ("spec",)

    def at(self, *steps: Step) -> Location:
        """The place of a field of the spec."""
        return self.document.at(*self.base, *steps)

    def key(self, *steps: Step) -> Location:
        """The place of the name of a field of the spec."""
        return self.document.key(*self.base, *steps)

    @property
    def named_at(self) -> Location:
        """The place of its name in the metadata (of its entry, in a tree)."""
        if self.base == ("spec",):
            return self.document.at("metadata", "name")
        return self.document.at(*self.base[:-1], "name")


def has_error(findings: Iterable[Diagnostic]) -> bool:
    """Whether any finding refuses the input."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def twice(kind: str, named: Sequence[tuple[str, Location]]) -> list[Diagnostic]:
    """JT303 for every name after its first use, with both places."""
    first: dict[str, Location] = {}
    findings = []
    for name, where in named:
        if name in first:
            notes = (f"first at {first[name]}",)
            findings.append(
                error("JT303", f"duplicate {kind} {name}", where, notes=notes, help="rename or remove one of them")
            )
        else:
            first[name] = where
    return findings
