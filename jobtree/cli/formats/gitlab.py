"""``--output-format gitlab``: a Code Quality report."""

import hashlib
from collections.abc import Sequence

from jobtree.base.diagnostic import Diagnostic, Severity
from jobtree.emit.json_writer import write_json


def write(findings: Sequence[Diagnostic]) -> str:
    """A list of issues. A fingerprint does not depend on the line, so that an edit above does not make an issue new."""
    seen: dict[str, int] = {}
    return write_json([_issue(finding, seen) for finding in findings]).decode("utf-8")


def _issue(finding: Diagnostic, seen: dict[str, int]) -> dict[str, object]:
    path = finding.location.path if finding.location else "."
    identity = "\0".join((finding.code, path, finding.message))
    seen[identity] = seen.get(identity, 0) + 1
    text = f"{identity}\0{seen[identity]}".encode("utf-8", errors="backslashreplace")
    return {
        "description": " ".join([finding.message, *finding.notes]),
        "check_name": finding.code,
        "fingerprint": hashlib.sha256(text).hexdigest(),
        "severity": "major" if finding.severity is Severity.ERROR else "minor",
        "location": {"path": path, "lines": {"begin": finding.location.line if finding.location else 1}},
    }
