"""Documents: plain data, and where each piece of it stands in its file."""

from collections.abc import Mapping
from dataclasses import dataclass

from jobtree.base.diagnostic import Diagnostic, Location
from jobtree.load.scalar import Value

Step = str | int
Data = Value | dict[str, "Data"] | list["Data"]

_COLUMN_BITS = 24
"""Columns fit: a file has at most 4 Mi bytes."""


@dataclass(frozen=True, slots=True)
class MapMarks:
    """Where a mapping starts, where each key stands, and the marks of its values."""

    at: int
    keys: dict[str, int]
    values: dict[str, "Marks"]


@dataclass(frozen=True, slots=True)
class SeqMarks:
    """Where a sequence starts, and the marks of its items."""

    at: int
    items: list["Marks"]


Marks = int | MapMarks | SeqMarks
"""The mark of a scalar is its place alone, packed by ``pack``: a document has few scalars, a fleet has millions."""


def pack(line: int, column: int) -> int:
    """One integer for a place; line and column from 0."""
    return line << _COLUMN_BITS | column


def unpack(mark: int, path: str) -> Location:
    """The place behind a packed mark, from 1."""
    return Location(path, (mark >> _COLUMN_BITS) + 1, (mark & (1 << _COLUMN_BITS) - 1) + 1)


def start(marks: Marks) -> int:
    """The packed place at which a value starts."""
    return marks if isinstance(marks, int) else marks.at


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Document:
    """One YAML document (or one item of a v1 List).

    ``findings`` are the reader's; they count only if the document turns out to be ours. ``refused`` are the marks of
    values the reader could not accept, so that nobody complains about the same place twice.
    """

    path: str
    data: Mapping[str, Data]
    marks: MapMarks
    findings: tuple[Diagnostic, ...] = ()
    refused: frozenset[int] = frozenset()

    def at(self, *steps: Step) -> Location:
        """The place of the value at a field path; of its nearest ancestor where the path leads nowhere."""
        return unpack(start(_follow(self.marks, steps)), self.path)

    def key(self, *steps: Step) -> Location:
        """The place of the key at a field path (of the item, when the last step is an index)."""
        parent = _follow(self.marks, steps[:-1])
        last = steps[-1] if steps else None
        if isinstance(parent, MapMarks) and isinstance(last, str) and last in parent.keys:
            return unpack(parent.keys[last], self.path)
        return self.at(*steps)

    def was_refused(self, *steps: Step) -> bool:
        """Whether the reader already complained about this very value."""
        return start(_follow(self.marks, steps)) in self.refused

    @property
    def api_version(self) -> str | None:
        """``apiVersion``, when it is text."""
        return _text(self.data.get("apiVersion"))

    @property
    def kind(self) -> str | None:
        """``kind``, when it is text."""
        return _text(self.data.get("kind"))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _follow(marks: Marks, steps: tuple[Step, ...]) -> Marks:
    for step in steps:
        match marks:
            case MapMarks() if step in marks.values:
                marks = marks.values[str(step)]
            case SeqMarks() if isinstance(step, int) and step < len(marks.items):
                marks = marks.items[step]
            case _:
                break
    return marks
