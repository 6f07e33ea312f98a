"""``jobtree verify``: the independent checker on inputs and output tree."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from jobtree.base.words import count
from jobtree.cli.output import need_output, parse_plan
from jobtree.cli.report import report
from jobtree.cli.terminal import Terminal, plain
from jobtree.cli.workspace import has_errors, open_workspace
from jobtree.load.loader import load
from jobtree.verify import verify as find_violations

VIOLATED = 4
EXAMPLES = """\b
Examples:
  jobtree verify
  jobtree verify fleets/west --out /tmp/west
"""


def verify(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The fleet repository.")] = Path(),
    out: Annotated[
        Path | None, typer.Option(metavar="OUT", help="The output folder; default: the Fleet's output.dir in DIR.")
    ] = None,
    base: Annotated[
        str | None, typer.Option(metavar="REV", help="The tree was compiled with the owner registry of this revision.")
    ] = None,
) -> None:
    """Check a compiled tree against its inputs, with code that shares nothing with the planner."""
    terminal: Terminal = context.obj
    workspace = open_workspace(folder, out=out, base=base)
    tree, missing = need_output(workspace.out)
    loading = load(
        workspace.sources, admissions=workspace.admitted or {}, registry=workspace.registry, bundles=workspace.bundles
    )
    findings = (*workspace.diagnostics, *loading.diagnostics, *missing)
    report(findings, workspace, terminal)
    if has_errors(findings):
        raise typer.Exit(1)
    registry = workspace.registry.data if workspace.registry else None
    violations = find_violations({source.path: source.data for source in loading.inputs}, tree, registry=registry)
    for violation in violations:
        terminal.out.print(f"{violation.invariant}: {plain(violation.message)}", soft_wrap=True)
    if violations:
        terminal.out.print(f"{plain(workspace.out)}: {count(len(violations), 'violation')}", soft_wrap=True)
        raise typer.Exit(VIOLATED)
    terminal.out.print(f"{plain(workspace.out)}: every invariant holds", soft_wrap=True)
    terminal.out.print(f"checked {_counts(tree, inputs=len(loading.inputs))}", soft_wrap=True)


def _counts(tree: Mapping[str, bytes], *, inputs: int) -> str:
    plan: Any = parse_plan(tree)
    decided = plan["runs"] if plan else []
    pods = sum(len(group["pods"]) for run in decided for group in run["groups"])
    return ", ".join(
        [
            count(len(decided), "decision"),
            count(pods, "pod"),
            count(len(plan["envelopes"]) if plan else 0, "envelope"),
            f"{count(inputs, 'input')}, {count(len(tree), 'output file')}",
        ]
    )
