"""A part of a document, with where it stands: settings are read and complained about through it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from jobtree.base.diagnostic import Location
from jobtree.load.document import Data, Document, Step


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """The value at a field path of a document, whatever it is; nothing where the path leads nowhere."""

    document: Document
    steps: tuple[Step, ...] = ()

    @property
    def value(self) -> Data:
        """The value; None where there is none."""
        found: Data = cast("dict[str, Data]", self.document.data)
        for step in self.steps:
            match found:
                case dict() if isinstance(step, str):
                    found = found.get(step)
                case list() if isinstance(step, int) and step < len(found):
                    found = found[step]
                case _:
                    return None
        return found

    @property
    def text(self) -> str:
        """The value if it is text, else nothing."""
        value = self.value
        return value if isinstance(value, str) else ""

    @property
    def at(self) -> Location:
        """Where the key stands, or the item of a list; its nearest ancestor if there is no such field."""
        return self.document.key(*self.steps)

    def inside(self, *steps: Step) -> "Place":
        """A part of this part."""
        return Place(self.document, (*self.steps, *steps))

    def items(self) -> Iterator["Place"]:
        """The items of a list, in order; nothing else has any."""
        value = self.value
        for index in range(len(value) if isinstance(value, list) else 0):
            yield self.inside(index)

    def entries(self) -> Iterator[tuple[str, "Place"]]:
        """Keys and values of a mapping, sorted; nothing else has any."""
        value = self.value
        for key in sorted(value) if isinstance(value, dict) else ():
            yield key, self.inside(key)

    def texts(self) -> Iterator["Place"]:
        """Every text within, with mappings in the order of their keys. Depth is bounded by the reader."""
        if isinstance(self.value, str):
            yield self
        for item in self.items():
            yield from item.texts()
        for _, entry in self.entries():
            yield from entry.texts()
