"""Strict reading of JSON objects that somebody may have edited: what is not as it should be is a MisfitError.

The text of the error names the place, like ``runs[3].groups[0].pods``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jobtree.base.identity import EnvelopeKey, Key
from jobtree.base.instant import Instant, parse_instant

Value = object
MOST = 2**53 - 1
"""The largest number up to which a browser's numbers are exact."""


class MisfitError(ValueError):
    """A value is not what the format says; the text names the place."""


def fields_of(value: Value, place: str) -> "Fields":
    """The value as an object."""
    if not isinstance(value, dict):
        raise MisfitError(f"{place or 'it'} is no object")
    return Fields(data=value, place=place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """An object and where it is. Every method raises MisfitError if a field is missing or of another kind."""

    data: Mapping[str, Value]
    place: str

    def at(self, name: str) -> str:
        """The place of a field."""
        return f"{self.place}.{name}" if self.place else name

    def value(self, name: str) -> Value:
        """Anything that is there, null among it."""
        if name not in self.data:
            raise MisfitError(f"{self.at(name)} is missing")
        return self.data[name]

    def text(self, name: str) -> str:
        """A string."""
        found = self.value(name)
        if not isinstance(found, str):
            raise MisfitError(f"{self.at(name)} is no text")
        return found

    def whole(self, name: str, *, most: int | None = MOST) -> int:
        """A whole number from 0 on; true and false are none."""
        found = self.value(name)
        if type(found) is not int or found < 0 or (most is not None and found > most):
            raise MisfitError(f"{self.at(name)} is no whole number from 0 on" + (f", or above {most}" if most else ""))
        return found

    def instant(self, name: str) -> Instant:
        """An instant as RFC 3339."""
        try:
            return parse_instant(self.text(name))
        except ValueError as fault:
            raise MisfitError(f"{self.at(name)}: {fault}") from None

    def key(self, name: str) -> Key:
        """``namespace/name``."""
        return _key(self.text(name), self.at(name))

    def has(self, name: str) -> bool:
        """Whether the field, which must be there, is not null."""
        return self.value(name) is not None

    def object(self, name: str) -> "Fields":
        """An object."""
        return fields_of(self.value(name), self.at(name))

    def objects(self, name: str) -> Iterator["Fields"]:
        """A list of objects."""
        for number, item in enumerate(self._list(name)):
            yield fields_of(item, f"{self.at(name)}[{number}]")

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings."""
        return tuple(_text(item, f"{self.at(name)}[{number}]") for number, item in enumerate(self._list(name)))

    def keys(self, name: str) -> tuple[Key, ...]:
        """A list of ``namespace/name``."""
        return tuple(_key(text, self.at(name)) for text in self.texts(name))

    def wholes(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers from 0 on."""
        return whole_numbers(self._list(name), self.at(name))

    def pairs(self, name: str) -> tuple[tuple[int, int], ...]:
        """A list of pairs of whole numbers from 0 on."""
        found = [
            whole_numbers(item, f"{self.at(name)}[{number}]") if isinstance(item, list) else ()
            for number, item in enumerate(self._list(name))
        ]
        if any(len(pair) != 2 for pair in found):
            raise MisfitError(f"{self.at(name)} is no list of pairs")
        return tuple((first, second) for first, second in found)

    def _list(self, name: str) -> list[Value]:
        found = self.value(name)
        if not isinstance(found, list):
            raise MisfitError(f"{self.at(name)} is no list")
        return found


def envelope_key(text: str, place: str) -> EnvelopeKey:
    """``namespace/budget/envelope``."""
    parts = text.split("/")
    if len(parts) != 3:
        raise MisfitError(f"{place} is no envelope, namespace/budget/name")
    return EnvelopeKey(*parts)


def whole_numbers(items: list[Value], place: str) -> tuple[int, ...]:
    """Whole numbers from 0 on."""
    found = tuple(item for item in items if type(item) is int and 0 <= item <= MOST)
    if len(found) != len(items):
        raise MisfitError(f"{place} holds something else than whole numbers from 0 on")
    return found


def _key(text: str, place: str) -> Key:
    namespace, slash, name = text.partition("/")
    if not slash:
        raise MisfitError(f"{place} is no namespace/name")
    return Key(namespace, name)


def _text(item: Value, place: str) -> str:
    if not isinstance(item, str):
        raise MisfitError(f"{place} is no text")
    return item
