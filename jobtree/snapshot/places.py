"""Where in a snapshot a finding belongs that was found in a piece of it."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobtree.base.diagnostic import Location
from jobtree.load.document import Document, MapMarks, Marks, Step, pack, start
from jobtree.load.source import Source
from jobtree.load.yaml_reader import read_documents


@dataclass(frozen=True, slots=True)
class Piece:
    """A file laid out anew: its documents in order, each with the line at which it begins there."""

    source: Source
    begins: tuple[tuple[int, Document], ...]

    def origin(self, where: Location) -> Location | None:
        """The same field of the object in the snapshot; the object's name where the place is none of its fields.

        None for what no object of the snapshot says, as the settings of a Fleet that it does not hold.
        """
        at = bisect_right([first for first, _ in self.begins], where.line) - 1
        if at < 0:
            return None
        original = self.begins[at][1]
        written, _ = read_documents(self.source)
        target = pack(where.line - 1, where.column - 1)
        for steps, is_key in _steps(written[at].marks, target):
            return original.key(*steps) if is_key else original.at(*steps)
        return original.at("metadata", "name")


def _steps(marks: Marks, target: int, path: tuple[Step, ...] = ()) -> Iterator[tuple[Sequence[Step], bool]]:
    """Paths to a place, and whether it is that of the key."""
    match marks:
        case int():
            if marks == target:
                yield path, False
        case MapMarks(keys=keys, values=values):
            for name, inner in values.items():
                if keys[name] == target:
                    yield (*path, name), True
                yield from _steps(inner, target, (*path, name))
        case _:
            if start(marks) == target:
                yield path, False
            for index, inner in enumerate(marks.items):
                yield from _steps(inner, target, (*path, index))
