"""``--output-format json``: ``{"formatVersion", "errors", "warnings", "diagnostics"}``."""

from collections.abc import Sequence

from jobtree.base.diagnostic import Diagnostic, Severity
from jobtree.emit.json_writer import write_json
from jobtree.emit.plan_json import diagnostic_entry

FORMAT_VERSION = 1


def write(findings: Sequence[Diagnostic]) -> str:
    """One object for each diagnostic, as in plan.json."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    value = {
        "formatVersion": FORMAT_VERSION,
        "errors": errors,
        "warnings": len(findings) - errors,
        "diagnostics": [diagnostic_entry(finding) for finding in findings],
    }
    return write_json(value).decode("utf-8")
