"""``--output-format github``: workflow commands, which become annotations on the changed lines, and a job summary.

GitHub shows ten annotations of a step and drops the rest: so the ten worst are commands, and what is left is a line of
the log each. The summary of the job has a row for all that fits.
"""

from collections.abc import Iterator, Sequence

from jobtree.base.diagnostic import Diagnostic, Severity
from jobtree.base.markup import escaped
from jobtree.base.plain import plain
from jobtree.base.words import count
from jobtree.cli.formats.text import summary as counted

MOST, ROWS = 10, 500
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def write(findings: Sequence[Diagnostic]) -> str:
    """One command a line; nothing in a message can end its command, begin another, or colour a log."""
    ordered = _worst_first(findings)
    return "".join((*map(_command, ordered[:MOST]), *map(_line, ordered[MOST:])))


def summary(findings: Sequence[Diagnostic]) -> str:
    """Markdown for the page of the job: how many findings there are, and a table of the worst."""
    return "\n".join(_summary(_worst_first(findings))) + "\n"


def _summary(ordered: Sequence[Diagnostic]) -> Iterator[str]:
    yield f"### jobtree check: {counted(ordered) if ordered else 'nothing to object to'}"
    if not ordered:
        return
    yield ""
    yield "| Where | Code | What | What to do |"
    yield "| --- | --- | --- | --- |"
    for finding in ordered[:ROWS]:
        cells = (finding.location or "", f"{finding.code} {finding.severity.value}", _said(finding), finding.help or "")
        yield f"| {' | '.join(map(escaped, cells))} |"
    if len(ordered) > ROWS:
        yield ""
        yield f"... and {count(len(ordered) - ROWS, 'finding')} more, in the log"


def _said(finding: Diagnostic) -> str:
    return "; ".join((finding.message, *finding.notes))


def _worst_first(findings: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Errors before warnings, each as they came."""
    return sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR)


def _command(finding: Diagnostic) -> str:
    place = finding.location
    properties = {"title": finding.code}
    if place:
        properties = {"file": place.path, "line": str(place.line), "col": str(place.column), **properties}
    head = ",".join(f"{name}={plain(value.translate(_PROPERTY))}" for name, value in properties.items())
    lines = map(plain, [finding.message, *finding.notes, *([f"help: {finding.help}"] if finding.help else [])])
    return f"::{finding.severity.value} {head}::{chr(10).join(lines).translate(_DATA)}\n"


def _line(finding: Diagnostic) -> str:
    """A line that cannot be taken for a command: those begin with ``::``, blanks before it or not, and this with JT."""
    place = f"{plain(finding.location)}: " if finding.location else ""
    return f"{finding.code} {finding.severity.value}: {place}{plain(_said(finding))}\n"
