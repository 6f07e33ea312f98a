"""Typed access to parsed documents; whatever does not fit is a FormatError that says where."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jobtree.verify import units
from jobtree.verify.violation import FormatError


@dataclass(frozen=True, slots=True)
class Field:
    """A value and the path that leads to it. An absent field and an explicit null are the same."""

    value: Any
    where: str

    def __getitem__(self, name: str) -> "Field":
        if self.value is None:
            return Field(None, f"{self.where}.{name}")
        if not isinstance(self.value, dict):
            raise self.wrong("a mapping")
        return Field(self.value.get(name), f"{self.where}.{name}")

    def __bool__(self) -> bool:
        return self.value is not None

    def __iter__(self) -> Iterator["Field"]:
        if not isinstance(self.value, list):
            if self.value is None:
                return
            raise self.wrong("a list")
        for index, item in enumerate(self.value):
            yield Field(item, f"{self.where}[{index}]")

    def wrong(self, wanted: str) -> FormatError:
        """The error that says what should stand here."""
        found = "nothing" if self.value is None else f"{self.value!r:.60}"
        return FormatError(f"{self.where} must be {wanted}, found {found}")

    def text(self, default: str | None = None) -> str:
        """A text that is not empty; the default where it is absent."""
        if self.value is None and default:
            return default
        if not isinstance(self.value, str) or not self.value:
            raise self.wrong("a text")
        return self.value

    def word(self, words: tuple[str, ...]) -> str:
        """One of these words."""
        if self.value not in words:
            raise self.wrong(f"one of {', '.join(words)}")
        return self.text()

    def hex(self) -> str:
        """64 digits of a SHA-256, lower case."""
        if not re.fullmatch(r"[0-9a-f]{64}", str(self.value), re.ASCII):
            raise self.wrong("64 hexadecimal digits")
        return self.text()

    def whole(self) -> int:
        """An integer, which may be negative."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.wrong("an integer")
        return self.value

    def members(self) -> Iterator[tuple[str, "Field"]]:
        """Members of a mapping by name; none where it is absent."""
        if self.value is not None and not isinstance(self.value, dict):
            raise self.wrong("a mapping")
        for name in sorted(self.value or {}):
            yield name, self[name]

    def integer(self, default: int | None = None) -> int:
        """An integer of at least 0; the default where it is absent."""
        if self.value is None and default is not None:
            return default
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < 0:
            raise self.wrong("an integer of at least 0")
        return self.value

    def integer_or_none(self) -> int | None:
        """An integer of at least 0, or None where it is absent."""
        return self.integer() if self else None

    def flag(self, *, default: bool) -> bool:
        """A boolean; the default where it is absent."""
        if self.value is None:
            return default
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(item.text() for item in self)

    def labels(self) -> dict[str, str]:
        """A mapping of texts to texts, which may be empty strings."""
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            raise self.wrong("a mapping of texts")
        for name, value in self.value.items():
            if not isinstance(value, str):
                raise Field(value, f"{self.where}.{name}").wrong("a text")
        return dict(self.value)

    def instant(self, default: int | None = None) -> int:
        """An instant in seconds; the default where it is absent."""
        if self.value is None and default is not None:
            return default
        return self._unit(units.instant)

    def duration(self, default: int) -> int:
        """A duration in seconds; the default where it is absent."""
        return default if self.value is None else self._unit(units.duration)

    def _unit(self, read: Any) -> int:
        try:
            seconds: int = read(self.text())
        except FormatError as error:
            raise FormatError(f"{self.where}: {error}") from None
        return seconds
