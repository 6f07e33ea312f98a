"""``--output-format github``: workflow commands, which become annotations on the changed lines."""

from collections.abc import Sequence

from jobtree.base.diagnostic import Diagnostic
from jobtree.base.plain import plain

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def write(findings: Sequence[Diagnostic]) -> str:
    """One command a line; nothing in a message can end its command, begin another, or colour a log."""
    return "".join(map(_command, findings))


def _command(finding: Diagnostic) -> str:
    place = finding.location
    properties = {"title": finding.code}
    if place:
        properties = {"file": place.path, "line": str(place.line), "col": str(place.column), **properties}
    head = ",".join(f"{name}={value.translate(_PROPERTY)}" for name, value in properties.items())
    lines = map(plain, [finding.message, *finding.notes, *([f"help: {finding.help}"] if finding.help else [])])
    return f"::{finding.severity.value} {head}::{chr(10).join(lines).translate(_DATA)}\n"
