"""Prints diagnostics: for people on standard error, for programs on standard output."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from jobtree.base.diagnostic import Diagnostic
from jobtree.cli.formats import WRITERS, OutputFormat, github, text
from jobtree.cli.terminal import Terminal
from jobtree.cli.workspace import Workspace, relocate, shown


def report(findings: Sequence[Diagnostic], workspace: Workspace, terminal: Terminal) -> None:
    """All findings, sorted, with the lines of the sources they point at."""
    report_in(findings, {source.path: source.data for source in workspace.sources}, workspace.root, terminal)


def report_in(findings: Sequence[Diagnostic], files: Mapping[str, bytes], root: Path, terminal: Terminal) -> None:
    """The same, where all that there is are files, by paths relative to root."""
    if not findings:
        return
    ordered = sorted(relocate(findings, root), key=lambda finding: finding.sort_key)
    sources = {shown(root, path): data for path, data in files.items()}
    for line in text.lines(ordered, sources):
        terminal.err.print(line, soft_wrap=True)
    terminal.err.print(text.summary(ordered), soft_wrap=True)


def write_findings(findings: Sequence[Diagnostic], root: Path, output_format: OutputFormat) -> None:
    """For a program. JSON has paths relative to root, the formats of CI services relative to the working directory."""
    placed = findings if output_format is OutputFormat.JSON else relocate(findings, root)
    typer.echo(_bytes(WRITERS[output_format](placed)), nl=False)
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if output_format is OutputFormat.GITHUB and path:
        with Path(path).open("ab") as file:
            file.write(_bytes(github.summary(placed)))


def _bytes(text: str) -> bytes:
    """UTF-8 in every locale; what a file smuggled in and UTF-8 cannot hold is escaped."""
    return text.encode("utf-8", errors="backslashreplace")
