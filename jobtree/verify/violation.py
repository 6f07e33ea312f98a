"""What the checker finds: the name of an invariant, and a sentence with names and numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One broken invariant of semantics.md 11."""

    invariant: str
    message: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.message}"


class FormatError(Exception):
    """Text that is not what the formats allow; becomes a ``format`` violation and never leaves the checker."""
