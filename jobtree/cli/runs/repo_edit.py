"""An edit of a fleet repository, checked as a whole before anything is written.

The owner of a run is what the registry of the base says (semantics.md 5): in git, that of HEAD, whatever branch
the edit is for; never what a file that its author writes says.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from jobtree import pipeline
from jobtree.adapters.clock import wall_clock
from jobtree.adapters.commits import branch_objection, commit_here, commit_on, tip_of
from jobtree.adapters.edited_files import FileEdit, write_edits
from jobtree.adapters.files import read_input
from jobtree.adapters.git import file_at, find_repository, head_commit
from jobtree.adapters.git_calls import GitError
from jobtree.base.diagnostic import Diagnostic, Location, Severity, error
from jobtree.base.instant import Instant
from jobtree.cli.output import read_output
from jobtree.cli.revisions import read_revision
from jobtree.cli.runs.backend import Applied, Refused
from jobtree.cli.workspace import Workspace, has_errors, inside
from jobtree.edit.apply import apply_edit
from jobtree.edit.edits import Edit, Shrink
from jobtree.edit.find import pieces
from jobtree.edit.outcome import Declined, Edited
from jobtree.edit.shrink import open_width
from jobtree.load.ignore import IGNORE_FILE, parse_ignore
from jobtree.load.limits import STATE
from jobtree.load.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """The edit is committed: on the branch that is checked out, or on another one (made if it is not there)."""

    branch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is edited: the files of the work tree, or of the commit ``base``. ``ignore`` is its .jobtreeignore."""

    workspace: Workspace
    previous: Mapping[str, bytes]
    ignore: Source | None
    base: str | None = None


def ground_of(workspace: Workspace, commit: Commit | None) -> Ground | tuple[Diagnostic, ...]:
    """The ground of an edit, or why nothing can be edited there."""
    if commit is not None and workspace.repository is None:
        hint = "leave --commit out, or run `git init` first"
        return (error("JT793", f"{workspace.root} is no git work tree", help=hint),)
    if commit is not None and commit.branch is not None:
        return _branch_ground(workspace, commit.branch)
    previous, unreadable = read_output(workspace.out)
    if has_errors(unreadable):
        return unreadable
    ignore = read_input(workspace.root, IGNORE_FILE)
    return Ground(workspace=workspace, previous=previous, ignore=ignore if isinstance(ignore, Source) else None)


def _branch_ground(workspace: Workspace, branch: str) -> Ground | tuple[Diagnostic, ...]:
    """The files of the branch, or of HEAD if there is no such branch: what the work tree changed is not part of it."""
    repository = workspace.repository
    assert repository is not None
    objection = branch_objection(workspace.root, branch)
    if objection is not None:
        return (objection,)
    name = tip_of(workspace.root, branch) or "HEAD"
    found = read_revision(repository, name, out=inside(workspace.root, workspace.out), ledger=None)
    if isinstance(found, Diagnostic):
        return (found,)
    ignore, unread = file_at(repository, IGNORE_FILE, revision=found.commit)
    if has_errors((*found.diagnostics, *unread)):
        return (*found.diagnostics, *unread)
    at = replace(workspace, sources=found.sources, admitted=found.admitted, diagnostics=found.diagnostics)
    return Ground(workspace=at, previous=found.previous, ignore=ignore, base=found.commit)


def base_of(root: Path) -> str | None:
    """The revision whose registry counts; None outside git, and before the first commit."""
    repository, _ = find_repository(root) if root.is_dir() else (None, ())
    if repository is None:
        return None
    try:
        return "HEAD" if head_commit(repository) is not None else None
    except GitError:
        return None


def edit_on(ground: Ground, edit: Edit, commit: Commit | None, now: Instant | None) -> Applied | Refused:
    """Does the edit in memory, checks all of the fleet with it, and writes it; or says why it does not."""
    sources = ground.workspace.sources
    if isinstance(edit, Shrink):
        edit = replace(edit, width=_width(ground, edit))
    outcome = apply_edit(edit, sources)
    if isinstance(outcome, Declined):
        return Refused(diagnostics=outcome.diagnostics, files={**_bytes(sources), **outcome.files})
    if not outcome.files:
        return Applied(sentences=outcome.sentences)
    new = _replaced(sources, outcome.files)
    told = _judged(ground, new, outcome, now)
    if any(finding.severity is Severity.ERROR for finding in told.new):
        return Refused(diagnostics=tuple(_marked(finding, sources) for finding in told.new), files=_bytes(new))
    refusal = _write(ground, outcome, commit)
    if refusal:
        return Refused(diagnostics=refusal, files=_bytes(sources))
    return Applied(sentences=outcome.sentences, diagnostics=(*told.new, *told.old))


def _marked(finding: Diagnostic, sources: Sequence[Source]) -> Diagnostic:
    """A finding in a file that would be new says so: whoever looks for the file finds none."""
    there = {source.path for source in sources}
    if finding.location is None or finding.location.path in there:
        return finding
    return replace(finding, notes=(*finding.notes, "the file was not written; its text is what was submitted"))


def _width(ground: Ground, edit: Shrink) -> int | None:
    files = [Source(path, data) for path, data in sorted(ground.previous.items()) if "/leases/" in path]
    return open_width((piece.document.data for file in files for piece in pieces(file, STATE)[0]), edit.run)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """Findings that the edit brings, and errors that were there before."""

    new: tuple[Diagnostic, ...]
    old: tuple[Diagnostic, ...]


def _judged(ground: Ground, sources: tuple[Source, ...], edited: Edited, now: Instant | None) -> _Told:
    """All findings of the fleet with the edit, told apart by whether they are there without it.

    Lines shift with an edit, so a finding is the same if its code, file and text are.
    """
    as_of = now or ground.workspace.head() or wall_clock()
    after = _check(replace(ground.workspace, sources=sources), ground, as_of)
    before = _check(ground.workspace, ground, as_of) if after else ()
    known = Counter(map(_sameness, before))
    new: list[Diagnostic] = []
    old: list[Diagnostic] = []
    for finding in after:
        same = _sameness(finding)
        (old if known[same] else new).append(finding)
        known[same] -= 1
    new += _unread(ground, edited)
    errors = (finding for finding in old if finding.severity is Severity.ERROR)
    return _Told(new=tuple(new), old=tuple(errors))


def _check(workspace: Workspace, ground: Ground, as_of: Instant) -> tuple[Diagnostic, ...]:
    return (*workspace.diagnostics, *pipeline.check(workspace.request(ground.previous, as_of=as_of)).diagnostics)


def _sameness(finding: Diagnostic) -> tuple[str, str, str]:
    return (finding.code, finding.location.path if finding.location else "", finding.message)


def _unread(ground: Ground, edited: Edited) -> Iterator[Diagnostic]:
    """JT791 for new files that would be no input: in the output folder, or left out by .jobtreeignore."""
    there = {source.path for source in ground.workspace.sources}
    text = ground.ignore.data.decode("utf-8", errors="replace") if ground.ignore is not None else ""
    rules = parse_ignore(text)
    out = inside(ground.workspace.root, ground.workspace.out)
    for path in sorted(edited.files.keys() - there):
        parents = [str(parent) for parent in PurePosixPath(path).parents if str(parent) != "."]
        if out in parents:
            yield error("JT791", f"{out} is the output folder", Location(path), help="move the run's file by hand")
        elif rules.ignores(path, is_folder=False) or any(rules.ignores(one, is_folder=True) for one in parents):
            hint = f"take it out of {IGNORE_FILE}, or write the file elsewhere by hand"
            yield error("JT791", f"{IGNORE_FILE} leaves this file out", Location(path), help=hint)


def _replaced(sources: Sequence[Source], files: Mapping[str, bytes]) -> tuple[Source, ...]:
    held = {**_bytes(sources), **files}
    return tuple(Source(path, held[path]) for path in sorted(held, key=lambda path: path.encode("utf-8")))


def _bytes(sources: Sequence[Source]) -> dict[str, bytes]:
    return {source.path: source.data for source in sources}


def _write(ground: Ground, edited: Edited, commit: Commit | None) -> tuple[Diagnostic, ...]:
    root = ground.workspace.root
    held = _bytes(ground.workspace.sources)
    edits = {path: FileEdit(held.get(path), data) for path, data in edited.files.items()}
    message = f"runs: {edited.title}"
    if commit is None:
        return write_edits(edits, root)
    if commit.branch is None or ground.base is None:
        return commit_here(root, edits, message)
    return commit_on(root, commit.branch, ground.base, edits, message)
