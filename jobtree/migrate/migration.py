"""What an import makes: documents by path, and one note on everything that was found."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What became of something."""

    MAPPED = "mapped"
    CHANGED = "changed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One line of the report.

    ``source`` is what it was, ``target`` what it became (None: nothing), ``text`` one sentence: the arithmetic, or what
    changes for users. All three may hold text of whoever wrote the input: they are escaped where they are printed.
    """

    outcome: Outcome
    source: str
    target: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """``files``: path in the new repository to its documents as written in YAML, in order."""

    files: Mapping[str, tuple[Mapping[str, Any], ...]]
    notes: tuple[Note, ...]
