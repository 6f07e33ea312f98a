"""Text that is put into another text: everything around it stays as it is."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Splice:
    """``text`` in place of what stands from ``start`` to ``end``, in code points; an insertion if they are the same."""

    start: int
    end: int
    text: str


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with all splices done. Insertions at one place keep their order; none may overlap: ValueError."""
    pieces, at = [], 0
    for splice in sorted(splices, key=lambda splice: splice.start):
        if splice.start < at:
            raise ValueError(f"splices overlap at {splice.start}")
        pieces += [text[at : splice.start], splice.text]
        at = splice.end
    return "".join([*pieces, text[at:]])


def line_start(text: str, at: int) -> int:
    """Where the line around an offset begins."""
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def line_end(text: str, at: int) -> int:
    """Where the line around an offset ends, before its line break."""
    ends = [end for end in (text.find("\n", at), text.find("\r", at)) if end >= 0]
    return min(ends, default=len(text))


def line_break(text: str, at: int) -> str:
    """How lines end: the line that ends at this offset, else the first line of the text, else a line feed."""
    for end in (at, line_end(text, 0)):
        if text[end : end + 2] == "\r\n":
            return "\r\n"
        if text[end : end + 1]:
            return text[end]
    return "\n"


def first_column(text: str, at: int) -> str | None:
    """The spaces and tabs before an offset if nothing else stands before it on its line."""
    before = text[line_start(text, at) : at]
    return None if before.strip(" \t") else before
