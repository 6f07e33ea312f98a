"""``jobtree check``: read, validate, link; no solving."""

from pathlib import Path
from typing import Annotated

import typer

from jobtree import pipeline
from jobtree.adapters.clock import wall_clock
from jobtree.base.words import count
from jobtree.cli.card import print_card
from jobtree.cli.formats import OutputFormat
from jobtree.cli.given import given_instant
from jobtree.cli.output import read_output
from jobtree.cli.report import report, write_findings
from jobtree.cli.terminal import Terminal
from jobtree.cli.workspace import exit_code, has_errors, open_workspace
from jobtree.model.catalog import Catalog

EXAMPLES = """\b
Examples:
  jobtree check
  jobtree check fleets/west --base origin/main
  jobtree check --output-format github
  jobtree check --output-format sarif > jobtree.sarif
"""


def check(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The fleet repository.")] = Path(),
    output_format: Annotated[OutputFormat, typer.Option(help="How findings are written.")] = OutputFormat.TEXT,
    now: Annotated[
        str | None, typer.Option(metavar="T", help="Waivers count as of this instant; default: HEAD's commit, or now.")
    ] = None,
    base: Annotated[
        str | None, typer.Option(metavar="REV", help="Take the owner registry from this revision, as reviews must.")
    ] = None,
) -> None:
    """Read, validate and link every document; report all findings at once."""
    terminal: Terminal = context.obj
    at = given_instant(now)
    workspace = open_workspace(folder, out=None, base=base)
    previous, unreadable = read_output(workspace.out)
    checked = pipeline.check(workspace.request(previous, as_of=at or workspace.head() or wall_clock()))
    found = (*workspace.diagnostics, *unreadable, *checked.diagnostics)
    findings = sorted(found, key=lambda finding: finding.sort_key)
    if output_format is not OutputFormat.TEXT:
        write_findings(findings, folder, output_format)
    else:
        report(findings, workspace, terminal)
        if checked.catalog and not has_errors(findings):
            terminal.out.print(_sizes(checked.catalog, files=len(checked.inputs)), soft_wrap=True)
        print_card(checked.verdicts, terminal.out)
    raise typer.Exit(exit_code(findings))


def _sizes(catalog: Catalog, *, files: int) -> str:
    envelopes = sum(len(budget.envelopes) for budget in catalog.budgets)
    parts = [
        count(len(catalog.runs), "run"),
        f"{count(len(catalog.budgets), 'budget')} with {count(envelopes, 'envelope')}",
        f"{count(len(catalog.nodes), 'node')} with {count(sum(node.gpus for node in catalog.nodes), 'GPU')}",
    ]
    return f"{', '.join(parts)} in {count(files, 'file')}: all sound"
