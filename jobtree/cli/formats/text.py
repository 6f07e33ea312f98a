"""``--output-format text``: place, code, message, the source line with a caret, notes, and the next action."""

import re
from collections.abc import Iterator, Mapping, Sequence

from rich.text import Text

from jobtree.base.diagnostic import Diagnostic, Location, Severity
from jobtree.base.plain import plain
from jobtree.base.words import count

_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}
_LONGEST_LINE = 160
_BREAK = re.compile(r"\r\n|\r|\n")


def lines(findings: Sequence[Diagnostic], sources: Mapping[str, bytes]) -> Iterator[Text]:
    """The lines of all findings; ``sources`` maps the paths of their locations to file contents."""
    split: dict[str, list[str]] = {}
    for finding in findings:
        yield _head(finding)
        if finding.location and finding.location.path in sources:
            path = finding.location.path
            if path not in split:
                split = {path: _BREAK.split(sources[path].decode("utf-8", errors="replace"))}
            yield from _excerpt(finding.location, split[path], _STYLE[finding.severity])
        for note in finding.notes:
            yield Text.assemble(("  = ", "cyan"), plain(note))
        if finding.help:
            yield Text.assemble(("  help: ", "cyan"), plain(finding.help))


def summary(findings: Sequence[Diagnostic]) -> str:
    """``2 errors, 1 warning``."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    return f"{count(errors, 'error')}, {count(len(findings) - errors, 'warning')}"


def _head(finding: Diagnostic) -> Text:
    place = f"{plain(finding.location)}: " if finding.location else ""
    return Text.assemble(
        (place, "bold"),
        (f"{finding.code} ", "dim"),
        (f"{finding.severity.value}: ", _STYLE[finding.severity]),
        (plain(finding.message), "bold"),
    )


def _excerpt(place: Location, source: Sequence[str], style: str) -> Iterator[Text]:
    """The line, and a caret below the column; long lines are cut around it."""
    if not 0 < place.line <= len(source) or not source[place.line - 1].strip():
        return
    line, column = source[place.line - 1], place.column - 1
    first = max(0, column - _LONGEST_LINE // 2)
    before, after = plain(line[first:column]), plain(line[column : first + _LONGEST_LINE])
    number = str(place.line)
    yield Text.assemble((f"  {number} | ", "dim"), before + after)
    yield Text.assemble((f"  {' ' * len(number)} | ", "dim"), " " * Text(before).cell_len, ("^", style))
