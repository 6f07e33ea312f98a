"""``jobtree compile``: check, plan, verify, emit."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jobtree import pipeline
from jobtree.adapters.clock import wall_clock
from jobtree.adapters.ledger import read_ledger_files, write_ledger
from jobtree.adapters.swap import changed_paths, guard, swap
from jobtree.base.diagnostic import Diagnostic, error
from jobtree.base.instant import Instant
from jobtree.base.moments import long_moment
from jobtree.base.plain import plain
from jobtree.base.words import count
from jobtree.cli.entropy import entropy_of, given_entropy
from jobtree.cli.executor import LOCAL, Opening, Where, given_executor
from jobtree.cli.given import given_instant, read_state_file
from jobtree.cli.output import parse_plan, read_output
from jobtree.cli.progress import Watch, watching
from jobtree.cli.report import report
from jobtree.cli.solvers import solver_of
from jobtree.cli.summary import ROWS, Summary, capacity_of
from jobtree.cli.terminal import Terminal
from jobtree.cli.workspace import Workspace, exit_code, has_errors, open_workspace
from jobtree.emit.lock import LOCK_PATH, damaged_lock, missing_lock, read_lock
from jobtree.emit.plan_json import PLAN_PATH
from jobtree.emit.values import MisfitError
from jobtree.model.catalog import Catalog
from jobtree.model.contention import Entropy
from jobtree.model.judgement import Verdict
from jobtree.review.words import ruled
from jobtree.verify import Violation

VIOLATED = 4
SHOWN = 10
EXAMPLES = """\b
Examples:
  jobtree compile
  jobtree compile --now 2026-03-02T09:00:00Z
  jobtree compile fleets/west --out /tmp/west --all
  jobtree compile --locked --check        # in CI: is what is committed what the inputs say?
  jobtree compile --executor dask://127.0.0.1:8786
  jobtree compile -o json | jq '.runs[] | select(.decision == "reserve")'
"""


class Output(StrEnum):
    """``--output``."""

    TEXT = "text"
    JSON = "json"


def compile_fleet(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The fleet repository.")] = Path(),
    out: Annotated[
        Path | None, typer.Option(metavar="OUT", help="The output folder; default: the Fleet's output.dir in DIR.")
    ] = None,
    now: Annotated[
        str | None, typer.Option(metavar="T", help="Plan as of this instant; default: HEAD's, if the tree is clean.")
    ] = None,
    locked: Annotated[bool, typer.Option("--locked", help="Never solve: fail if the lock does not fit.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if OUT would change.")] = False,
    base: Annotated[
        str | None, typer.Option(metavar="REV", help="Take the owner registry from this revision, as reviews must.")
    ] = None,
    output: Annotated[Output, typer.Option("--output", "-o", help="A summary, or plan.json.")] = Output.TEXT,
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What was observed: kubectl get nodes,runs,leases -A -o yaml.")
    ] = None,
    entropy: Annotated[
        str | None, typer.Option(metavar="HEX", help="Draw lotteries with this, instead of what the Fleet names.")
    ] = None,
    allow_drop: Annotated[
        bool, typer.Option("--allow-drop", help="Let more than 10 % of the open leases go with their runs.")
    ] = False,
    executor: Where = LOCAL,
    everything: Annotated[bool, typer.Option("--all", help="Do not cut long lists.")] = False,
    timings: Annotated[bool, typer.Option("--timings", help="Say how long each step and stage took.")] = False,
) -> None:
    """Plan every run, prove the plan, and write manifests: one decision for each run, checked before it is written."""
    terminal: Terminal = context.obj
    drawn_with = given_entropy(entropy)
    opened = given_executor(executor, terminal.tell)
    asked = Asked(given_instant(now), locked, check, state, drawn_with, allow_drop, opened)
    with watching(terminal.err) as step:
        step("finding files")
        workspace = open_workspace(folder, out=out, base=base)
        done = _compile(workspace, asked, step)
    report(done.diagnostics, workspace, terminal)
    tree = _proven_tree(done, terminal)
    step("comparing" if check else "writing")
    written = _check(done, tree, workspace) if check else _write(done, tree, workspace)
    for name, seconds in step.timings() if timings else ():
        terminal.err.print(f"{seconds:8.2f} s  {plain(name)}")
    report(written.diagnostics, workspace, terminal)
    if has_errors(written.diagnostics):
        raise typer.Exit(1)
    if output is Output.JSON:
        typer.echo(tree[PLAN_PATH], nl=False)
    else:
        _print(done, tree, written, terminal, rows=None if everything else ROWS)


def _print(
    done: "Outcome", tree: Mapping[str, bytes], written: "Written", terminal: Terminal, *, rows: int | None
) -> None:
    terminal.out.print(f"As of {done.instant}", style="dim")
    Summary(plan=parse_plan(tree), capacity=capacity_of(done.catalog), rows=rows).print(terminal.out)
    terminal.out.print(written.sentence, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says."""

    now: Instant | None
    locked: bool
    checking: bool
    state: Path | None
    entropy: Entropy | None
    allow_drop: bool
    executor: Opening


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a compile came to. ``instant`` says as of when, and why then; ``ledger`` are the months that change."""

    instant: str = ""
    catalog: Catalog | None = None
    tree: Mapping[str, bytes] | None = None
    ledger: Mapping[str, bytes] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...]
    violations: tuple[Violation, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of the output folder, in a sentence."""

    sentence: str
    diagnostics: tuple[Diagnostic, ...] = ()


def _compile(workspace: Workspace, asked: Asked, step: Watch) -> Outcome:
    guarded = guard(workspace.out)
    previous, unreadable = ({}, ()) if has_errors(guarded) else read_output(workspace.out)
    ledger = read_ledger_files(workspace.ledger)
    state, unseen = read_state_file(asked.state)
    entropy, odd = entropy_of(workspace, asked.entropy)
    solver, absent = solver_of(workspace)
    refusals = (*workspace.diagnostics, *guarded, *unreadable, *ledger.diagnostics, *unseen, *odd, *absent)
    instant = _as_of(workspace, previous.get(LOCK_PATH), asked)
    if isinstance(instant, Diagnostic):
        return Outcome(diagnostics=(*refusals, *workspace.place([instant])))
    as_of, why = instant
    request = workspace.request(previous, as_of=as_of)
    if has_errors(refusals):
        return Outcome(diagnostics=(*refusals, *pipeline.check(request).diagnostics))
    request = replace(
        request,
        ledger=ledger.sources,
        state=state,
        entropy=entropy,
        locked=asked.locked,
        allow_drop=asked.allow_drop,
    )
    step("finding workers")
    with asked.executor(solver) as executor:
        if isinstance(executor, Diagnostic):
            return Outcome(diagnostics=(*refusals, executor))
        compiled = pipeline.compile_fleet(request, solver, step, executor)
    return Outcome(
        instant=f"{long_moment(as_of)} ({why})",
        catalog=compiled.catalog,
        tree=compiled.tree,
        ledger=compiled.ledger,
        diagnostics=(*refusals, *workspace.place(compiled.diagnostics)),
        violations=compiled.violations,
        verdicts=compiled.verdicts,
    )


def _as_of(workspace: Workspace, lock: bytes | None, asked: Asked) -> tuple[Instant, str] | Diagnostic:
    """The instant to plan for and where it comes from; JT703 or JT705 if it should come from a lock that has none.

    A check is about what is committed, and its commit is later than what it holds: so it asks the lock as well.
    """
    if asked.now is not None:
        return asked.now, "--now"
    if asked.locked or (asked.checking and lock is not None):
        try:
            return (read_lock(lock).as_of, "the lock's") if lock is not None else missing_lock()
        except MisfitError as fault:
            return damaged_lock(fault)
    head = workspace.head()
    return (head, "HEAD's commit") if head is not None else (wall_clock(), "the wall clock; --now T repeats it")


def _proven_tree(done: Outcome, terminal: Terminal) -> Mapping[str, bytes]:
    """The tree that may be written; exits 4 if the verifier refuses it, 3 if a house rule does, 1 if there is none."""
    if done.verdicts:
        terminal.tell(ruled(done.verdicts))
    for violation in done.violations:
        terminal.err.print(f"{violation.invariant}: {plain(violation.message)}", soft_wrap=True)
    if done.violations:
        bug = "the verifier refused the plan: a bug of jobtree. Nothing was written."
        terminal.err.print(f"{count(len(done.violations), 'violation')}; {bug}", soft_wrap=True)
        raise typer.Exit(VIOLATED)
    if done.tree is None or has_errors(done.diagnostics):
        raise typer.Exit(exit_code(done.diagnostics) or 1)
    return done.tree


def _check(done: Outcome, tree: Mapping[str, bytes], workspace: Workspace) -> Written:
    known = read_ledger_files(workspace.ledger).months
    months = [f"{workspace.ledger.name}/{name}" for name, data in done.ledger.items() if known.get(name) != data]
    changed = [*changed_paths(tree, workspace.out), *months]
    if not changed:
        return Written(sentence=f"{plain(workspace.out)} is up to date")
    more = (f"and {len(changed) - SHOWN} more",) if len(changed) > SHOWN else ()
    message = f"{count(len(changed), 'file')} in {workspace.out} would change"
    finding = error(
        "JT706", message, notes=(*changed[:SHOWN], *more), help="run `jobtree compile` and commit the output"
    )
    return Written(sentence="", diagnostics=(finding,))


def _write(done: Outcome, tree: Mapping[str, bytes], workspace: Workspace) -> Written:
    """The ledger first: killed in between, the next compile finds its lines and goes on from there."""
    refused = write_ledger(workspace.ledger, done.ledger) if done.ledger else ()
    if has_errors(refused):
        return Written(sentence="", diagnostics=refused)
    swapped = swap(tree, workspace.out)
    if not swapped.changed:
        return Written(sentence=f"{plain(workspace.out)} is unchanged", diagnostics=swapped.diagnostics)
    sizes = f"{count(len(tree), 'file')}, {len(swapped.changed):,} changed"
    return Written(sentence=f"Wrote {plain(workspace.out)}: {sizes}", diagnostics=swapped.diagnostics)
