"""``jobtree verify``: the independent checker on inputs and output tree."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from jobtree.adapters.ledger import read_ledger_files
from jobtree.base.diagnostic import Diagnostic
from jobtree.base.plain import plain
from jobtree.base.words import count
from jobtree.cli.output import need_output, parse_plan
from jobtree.cli.report import report
from jobtree.cli.terminal import Terminal
from jobtree.cli.workspace import Workspace, has_errors, open_workspace
from jobtree.load.loader import load
from jobtree.verify import replay
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
    lottery: Annotated[
        bool, typer.Option("--lottery", help="Only replay every lottery of the tree and the ledger.")
    ] = False,
) -> None:
    """Check a compiled tree against its inputs, with code that shares nothing with the planner."""
    terminal: Terminal = context.obj
    workspace = open_workspace(folder, out=out, base=base)
    tree, missing = need_output(workspace.out)
    ledger = read_ledger_files(workspace.ledger)
    if lottery:
        _replay(tree, ledger.months, (*missing, *ledger.diagnostics), workspace, terminal)
        return
    loading = load(
        workspace.sources, admissions=workspace.admitted or {}, registry=workspace.registry, bundles=workspace.bundles
    )
    findings = (*workspace.diagnostics, *loading.diagnostics, *missing, *ledger.diagnostics)
    report(findings, workspace, terminal)
    if has_errors(findings):
        raise typer.Exit(1)
    registry = workspace.registry.data if workspace.registry else None
    inputs = {source.path: source.data for source in loading.inputs}
    violations = find_violations(inputs, tree, registry=registry, ledger=ledger.months)
    for violation in violations:
        terminal.out.print(f"{violation.invariant}: {plain(violation.message)}", soft_wrap=True)
    if violations:
        terminal.out.print(f"{plain(workspace.out)}: {count(len(violations), 'violation')}", soft_wrap=True)
        raise typer.Exit(VIOLATED)
    terminal.out.print(f"{plain(workspace.out)}: every invariant holds", soft_wrap=True)
    terminal.out.print(f"checked {_counts(tree, inputs=len(loading.inputs))}", soft_wrap=True)


def _replay(
    tree: Mapping[str, bytes],
    ledger: Mapping[str, bytes],
    findings: Sequence[Diagnostic],
    workspace: Workspace,
    terminal: Terminal,
) -> None:
    """Every draw again, from committed files alone."""
    report(findings, workspace, terminal)
    if has_errors(findings):
        raise typer.Exit(1)
    violations = replay(ledger, tree)
    for violation in violations:
        terminal.out.print(f"{violation.invariant}: {plain(violation.message)}", soft_wrap=True)
    if violations:
        raise typer.Exit(VIOLATED)
    held = _lotteries(tree, ledger)
    for line in held:
        terminal.out.print(plain(line), soft_wrap=True)
    terminal.out.print(f"replayed {count(len(held), 'draw')}: each comes out as recorded", soft_wrap=True)


def _lotteries(tree: Mapping[str, bytes], ledger: Mapping[str, bytes]) -> tuple[str, ...]:
    """A line for each lottery of the ledger and of plan.json."""
    plan: Any = parse_plan(tree)
    entries = [json.loads(line) for name in sorted(ledger) for line in ledger[name].splitlines()]
    held: list[Any] = [entry["lottery"] for entry in entries if "lottery" in entry]
    held += plan["lottery"] if plan else []
    told = [
        f"{one['for']}: {one['kind']} among {count(len(one['candidates']), 'candidate')}, seed {one['seed'][:16]}..., "
        f"drew {', '.join(one['draws'])}" + (f", returned {', '.join(one['returned'])}" if one["returned"] else "")
        for one in held
    ]
    return tuple(dict.fromkeys(told))


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
