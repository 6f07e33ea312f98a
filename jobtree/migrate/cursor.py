"""Reading plain data of others field by field: what has the wrong type is a finding at its place, and reads as absent.

Codes: JT181.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.base.instant import Instant, parse_instant

SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII)
_AGAIN = "print it again with kubectl get -o yaml"
_LONGEST, _LONGEST_LABEL = 253, 63
_MOST = 2_147_483_647
MOST_FINDINGS = 500
"""Of one import; further ones are not recorded, and the import is refused anyway."""


class SourceObject(Protocol):
    """An object as it was read: its data, and where each field of it stands."""

    @property
    def path(self) -> str:
        """The file."""

    @property
    def data(self) -> Mapping[str, Any]:
        """Plain data."""

    def at(self, *steps: str | int) -> Location:
        """Where a field stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A value somewhere in an object; None where there is none. ``findings`` is shared by all cursors of a reading."""

    document: SourceObject
    value: object
    findings: list[Diagnostic]
    steps: tuple[str | int, ...] = ()

    def __getitem__(self, name: str) -> "Cursor":
        inner = self.value.get(name) if isinstance(self.value, Mapping) else None
        if self.value is not None and not isinstance(self.value, Mapping):
            self.complain("a mapping")
        return replace(self, value=inner, steps=(*self.steps, name))

    def complain(self, expected: str) -> None:
        """JT181: this value is not what it must be. Said once for each place."""
        if len(self.findings) == MOST_FINDINGS:
            return
        where = self.document.at(*self.steps)
        name = ".".join(map(str, self.steps)) or "the object"
        shown = "a mapping" if isinstance(self.value, Mapping) else f"{self.value!r:.80}"
        kind = "a list" if isinstance(self.value, list) else shown
        finding = error("JT181", f"{name} must be {expected}", where, notes=(f"it is {kind}",), help=_AGAIN)
        if finding not in self.findings:
            self.findings.append(finding)

    def items(self) -> Iterator["Cursor"]:
        """The items of a list."""
        if isinstance(self.value, list):
            for index, item in enumerate(self.value):
                yield replace(self, value=item, steps=(*self.steps, index))
        elif self.value is not None:
            self.complain("a list")

    def text(self) -> str | None:
        """Text of any kind: escape it where it is printed."""
        if self.value is None or isinstance(self.value, str):
            return self.value
        self.complain("text")
        return None

    def name(self) -> str | None:
        """A DNS name of at most 253 characters, as Kubernetes calls its objects."""
        text = self.text()
        if text is None or (len(text) <= _LONGEST and SUBDOMAIN.fullmatch(text)):
            return text
        self.complain("a name of 1 to 253 characters a-z, 0-9, - and .")
        return None

    def namespace(self) -> str | None:
        """A name of at most 63 characters without dots."""
        text = self.name()
        if text is None or (len(text) <= _LONGEST_LABEL and "." not in text):
            return text
        self.complain("a name of 1 to 63 characters a-z, 0-9 and -")
        return None

    def number(self, *, least: int = 0) -> int | None:
        """A whole number from ``least`` to that of 32 bits."""
        if self.value is None:
            return None
        if isinstance(self.value, int) and not isinstance(self.value, bool) and least <= self.value <= _MOST:
            return self.value
        self.complain(f"a whole number from {least:,} to {_MOST:,}")
        return None

    def flag(self) -> bool | None:
        """True or false."""
        if self.value is None or isinstance(self.value, bool):
            return self.value
        self.complain("true or false")
        return None

    def instant(self) -> Instant | None:
        """An instant as Kubernetes writes it."""
        text = self.text()
        if text is None:
            return None
        try:
            return parse_instant(text)
        except ValueError:
            self.complain("an instant such as 2026-03-02T09:00:00Z")
            return None

    def pairs(self) -> dict[str, str]:
        """A mapping of text to text, such as labels."""
        if self.value is None:
            return {}
        if isinstance(self.value, Mapping) and all(isinstance(item, str) for item in self.value.values()):
            return dict(self.value)
        self.complain("a mapping of text to text")
        return {}
