"""Floor 6: two compiles of one fleet, of the same instant and on the same facts, and what differs between their plans.

Both are compiled on top of the base's lock, so that only the parts that the change can have touched are planned anew
(ADR 22), for both sides. Where several files changed, each change is compiled alone as well, to say which of them moved
which run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jobtree.base.diagnostic import Diagnostic, Severity
from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.base.progress import Progress, Silent
from jobtree.emit.lock import LOCK_PATH, Lock, find_lock
from jobtree.emit.recorded import Recorded, recorded
from jobtree.load.loader import owners_in
from jobtree.load.source import Source
from jobtree.milp.solver import Solver
from jobtree.model.fleet import OwnerEntry
from jobtree.model.plan import Reserve
from jobtree.model.policy import CHANGES, Scope, Subject
from jobtree.pipeline import compile_fleet, parts_of
from jobtree.plan.executor import Executor
from jobtree.policy.gates import Change
from jobtree.policy.rules import has_rules, judge_change
from jobtree.request import Compiled, CompileRequest, HouseRules
from jobtree.review.approvals import FLEET_FILE, needs
from jobtree.review.attribution import Alone, Edit
from jobtree.review.changes import compare
from jobtree.review.diff_object import diff_object
from jobtree.review.review import Review, Titles
from jobtree.review.side import Side

_ENTRIES = {Scope.DIFF_RUNS: "run", Scope.DIFF_OWNERS: "owner", Scope.DIFF_ENVELOPES: "envelope"}
"""What each entry of a list of plan-diff.json is named by."""
FEW_RUNS = 128
"""So many are compiled before other processes have begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Two requests of the same instant on the same facts; how many changed files may be compiled alone.

    ``titles`` say what is compared, for whoever reads the answer; ``given`` who approved, if that is known.
    """

    base: CompileRequest
    head: CompileRequest
    solvers: tuple[Solver, Solver]
    titles: Titles
    most_alone: int
    given: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Both compiles, and the review if both have a plan."""

    base: Compiled
    head: Compiled
    review: Review | None


def compare_fleets(question: Question, progress: Progress, executor: Executor) -> Compared:
    """Compiles head, base, and each change alone. At most 2 + ``most_alone`` compiles.

    What the head's compile plans anew is planned anew on the base's side too, on the same facts: else what a next
    compile does anyway would look as if the change did it.
    """
    progress("reading")
    edits = edits_of(question.base.sources, question.head.sources)
    found = parts_of(question.head)
    untouched = frozenset(part.digest for part in found) & _recorded(question.base.previous_file(LOCK_PATH)).parts
    base_solver, head_solver = question.solvers
    tried = edits[: question.most_alone] if len(edits) > 1 else ()
    jobs = [
        _Job(request=replace(question.head, rules=HouseRules.REPORTED), solver=head_solver),
        _Job(
            request=replace(question.base, untouched=untouched, rules=HouseRules.IGNORED),
            solver=base_solver,
        ),
        *(_alone(question, edit) for edit in tried),
    ]
    is_large = sum(len(part.runs) for part in found) > FEW_RUNS
    # Where much stands, a compile has little to hand out; where nothing does, each of them uses all workers.
    if untouched and is_large:
        progress("planning both sides")
        head, base, *others = executor.map(_compiled, jobs)
    else:
        head, base, *others = (compile_fleet(job.request, job.solver, progress, executor) for job in jobs)
    return _compared(question, head, base, edits, tuple(zip(tried, others, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A compile to be made, maybe elsewhere."""

    request: CompileRequest
    solver: Solver


def _compiled(job: _Job) -> Compiled:
    return compile_fleet(job.request, job.solver, Silent())


def _compared(
    question: Question, head: Compiled, base: Compiled, edits: Sequence[Edit], others: Sequence[tuple[Edit, Compiled]]
) -> Compared:
    before, after = side_of(base), side_of(head)
    if before is None or after is None:
        return Compared(base=base, head=head, review=None)
    promises = _promises(question.base)
    review = Review(
        titles=question.titles,
        diff=compare(before, after, promises=promises),
        edits=tuple(edits),
        alone=tuple(_judged(edit, compiled, before, promises) for edit, compiled in others),
        pinned=dict(after.plan.proof.limits).get("kept", 0),
        is_locked=_is_locked(question.base, base),
        needs=needs(before, after, _registry(question.head.sources)),
        given=question.given,
        verdicts=head.verdicts,
    )
    return _gated(Compared(base=base, head=head, review=review), review, question)


def _gated(compared: Compared, review: Review, question: Question) -> Compared:
    """The same, held to the gates on what the change does: those of the head, whose own change needs approval."""
    before, after = compared.base.catalog, compared.head.catalog
    if before is None or after is None or not has_rules(after.policies, CHANGES):
        return compared
    told: Mapping[str, Any] = diff_object(review)
    subjects = {
        scope: [
            Subject(scope=scope, name=entry[name], where=compared.head.places.get(entry[name]), data=entry)
            for entry in told[f"{name}s"]
        ]
        for scope, name in _ENTRIES.items()
    }
    change = Change(runs=subjects[Scope.DIFF_RUNS], before=before, after=after, as_of=question.head.as_of)
    judged = judge_change(after.policies, change, subjects, question.head.evaluator, as_of=question.head.waived_at)
    if judged.is_stopped:
        head = replace(compared.head, diagnostics=(*compared.head.diagnostics, *judged.diagnostics), tree=None)
        return Compared(base=compared.base, head=head, review=None)
    return replace(compared, review=replace(review, verdicts=(*review.verdicts, *judged.verdicts)))


def side_of(compiled: Compiled) -> Side | None:
    """The plan that came of a compile, if it may be written."""
    if compiled.tree is None or compiled.plan is None or compiled.catalog is None or compiled.standing is None:
        return None
    return Side(plan=compiled.plan, catalog=compiled.catalog, standing=compiled.standing)


def _registry(sources: Sequence[Source]) -> tuple[OwnerEntry, ...]:
    """The owners that a side's own Fleet names."""
    return next((owners_in(source) for source in sources if source.path == FLEET_FILE), ())


def edits_of(base: Sequence[Source], head: Sequence[Source]) -> tuple[Edit, ...]:
    """Files that differ, by path."""
    old, new = ({source.path: source.data for source in sources} for sources in (base, head))
    paths = sorted({path for path in {*old, *new} if old.get(path) != new.get(path)}, key=lambda path: path.encode())
    return tuple(Edit(path=path, word=_word(path, old, new)) for path in paths)


def _word(path: str, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> str:
    if path not in old:
        return "added"
    return "edited" if path in new else "removed"


def _alone(question: Question, edit: Edit) -> _Job:
    """The base with one file as the head has it."""
    others = [source for source in question.base.sources if source.path != edit.path]
    own = [source for source in question.head.sources if source.path == edit.path]
    sources = sorted((*others, *own), key=lambda source: source.path.encode())
    admissions = question.base.admissions
    if admissions is not None and edit.path in (question.head.admissions or {}):
        admissions = {**admissions, edit.path: (question.head.admissions or {})[edit.path]}
    request = replace(question.head, sources=sources, admissions=admissions, rules=HouseRules.IGNORED)
    return _Job(request=request, solver=question.solvers[1])


def _judged(edit: Edit, compiled: Compiled, before: Side, promises: Mapping[Key, Instant]) -> Alone:
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
    reserved = _recorded(request.previous_file(LOCK_PATH)).reservations
    return {run.run: run.decision.placement.interval.start for run in reserved if isinstance(run.decision, Reserve)}


def _recorded(lock: bytes | None) -> Recorded:
    found = find_lock(lock)
    return recorded(found if isinstance(found, Lock) else None)


def _is_locked(request: CompileRequest, compiled: Compiled) -> bool:
    """Whether a compile came back with the very lock that it was given."""
    found = request.previous_file(LOCK_PATH)
    return found is not None and compiled.tree is not None and compiled.tree.get(LOCK_PATH) == found
