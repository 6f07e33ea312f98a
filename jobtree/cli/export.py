"""``jobtree export``: what other programs need to know of a fleet, made of its documents."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from jobtree import pipeline
from jobtree.adapters.clock import wall_clock
from jobtree.adapters.files import read_regular_file
from jobtree.adapters.git import folder_of
from jobtree.base.diagnostic import Diagnostic, error
from jobtree.base.instant import Instant
from jobtree.cli.given import given_instant
from jobtree.cli.report import report
from jobtree.cli.terminal import Terminal
from jobtree.cli.workspace import Workspace, exit_code, has_errors, open_workspace
from jobtree.emit.yaml_writer import write_documents
from jobtree.model.catalog import Catalog
from jobtree.policy.admission import admission
from jobtree.policy.rules import denies
from jobtree.request import HouseRules
from jobtree.review.codeowners import codeowners

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
EXAMPLES = """\b
Examples:
  jobtree export codeowners > .github/CODEOWNERS
  jobtree export codeowners --check .github/CODEOWNERS   # in CI: is it what the registry says?
"""
ADMISSION_EXAMPLES = """\b
Examples:
  jobtree export admission | kubectl apply --server-side -f -
  jobtree export admission --now 2026-06-01T00:00:00Z    # with the waivers of that day
"""


@app.callback()
def export() -> None:
    """Write what other programs need to know of a fleet."""


@app.command(name="codeowners", epilog=EXAMPLES)
def export_codeowners(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The fleet repository.")] = Path(),
    check: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Print nothing; fail if FILE is not what would be printed.")
    ] = None,
) -> None:
    """Print CODEOWNERS: who is asked to review which path, by the owner registry."""
    terminal: Terminal = context.obj
    workspace, catalog = _sound(folder, None, terminal)
    prefix = folder_of(workspace.repository) if workspace.repository is not None else ""
    text = codeowners(catalog.fleet, prefix=prefix)
    if check is None:
        typer.echo(text, nl=False)
        return
    drift = _drift(check, text)
    if drift is not None:
        report((drift,), workspace, terminal)
        raise typer.Exit(1)
    terminal.tell(f"{check} is what the registry says")


@app.command(name="admission", epilog=ADMISSION_EXAMPLES)
def export_admission(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The fleet repository.")] = Path(),
    now: Annotated[
        str | None, typer.Option(metavar="T", help="Waivers count as of this instant; default: HEAD's commit, or now.")
    ] = None,
) -> None:
    """Print ValidatingAdmissionPolicies and their bindings: the house rules on Runs and Budgets, for an API server."""
    terminal: Terminal = context.obj
    at = given_instant(now)
    workspace, catalog = _sound(folder, at, terminal)
    found = admission(catalog, as_of=at or _instant(workspace))
    for rule, why in found.left_out:
        terminal.tell(f"not exported: rule {rule}: {why}")
    typer.echo(write_documents(found.documents).decode(), nl=False)


def _sound(folder: Path, at: Instant | None, terminal: Terminal) -> tuple[Workspace, Catalog]:
    """The fleet if nothing refuses it; else reports why, and exits. What house rules deny is sound here."""
    workspace = open_workspace(folder, out=None, base=None)
    request = replace(workspace.request({}, as_of=at or _instant(workspace)), rules=HouseRules.REPORTED)
    checked = pipeline.check(request)
    findings = (*workspace.diagnostics, *checked.diagnostics)
    if checked.catalog is None or (has_errors(findings) and not denies(findings)):
        report(findings, workspace, terminal)
        raise typer.Exit(exit_code(findings) or 1)
    return workspace, checked.catalog


def _instant(workspace: Workspace) -> Instant:
    return workspace.head() or wall_clock()


def _drift(path: Path, text: str) -> Diagnostic | None:
    """JT717 if a file is not what the registry says, or is not there."""
    try:
        found = read_regular_file(path).decode("utf-8", errors="replace")
    except OSError as fault:
        return _differs(path, f"it cannot be read: {fault.strerror or fault}")
    if found == text:
        return None
    here, there = found.splitlines(), text.splitlines()
    missing = [f"missing: {line}" for line in there if line not in here]
    extra = [f"not from the registry: {line}" for line in here if line not in there]
    return _differs(path, *(missing + extra or ["the lines stand in another order"]))


def _differs(path: Path, *notes: str) -> Diagnostic:
    hint = f"jobtree export codeowners > {path}"
    return error("JT717", f"{path} is not what the owner registry says", notes=notes, help=hint)
