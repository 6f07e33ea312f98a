"""Floor 6: two compiles of one fleet, of the same instant and on the same facts, and what differs between their plans.

The base is compiled from its own lock where that fits, and then nothing is solved; the head on top of the same lock, so
that only the parts that the change can have touched are planned anew (ADR 22). Where several files changed, each change
is compiled alone as well, to say which of them moved which run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from jobtree.base.diagnostic import Diagnostic, Severity
from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.base.progress import Progress
from jobtree.emit.lock import LOCK_PATH, Lock, find_lock
from jobtree.emit.recorded import recorded
from jobtree.load.source import Source
from jobtree.milp.solver import Solver
from jobtree.model.plan import Reserve
from jobtree.pipeline import compile_fleet
from jobtree.plan.executor import Executor
from jobtree.request import Compiled, CompileRequest
from jobtree.review.attribution import Alone, Edit
from jobtree.review.changes import compare
from jobtree.review.review import Review, Titles
from jobtree.review.side import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Two requests of the same instant on the same facts; how many changed files may be compiled alone.

    ``titles`` say what is compared, for whoever reads the answer.
    """

    base: CompileRequest
    head: CompileRequest
    solvers: tuple[Solver, Solver]
    titles: Titles
    most_alone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Both compiles (the head's only if the base has a plan), and the review if both have one."""

    base: Compiled
    head: Compiled | None
    review: Review | None


def compare_fleets(question: Question, progress: Progress, executor: Executor) -> Compared:
    """Compiles base, head, and each change alone. At most 2 + ``most_alone`` compiles."""
    base_solver, head_solver = question.solvers
    base = compile_fleet(question.base, base_solver, progress, executor)
    before = side_of(base)
    if before is None:
        return Compared(base=base, head=None, review=None)
    head = compile_fleet(question.head, head_solver, progress, executor)
    after = side_of(head)
    if after is None:
        return Compared(base=base, head=head, review=None)
    promises = _promises(question.base)
    diff = compare(before, after, promises=promises)
    edits = edits_of(question.base.sources, question.head.sources)
    tried = edits[: question.most_alone] if len(edits) > 1 and diff.runs else ()
    review = Review(
        titles=question.titles,
        diff=diff,
        edits=edits,
        alone=tuple(_alone(question, edit, before, promises, progress, executor) for edit in tried),
        pinned=dict(after.plan.proof.limits).get("kept", 0),
        is_locked=_is_locked(question.base, base),
    )
    return Compared(base=base, head=head, review=review)


def side_of(compiled: Compiled) -> Side | None:
    """The plan that came of a compile, if it may be written."""
    if compiled.tree is None or compiled.plan is None or compiled.catalog is None or compiled.standing is None:
        return None
    return Side(plan=compiled.plan, catalog=compiled.catalog, standing=compiled.standing)


def edits_of(base: Sequence[Source], head: Sequence[Source]) -> tuple[Edit, ...]:
    """Files that differ, by path."""
    old, new = ({source.path: source.data for source in sources} for sources in (base, head))
    paths = sorted({path for path in {*old, *new} if old.get(path) != new.get(path)}, key=lambda path: path.encode())
    return tuple(Edit(path=path, word=_word(path, old, new)) for path in paths)


def _word(path: str, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> str:
    if path not in old:
        return "added"
    return "edited" if path in new else "removed"


def _alone(
    question: Question,
    edit: Edit,
    before: Side,
    promises: Mapping[Key, Instant],
    progress: Progress,
    executor: Executor,
) -> Alone:
    """The base with one file as the head has it."""
    progress(f"planning with {edit.path} alone")
    others = [source for source in question.base.sources if source.path != edit.path]
    own = [source for source in question.head.sources if source.path == edit.path]
    sources = sorted((*others, *own), key=lambda source: source.path.encode())
    compiled = compile_fleet(replace(question.head, sources=sources), question.solvers[1], progress, executor)
    side = side_of(compiled)
    if side is None:
        return Alone(edit=edit, moved=(), waited=0, refusal=_first_error(compiled.diagnostics))
    diff = compare(before, side, promises=promises)
    return Alone(edit=edit, moved=tuple(sorted(change.run for change in diff.runs)), waited=diff.waited)


def _first_error(findings: Sequence[Diagnostic]) -> str:
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    return f"{errors[0].code}: {errors[0].message}" if errors else "the checker refused its plan"


def _promises(request: CompileRequest) -> Mapping[Key, Instant]:
    """Published starts: those of the earlier lock."""
    lock = find_lock(request.previous_file(LOCK_PATH))
    reserved = recorded(lock if isinstance(lock, Lock) else None).reservations
    return {run.run: run.decision.placement.interval.start for run in reserved if isinstance(run.decision, Reserve)}


def _is_locked(request: CompileRequest, compiled: Compiled) -> bool:
    """Whether a compile came back with the very lock that it was given."""
    found = request.previous_file(LOCK_PATH)
    return found is not None and compiled.tree is not None and compiled.tree.get(LOCK_PATH) == found
