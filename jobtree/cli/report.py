"""Prints diagnostics on standard error."""

from collections.abc import Sequence

from jobtree.base.diagnostic import Diagnostic
from jobtree.cli.formats import text
from jobtree.cli.terminal import Terminal
from jobtree.cli.workspace import Workspace, relocate, shown


def report(findings: Sequence[Diagnostic], workspace: Workspace, terminal: Terminal) -> None:
    """All findings, sorted, with the lines of the sources they point at."""
    if not findings:
        return
    ordered = sorted(relocate(findings, workspace.root), key=lambda finding: finding.sort_key)
    sources = {shown(workspace.root, source.path): source.data for source in workspace.sources}
    for line in text.lines(ordered, sources):
        terminal.err.print(line, soft_wrap=True)
    terminal.err.print(text.summary(ordered), soft_wrap=True)
