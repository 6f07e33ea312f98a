"""What an edit comes to: files as they shall be, or why there will be none."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobtree.base.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """``files``: path to bytes of every file that changes or is new, nothing if all is as wanted already.

    ``sentences`` say what happens to each object, as kubectl does; ``title`` says all of it in a line for a commit.
    """

    files: Mapping[str, bytes]
    sentences: tuple[str, ...]
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """Why nothing is changed. ``files`` are what the findings point into."""

    diagnostics: tuple[Diagnostic, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
