"""``jobtree report``: the plan as one HTML page that needs no network."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from jobtree.adapters.files import read_regular_file
from jobtree.adapters.ledger import read_ledger_files
from jobtree.adapters.page_file import page_assets, write_page
from jobtree.base.diagnostic import Diagnostic, error, warning
from jobtree.base.plain import plain
from jobtree.cli.executor import LOCAL, given_executor
from jobtree.cli.output import need_output
from jobtree.cli.planning import ALONE, Asked, Refused, review_against
from jobtree.cli.progress import Watch, watching
from jobtree.cli.report import report
from jobtree.cli.terminal import Terminal
from jobtree.cli.workspace import Workspace, exit_code, has_errors, open_workspace
from jobtree.emit.plan_json import PLAN_PATH
from jobtree.emit.seal import digest_inputs, jobtree_version
from jobtree.load.ledger import read_ledger
from jobtree.load.loader import load
from jobtree.report.document import document
from jobtree.report.facts import DiffTitles, Facts
from jobtree.report.page_data import page_data
from jobtree.report.plan_file import PlanFile, read_plan
from jobtree.report.series import Series, read_series
from jobtree.review.diff_object import diff_object
from jobtree.review.review import Review

STALE = "The inputs changed after this plan was made: budgets and machines are shown as the files have them now."
EXAMPLES = """\b
Examples:
  jobtree report
  jobtree report fleets/west -o /tmp/west.html
  jobtree report --base origin/main             # with what this branch does to everybody
  jobtree report --series series.json           # with what a simulation found
"""


def report_page(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The fleet repository.")] = Path(),
    page: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The page to write.")] = Path(
        "report.html"
    ),
    out: Annotated[
        Path | None, typer.Option(metavar="OUT", help="The output folder; default: the Fleet's output.dir in DIR.")
    ] = None,
    base: Annotated[
        str | None, typer.Option(metavar="REV", help="Show too what the working tree changes against this revision.")
    ] = None,
    series: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Show too the series that a simulation wrote.")
    ] = None,
) -> None:
    """Write the plan as one HTML page: timeline, machines, budgets, payers, reservations, lotteries, prices."""
    terminal: Terminal = context.obj
    with watching(terminal.err) as step:
        step("finding files")
        workspace = open_workspace(folder, out=out, base=base)
        found = found_page(workspace, series)
        diff = _diff(workspace, found, base, step) if base and found.facts else None
    report((*found.findings, *(diff.findings if diff else ())), workspace, terminal)
    if found.facts is None or (diff and diff.code):
        raise typer.Exit(exit_code(found.findings) or (diff.code if diff else 1))
    facts = diff.added(found.facts) if diff else found.facts
    written = document(page_data(facts), page_assets())
    refused = write_page(page, written)
    report(refused, workspace, terminal)
    if refused:
        raise typer.Exit(1)
    terminal.out.print(f"Wrote {plain(page)}: {_size(len(written))}, {len(facts.plan.runs):,} runs", soft_wrap=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a page can be made of, and what was found on the way: errors leave ``facts`` None."""

    facts: Facts | None
    findings: tuple[Diagnostic, ...]


def found_page(workspace: Workspace, series_file: Path | None) -> Found:
    """The facts of a page: output tree, ledger, inputs and series, each read strictly."""
    tree, missing = need_output(workspace.out)
    ledger_files = read_ledger_files(workspace.ledger)
    ledger, broken = read_ledger(ledger_files.sources)
    loading = load(
        workspace.sources, admissions=workspace.admitted or {}, registry=workspace.registry, bundles=workspace.bundles
    )
    series, odd = _series(series_file)
    plan = None if missing else read_plan(_parsed(tree.get(PLAN_PATH, b"")))
    findings = [*workspace.diagnostics, *loading.diagnostics, *missing, *ledger_files.diagnostics, *broken, *odd]
    if isinstance(plan, Diagnostic):
        findings += workspace.place([plan])
    if not isinstance(plan, PlanFile) or loading.catalog is None or has_errors(findings):
        return Found(facts=None, findings=tuple(findings))
    notes: tuple[str, ...] = ()
    if plan.input_digest != digest_inputs(loading.inputs):
        notes = (STALE,)
        hint = "run `jobtree compile`, then this again"
        findings.append(warning("JT778", "the plan was made from other inputs than there are now", help=hint))
    facts = Facts(
        plan=plan,
        catalog=loading.catalog,
        past=ledger.closed,
        notes=notes,
        version=jobtree_version(),
        series=series,
    )
    return Found(facts=facts, findings=tuple(findings))


def _parsed(data: bytes) -> object:
    """The JSON value; None, which is no plan, if it is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _series(path: Path | None) -> tuple[Series | None, tuple[Diagnostic, ...]]:
    if path is None:
        return None, ()
    try:
        found = read_series(read_regular_file(path), path.as_posix())
    except OSError as fault:
        return None, (error("JT777", f"{path} cannot be read: {fault.strerror or fault}", help="name another file"),)
    return (None, (found,)) if isinstance(found, Diagnostic) else (found, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a comparison adds to the page: the review, or a note why there is none; ``code`` ends the command."""

    review: Review | None
    note: str = ""
    findings: tuple[Diagnostic, ...] = ()
    code: int = 0

    def added(self, facts: Facts) -> Facts:
        """The facts with it."""
        if self.review is None:
            return replace(facts, notes=(*facts.notes, self.note))
        titles = DiffTitles(instant=self.review.titles.instant, command=self.review.titles.command)
        notes = (*facts.notes, self.review.titles.note) if self.review.titles.note else facts.notes
        return replace(facts, diff=diff_object(self.review), titles=titles, notes=notes)


def _diff(workspace: Workspace, found: Found, base: str, step: Watch) -> Compared:
    """Both sides as of the instant of the plan that the page shows."""
    assert found.facts is not None
    asked = Asked(workspace.root, base, None, found.facts.plan.as_of, None, ALONE, None, given_executor(LOCAL, step))
    done = review_against(workspace, asked, step)
    if isinstance(done, Refused):
        return Compared(review=None, note=done.sentence, findings=done.diagnostics, code=done.code)
    return Compared(review=done)


def _size(size: int) -> str:
    """``812 kB``: thousands of bytes, rounded up."""
    return f"{-(-size // 1_000):,} kB"
