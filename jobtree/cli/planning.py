"""``jobtree plan``: what the working tree, or a revision, changes for everybody against another revision."""

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from jobtree.adapters.clock import wall_clock
from jobtree.adapters.git import folder_of, head_commit
from jobtree.adapters.git_calls import Repository
from jobtree.adapters.revision import is_ancestor
from jobtree.base.diagnostic import Diagnostic, error
from jobtree.base.instant import Instant, format_instant
from jobtree.base.moments import long_moment
from jobtree.cli.entropy import entropy_of
from jobtree.cli.executor import LOCAL, Opening, Where, given_executor
from jobtree.cli.given import given_approvals, given_instant, read_state_file
from jobtree.cli.plan_output import Output, denials, print_plan
from jobtree.cli.progress import Watch, watching
from jobtree.cli.report import report
from jobtree.cli.revisions import SHORT, Revision, read_revision
from jobtree.cli.solvers import solver_for
from jobtree.cli.summary import ROWS
from jobtree.cli.terminal import Terminal
from jobtree.cli.workspace import FLEET_FILE, Workspace, exit_code, has_errors, inside, open_workspace
from jobtree.comparing import Compared, Question, compare_fleets, side_of
from jobtree.emit.lock import LOCK_PATH, Lock, find_lock
from jobtree.emit.values import MisfitError
from jobtree.load.loader import output_dir
from jobtree.request import Compiled
from jobtree.review.review import Review, Titles

CHANGES, DENIED, VIOLATED = 2, 3, 4
LOCKS = "the base's lock's"
ALONE = 8
EXAMPLES = """\b
Examples:
  jobtree plan                                  # what the edits since the last commit do to everybody
  jobtree plan --base origin/main               # what this branch does
  jobtree plan --base v1 --head v2 -o json
  jobtree plan --base origin/main -o markdown > comment.md
  jobtree plan --base origin/main --approvals approved.txt   # 3 if somebody's consent is missing
  jobtree plan --base origin/main --detailed-exitcode   # 2 if anything changes for anybody
"""


def plan(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The fleet repository.")] = Path(),
    base: Annotated[str, typer.Option(metavar="REV", help="Compare with this revision.")] = "HEAD",
    head: Annotated[
        str | None, typer.Option(metavar="REV", help="What is compared; default: the working tree.")
    ] = None,
    now: Annotated[
        str | None, typer.Option(metavar="T", help="Plan both as of this instant; default: that of the base's lock.")
    ] = None,
    output: Annotated[Output, typer.Option("--output", "-o", help="For whom.")] = Output.TEXT,
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What was observed: kubectl get nodes,runs,leases -A -o yaml.")
    ] = None,
    alone: Annotated[
        int, typer.Option(metavar="N", min=0, help="Of several changed files, try so many alone.")
    ] = ALONE,
    approvals: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Who approved, one a line: exit with 3 if that is not enough.")
    ] = None,
    executor: Where = LOCAL,
    detailed: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 if anything changes for anybody.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Do not cut long lists.")] = False,
) -> None:
    """Show what a change does to everybody: who starts earlier or later, who pays, who is cut, who wins."""
    terminal: Terminal = context.obj
    at, opened = given_instant(now), given_executor(executor, terminal.tell)
    asked = Asked(folder, base, head, at, state, alone, given_approvals(approvals), opened)
    with watching(terminal.err) as step:
        step("finding files")
        workspace = open_workspace(folder, out=None, base=base)
        pair = _pair(workspace, asked)
        done = pair if isinstance(pair, Refused) else _compare(pair, asked, step)
    if isinstance(done, Refused):
        terminal.tell(done.sentence)
        report(done.diagnostics, done.workspace, terminal)
        raise typer.Exit(done.code)
    report(pair.warnings if isinstance(pair, Pair) else (), workspace, terminal)
    if done.titles.note:
        terminal.tell(done.titles.note)
    print_plan(done, output, terminal, rows=None if everything else ROWS)
    for sentence in denials(done):
        terminal.tell(sentence)
    if done.missing or done.denying:
        raise typer.Exit(DENIED)
    if detailed and not done.diff.is_empty:
        raise typer.Exit(CHANGES)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says."""

    folder: Path
    base: str
    head: str | None
    now: Instant | None
    state: Path | None
    alone: int
    given: frozenset[str] | None
    executor: Opening


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why there is nothing to show: which side is at fault, and what is wrong with it."""

    sentence: str
    workspace: Workspace
    diagnostics: tuple[Diagnostic, ...]
    code: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Both sides as they were found. ``workspace`` holds the head's sources, ``base`` everything of the base.

    ``is_ahead``: whether the base has commits that the head has not; what they did looks undone.
    """

    workspace: Workspace
    base: Revision
    head_title: str
    as_of: Instant
    why: str
    is_ahead: bool
    repository: Repository

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What was odd about reading both sides, a clone that is cut among it."""
        return tuple(dict.fromkeys((*self.workspace.diagnostics, *self.base.diagnostics)))


def _pair(workspace: Workspace, asked: Asked) -> Pair | Refused:
    repository = workspace.repository
    if repository is None and not has_errors(workspace.diagnostics):
        missing = error("JT163", f"there is no revision {asked.base}: this is no git work tree")
        return _refused("There is nothing to compare with", workspace, (*workspace.diagnostics, missing))
    if repository is None or has_errors(workspace.diagnostics):
        return _refused("There is nothing to compare", workspace, workspace.diagnostics)
    base = _revision(workspace, repository, asked.base)
    head = None if asked.head is None else _revision(workspace, repository, asked.head)
    odd = tuple(one for one in (base, head) if isinstance(one, Diagnostic))
    if isinstance(base, Diagnostic) or isinstance(head, Diagnostic):
        return _refused("There is nothing to compare", workspace, odd)
    if all(source.path != FLEET_FILE for source in base.sources):
        told = f"{base.title} has no {FLEET_FILE}: there is nothing to compare with yet"
        return Refused(sentence=told, workspace=workspace, diagnostics=(), code=0)
    moved = _moved_output(base, workspace if head is None else head)
    if moved is not None:
        return _refused("What the change does cannot be told", workspace, (moved,))
    as_of, why = _as_of(asked, base, workspace)
    tip = head.commit if head is not None else head_commit(repository)
    title = "the working tree" if head is None else head.title
    if head is not None:
        workspace = replace(workspace, sources=head.sources, admitted=head.admitted, diagnostics=head.diagnostics)
    return Pair(
        workspace=workspace,
        base=base,
        head_title=title,
        as_of=as_of,
        why=why,
        is_ahead=tip is None or not is_ancestor(repository, base.commit, tip),
        repository=repository,
    )


def review_against(workspace: Workspace, asked: Asked, step: Watch) -> Review | Refused:
    """What the working tree changes against a revision, for whoever shows it beside something else."""
    pair = _pair(workspace, asked)
    return pair if isinstance(pair, Refused) else _compare(pair, asked, step)


def _moved_output(base: Revision, head: Workspace | Revision) -> Diagnostic | None:
    """JT718: leases and promises would be looked for in a folder that has none."""
    fleets = [next((one for one in side.sources if one.path == FLEET_FILE), None) for side in (base, head)]
    old, new = (None if fleet is None else output_dir(fleet) for fleet in fleets)
    if old is None or new is None or old == new:
        return None
    hint = "move it in a change of its own, together with the tree"
    return error("JT718", f"the output folder moves from {old} to {new}", notes=(f"leases stand in {old}",), help=hint)


def _revision(workspace: Workspace, repository: Repository, name: str) -> Revision | Diagnostic:
    out, ledger = inside(workspace.root, workspace.out), inside(workspace.root, workspace.ledger)
    return read_revision(repository, name, out=out, ledger=ledger)


def _as_of(asked: Asked, base: Revision, workspace: Workspace) -> tuple[Instant, str]:
    """The instant of both plans. That of the base's lock is the one at which most of its plan can stay as it is."""
    if asked.now is not None:
        return asked.now, "--now"
    lock = find_lock(base.previous.get(LOCK_PATH))
    if isinstance(lock, Lock):
        try:
            return lock.as_of, LOCKS
        except MisfitError:
            pass
    head = workspace.head()
    return (head, "HEAD's commit") if head is not None else (wall_clock(), "the wall clock")


def _compare(pair: Pair, asked: Asked, step: Watch) -> Review | Refused:
    workspace, base = pair.workspace, pair.base
    base_workspace = replace(workspace, sources=base.sources, diagnostics=base.diagnostics)
    state, unseen = read_state_file(asked.state)
    entropy, odd = entropy_of(workspace, None)
    fleets = [next((one for one in side if one.path == FLEET_FILE), None) for side in (base.sources, workspace.sources)]
    (before, missing), (after, absent) = solver_for(fleets[0]), solver_for(fleets[1])
    found = (*workspace.diagnostics, *unseen, *odd, *missing, *absent)
    if has_errors(found):
        return _refused("There is nothing to compare", workspace, found)
    facts = replace(
        workspace.request(base.previous, as_of=pair.as_of),
        ledger=base.ledger,
        state=state,
        entropy=entropy,
        allow_drop=True,  # to show what goes; whether it may is the compile's to say
        judged_at=pair.as_of if asked.now is not None else max(pair.as_of, workspace.head() or wall_clock()),
    )
    question = Question(
        base=replace(facts, sources=base.sources, admissions=base.admitted, registry=None),
        head=facts,
        solvers=(before, after),
        titles=_titles(pair, asked),
        most_alone=asked.alone,
        given=asked.given,
    )
    step("finding workers")
    with asked.executor(after) as executor:
        if isinstance(executor, Diagnostic):
            return _refused("There is nobody to plan", workspace, (executor,))
        compared = compare_fleets(question, step, executor)
    return compared.review or _fault(compared, pair, base_workspace)


def _titles(pair: Pair, asked: Asked) -> Titles:
    where = [] if asked.folder == Path() else [asked.folder.as_posix()]
    head = [] if asked.head is None else ["--head", asked.head]
    state = [] if asked.state is None else ["--state", asked.state.as_posix()]
    alone = [] if asked.alone == ALONE else ["--alone", str(asked.alone)]
    instant = [] if pair.why == LOCKS else ["--now", format_instant(pair.as_of)]
    words = ["jobtree", "plan", *where, "--base", pair.base.commit[:SHORT], *head, *instant, *state, *alone]
    return Titles(
        base=pair.base.title,
        head=pair.head_title,
        instant=f"{long_moment(pair.as_of)} ({pair.why})",
        command=shlex.join(words),
        folder=folder_of(pair.repository).removesuffix("/") or ".",
        note=_ahead(pair),
    )


def _ahead(pair: Pair) -> str:
    told = f"{pair.base.title} has commits that {pair.head_title} has not: what they did is shown as undone"
    return told if pair.is_ahead else ""


def _fault(compared: Compared, pair: Pair, base_workspace: Workspace) -> Refused:
    """The side that has no plan."""
    if side_of(compared.head) is None:
        return _without_plan(compared.head, pair.head_title, pair.workspace)
    return _without_plan(compared.base, pair.base.title, base_workspace)


def _without_plan(compiled: Compiled, title: str, workspace: Workspace) -> Refused:
    if compiled.violations:
        first = compiled.violations[0]
        sentence = f"The verifier refused the plan of {title}, a bug of jobtree: {first.invariant}: {first.message}"
        return Refused(sentence=sentence, workspace=workspace, diagnostics=(), code=VIOLATED)
    return _refused(f"There is no plan of {title}", workspace, workspace.place(compiled.diagnostics))


def _refused(sentence: str, workspace: Workspace, findings: tuple[Diagnostic, ...]) -> Refused:
    return Refused(sentence=f"{sentence}:", workspace=workspace, diagnostics=findings, code=exit_code(findings) or 1)
