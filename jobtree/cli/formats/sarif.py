"""``--output-format sarif``: SARIF 2.1.0, as code scanning services read it."""

from collections.abc import Sequence
from urllib.parse import quote

from jobtree.base.codes import TITLES
from jobtree.base.diagnostic import Diagnostic, Location
from jobtree.emit.json_writer import write_json
from jobtree.emit.seal import jobtree_version

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def write(findings: Sequence[Diagnostic]) -> str:
    """One run; its rules are the codes that occur, results point at them by index."""
    codes = sorted({finding.code for finding in findings})
    driver = {
        "name": "jobtree",
        "version": jobtree_version(),
        "rules": [{"id": code, "shortDescription": {"text": TITLES.get(code, code)}} for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, codes.index(finding.code)) for finding in findings],
    }
    return write_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}).decode("utf-8")


def _result(finding: Diagnostic, rule: int) -> dict[str, object]:
    lines = [finding.message, *finding.notes, *([f"help: {finding.help}"] if finding.help else [])]
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity.value,
        "message": {"text": "\n".join(lines)},
        "locations": [_location(finding.location)] if finding.location else [],
    }


def _location(place: Location) -> dict[str, object]:
    region = {"startLine": place.line, "startColumn": place.column}
    uri = quote(place.path, errors="replace")
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}
