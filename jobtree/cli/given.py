"""What several commands are given on the command line: an instant, and what was observed."""

from pathlib import Path

import typer

from jobtree.adapters.files import read_regular_file
from jobtree.base.diagnostic import Diagnostic, error
from jobtree.base.instant import Instant, parse_instant
from jobtree.load.source import Source

_FIRST, _LAST = parse_instant("1970-01-01T00:00:00Z"), parse_instant("5000-01-01T00:00:00Z")


def given_instant(text: str | None) -> Instant | None:
    """``--now``; a usage error if no plan can be made for it."""
    if text is None:
        return None
    try:
        instant = parse_instant(text)
    except ValueError as fault:
        raise typer.BadParameter(str(fault), param_hint="--now") from None
    if not _FIRST <= instant < _LAST:
        raise typer.BadParameter("an instant to plan for lies between the years 1970 and 5000", param_hint="--now")
    return instant


def read_state_file(path: Path | None) -> tuple[Source | None, tuple[Diagnostic, ...]]:
    """The state file; JT333 if it cannot be read."""
    if path is None:
        return None, ()
    try:
        return Source(path.as_posix(), read_regular_file(path)), ()
    except OSError as fault:
        why = fault.strerror or str(fault)
        return None, (error("JT333", f"{path} cannot be read: {why}", help="give the file that kubectl printed"),)


def given_approvals(path: Path | None) -> frozenset[str] | None:
    """``--approvals``: names, one a line, ``#`` begins a comment; a usage error if the file cannot be read."""
    if path is None:
        return None
    try:
        text = read_regular_file(path).decode("utf-8", errors="replace")
    except OSError as fault:
        raise typer.BadParameter(f"{path}: {fault.strerror or fault}", param_hint="--approvals") from None
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return frozenset(line for line in lines if line)
