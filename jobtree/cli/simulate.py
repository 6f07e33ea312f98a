"""``jobtree simulate``: the fleet rolled forward on a virtual clock, with the passes of a compile."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from jobtree import pipeline
from jobtree.adapters.clock import wall_clock
from jobtree.adapters.files import read_regular_file
from jobtree.base.diagnostic import Diagnostic, error
from jobtree.base.identity import Key
from jobtree.base.instant import Instant, parse_instant
from jobtree.base.plain import plain
from jobtree.base.progress import Silent
from jobtree.base.quantity import parse_duration
from jobtree.cli.compiling import Output
from jobtree.cli.given import given_instant
from jobtree.cli.progress import Watch, watching
from jobtree.cli.report import report
from jobtree.cli.simulating.standing import Standing, read_standing
from jobtree.cli.simulating.tables import parts
from jobtree.cli.solvers import solver_of
from jobtree.cli.terminal import Terminal, show
from jobtree.cli.workspace import Workspace, exit_code, has_errors, open_workspace
from jobtree.load.shape import suggestion
from jobtree.load.source import Source
from jobtree.milp.solver import Solver
from jobtree.model.catalog import Catalog
from jobtree.plan.executor import InOrder
from jobtree.simulate.faults import Faults, Work
from jobtree.simulate.faults_file import read_faults
from jobtree.simulate.invariants import Invariants
from jobtree.simulate.moment import Policy, Watcher, Watchers
from jobtree.simulate.overlaid import overlaid
from jobtree.simulate.overlays import parse_overlay
from jobtree.simulate.policies import OWN, POLICIES, Scheduler
from jobtree.simulate.report import Result, results_json, series_json
from jobtree.simulate.roll import Means
from jobtree.simulate.roll import simulate as roll
from jobtree.simulate.scenario import Scenario
from jobtree.simulate.thorough import Thorough
from jobtree.simulate.trace import read_trace, twice, with_trace
from jobtree.simulate.trail import Trail
from jobtree.simulate.violated import ViolatedError

VIOLATED = 4
EXAMPLES = """\b
Examples:
  jobtree simulate --until 2026-03-09T09:00:00Z
  jobtree simulate --until 2026-03-09T09:00:00Z --faults faults.yaml --seed 7
  jobtree simulate --until 2026-03-09T09:00:00Z --policy jobtree,easy,conservative
  jobtree simulate --until 2026-03-09T09:00:00Z --with 'topology: +64 H100-80GB in domain C'
  jobtree simulate --until 2017-10-27T00:00:00Z --trace jobs.csv --series series.json -o json
"""


def simulate(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The fleet repository.")] = Path(),
    until: Annotated[str, typer.Option(metavar="T", help="Roll to this instant.")] = ...,  # type: ignore[assignment]
    now: Annotated[
        str | None, typer.Option(metavar="T", help="Begin at this instant; default: HEAD's, if the tree is clean.")
    ] = None,
    trace: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Jobs: timestamp, duration, num_gpus, gpu_time, cluster.")
    ] = None,
    faults: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What goes wrong, and how long runs really take.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="What chance follows from.")] = 1,
    every: Annotated[str, typer.Option(metavar="D", help="How often a compile comes.")] = "15m",
    policy: Annotated[str, typer.Option(metavar="NAMES", help=f"Who decides, of {', '.join(POLICIES)}.")] = OWN,
    changes: Annotated[
        list[str] | None, typer.Option("--with", metavar="OVERLAY", help="What if; may be given several times.")
    ] = None,
    series: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a point for each compile.")] = None,
    empty: Annotated[
        bool, typer.Option("--empty", help="Begin without leases, as if everything were asked for anew.")
    ] = False,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Put every compile of jobtree through files and the checker, too.")
    ] = False,
    output: Annotated[Output, typer.Option("--output", "-o", help="Tables, or JSON.")] = Output.TEXT,
) -> None:
    """Roll the fleet forward on a virtual clock: waits, utilisation, promises, cuts and what is lost to failures."""
    terminal: Terminal = context.obj
    asked = _Asked(
        since=given_instant(now),
        until=_instant(until),
        every=_every(every),
        seed=seed,
        trace=trace,
        faults=faults,
        policies=_policies(policy),
        overlays=tuple(changes or ()),
        empty=empty,
        thorough=thorough,
    )
    if thorough and (trace or changes):
        raise typer.BadParameter("it goes with documents alone, not with --trace or --with", param_hint="--thorough")
    _run(folder, asked, terminal, series=series, output=output)


def _run(folder: Path, asked: "_Asked", terminal: Terminal, *, series: Path | None, output: Output) -> None:
    with watching(terminal.err) as step:
        step("finding files")
        workspace = open_workspace(folder, out=None, base=None)
        stage, findings = _stage(workspace, asked)
        results = [] if stage is None else list(_rolled(stage, asked, step, terminal))
    report(findings, workspace, terminal)
    if stage is None:
        raise typer.Exit(exit_code(findings))
    if series is not None:
        _write(series, series_json(stage.scenario, results))
    if output is Output.JSON:
        typer.echo(results_json(stage.scenario, results), nl=False)
        return
    for part in parts(stage.scenario, results):
        show(terminal.out, part)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the command line says."""

    since: Instant | None
    until: Instant
    every: int
    seed: int
    trace: Path | None
    faults: Path | None
    policies: tuple[Scheduler, ...]
    overlays: tuple[str, ...]
    empty: bool
    thorough: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """What is rolled: the fleet as it is, and with the overlays, where there are any. ``standing`` is its output."""

    standing: Standing
    scenario: Scenario
    changed: Scenario | None
    sources: tuple[Source, ...]
    solver: Solver


def _stage(workspace: Workspace, asked: _Asked) -> tuple[_Stage | None, tuple[Diagnostic, ...]]:
    """What is rolled; None where findings say that nothing can be."""
    head = workspace.head()
    since = asked.since if asked.since is not None else head if head is not None else wall_clock()
    if asked.until <= since:
        raise typer.BadParameter("the end lies before the beginning: set --now", param_hint="--until")
    solver, absent = solver_of(workspace)
    standing = Standing() if asked.empty else read_standing(workspace, since)
    checked = pipeline.check(workspace.request(standing.tree, as_of=since))
    findings = [*workspace.diagnostics, *absent, *standing.diagnostics, *workspace.place(checked.diagnostics)]
    if checked.catalog is None or has_errors(findings):
        return None, tuple(findings)
    faults, found = _faults(asked.faults, checked.catalog)
    findings += found
    catalog, works, found = _traced(checked.catalog, faults, asked, since)
    findings += found
    scenario = Scenario(
        catalog=catalog,
        since=since,
        until=asked.until,
        seed=asked.seed,
        every=asked.every,
        faults=faults,
        works=works,
        standing=standing.left,
    )
    changed, found = _changed(catalog, asked.overlays)
    findings += found
    with_changes = None if changed is None else replace(scenario, catalog=changed)
    stage = _Stage(standing=standing, scenario=scenario, changed=with_changes, sources=checked.inputs, solver=solver)
    return None if has_errors(findings) else stage, tuple(findings)


def _faults(path: Path | None, catalog: Catalog) -> tuple[Faults, Sequence[Diagnostic]]:
    if path is None:
        return Faults(), ()
    source = _read(path, "JT191")
    return read_faults(source, catalog) if isinstance(source, Source) else (Faults(), (source,))


def _traced(
    catalog: Catalog, faults: Faults, asked: _Asked, since: Instant
) -> tuple[Catalog, Mapping[Key, Work], Sequence[Diagnostic]]:
    if asked.trace is None:
        return catalog, {}, ()
    source = _read(asked.trace, "JT192")
    if isinstance(source, Diagnostic):
        return catalog, {}, (source,)
    runs, findings = read_trace(source, catalog, faults, seed=asked.seed, since=since, until=asked.until)
    findings = (*findings, *twice(catalog, runs, source.path))
    if findings:
        return catalog, {}, findings
    return *with_trace(catalog, runs), ()


def _changed(catalog: Catalog, overlays: Sequence[str]) -> tuple[Catalog | None, Sequence[Diagnostic]]:
    """The catalog with all overlays, one after the other; None without any."""
    findings: list[Diagnostic] = []
    changed = catalog
    for text in overlays:
        overlay = parse_overlay(text)
        done = overlay if isinstance(overlay, Diagnostic) else overlaid(changed, overlay)
        if isinstance(done, Diagnostic):
            findings.append(done)
        else:
            changed = done
    return changed if overlays else None, findings


def _read(path: Path, code: str) -> Source | Diagnostic:
    try:
        return Source(path.as_posix(), read_regular_file(path))
    except OSError as fault:
        return error(code, f"{path} cannot be read: {fault.strerror or fault}", help="name a file that is there")


def _rolled(stage: _Stage, asked: _Asked, step: Watch, terminal: Terminal) -> Iterator[Result]:
    """Every policy, without the overlays and with them. Exits with 4 where an invariant does not hold."""
    for scheduler in asked.policies:
        for scenario in (stage.scenario, stage.changed):
            if scenario is None:
                continue
            overlays = asked.overlays if scenario is stage.changed else ()
            step(f"simulating: {scheduler.name}")
            trail = Trail()
            try:
                means, policy = _means(stage, asked, scheduler, trail)
                yield Result(outcome=roll(scenario, scheduler.name, policy, means), overlays=overlays)
            except ViolatedError as fault:
                for line in trail.lines:
                    terminal.tell(line)
                told = f"{scheduler.name} breaks an invariant: {plain(fault)}"
                terminal.tell(f"{told}. The same command with --seed {asked.seed} replays it.")
                raise typer.Exit(VIOLATED) from None


def _means(stage: _Stage, asked: _Asked, scheduler: Scheduler, trail: Trail) -> tuple[Means, Policy]:
    means = Means(solver=stage.solver, executor=InOrder(), progress=Silent())
    watchers: list[Watcher] = [trail, Invariants(paid=scheduler.honours_budgets)]
    if not asked.thorough or scheduler.name != OWN:
        return replace(means, watcher=Watchers(*watchers)), scheduler
    long = Thorough(stage.sources, stage.solver, tree=stage.standing.tree, ledger=stage.standing.ledger)
    return replace(means, watcher=Watchers(*watchers, long), digest=long.digest), long.compared(scheduler)


def _policies(text: str) -> tuple[Scheduler, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in POLICIES:
            hint = suggestion(name, tuple(POLICIES)) or f"known here: {', '.join(POLICIES)}"
            raise typer.BadParameter(f"there is no policy {name!r}: {hint}", param_hint="--policy")
    return tuple(POLICIES[name] for name in names)


def _instant(text: str) -> Instant:
    try:
        return parse_instant(text)
    except ValueError as fault:
        raise typer.BadParameter(str(fault), param_hint="--until") from None


def _every(text: str) -> int:
    try:
        seconds = parse_duration(text)
    except ValueError as fault:
        raise typer.BadParameter(str(fault), param_hint="--every") from None
    if seconds < 1:
        raise typer.BadParameter("a compile comes every second at most", param_hint="--every")
    return seconds


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as fault:
        raise typer.BadParameter(f"{path}: {fault.strerror or fault}", param_hint="--series") from None
