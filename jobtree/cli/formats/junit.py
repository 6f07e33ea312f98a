"""``--output-format junit``: a test case for each finding, failed if it is an error."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from jobtree.base.diagnostic import Diagnostic, Severity
from jobtree.base.plain import plain


def write(findings: Sequence[Diagnostic]) -> str:
    """Warnings pass and print; without findings there is one case that passes. Control characters are written out."""
    failures = sum(finding.severity is Severity.ERROR for finding in findings)
    cases = "".join(map(_case, findings)) or '    <testcase classname="jobtree" name="check"/>\n'
    counts = f'tests="{max(1, len(findings))}" failures="{failures}" errors="0"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites {counts}>\n  <testsuite name="jobtree check" {counts}>\n{cases}  </testsuite>\n</testsuites>\n'
    )


def _case(finding: Diagnostic) -> str:
    where = str(finding.location) if finding.location else "jobtree"
    head = f"    <testcase classname={_attribute(where)} name={_attribute(f'{finding.code} {finding.message}')}"
    lines = [*finding.notes, *([f"help: {finding.help}"] if finding.help else [])]
    body = escape("\n".join(map(plain, lines)))
    if finding.severity is Severity.ERROR:
        failure = f"<failure type={_attribute(finding.code)} message={_attribute(finding.message)}>{body}</failure>"
        return f"{head}>{failure}</testcase>\n"
    return f"{head}><system-out>{escape(plain(finding.message))}\n{body}</system-out></testcase>\n"


def _attribute(text: str) -> str:
    return quoteattr(plain(text))
