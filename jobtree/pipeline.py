"""Floor 6: the only file that knows the order of the passes.

``Source -> Catalog -> History -> Plan -> Manifests``, and then the checker, before anyone sees a byte. Clock, solver,
earlier output, ledger and state are arguments: nothing here touches the world.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from jobtree.base.diagnostic import Diagnostic
from jobtree.base.identity import Key
from jobtree.base.instant import format_instant
from jobtree.base.progress import Progress, Silent
from jobtree.cover.cover import cover_all
from jobtree.cover.offer import Coverage
from jobtree.deciding import Question, ground_of
from jobtree.emit.ledger import append, head_of, upto
from jobtree.emit.lock import (
    Lock,
    damaged_lock,
    is_of_this_moment,
    lock_misfit,
    read_lock,
    write_lock,
)
from jobtree.emit.plan_json import PLAN_PATH, ledger_entries
from jobtree.emit.schema_gate import SchemaError
from jobtree.emit.seal import digest_inputs, jobtree_version
from jobtree.emit.tree import render
from jobtree.load.guard import dropped
from jobtree.load.source import Source
from jobtree.milp.solver import Solver
from jobtree.model.judgement import Judgement
from jobtree.model.lease import ClosedLease
from jobtree.model.plan import Plan, Reserve
from jobtree.model.policy import Scope, Subject
from jobtree.plan.accounts import standing_of
from jobtree.plan.carry import open_leases
from jobtree.plan.executor import Executor, InOrder
from jobtree.plan.standing import Kept
from jobtree.policy.rules import has_rules, judge_plan
from jobtree.reading import Reading, check, is_refused, read_all
from jobtree.request import Checked, Compiled, CompileRequest, HouseRules
from jobtree.resolve.changes import changed, world_digests
from jobtree.resolve.decide import decide
from jobtree.resolve.ground import Ground
from jobtree.resolve.untouched import Part, kept, parts
from jobtree.review.side import Side
from jobtree.verify import verify


def compile_fleet(
    request: CompileRequest, solver: Solver, progress: Progress, executor: Executor | None = None
) -> Compiled:
    """Compiles a fleet repository into its output tree.

    Nothing may be written where there is an error among the diagnostics. An error or a violation leaves ``tree`` None,
    but for that of a gate on the plan, which is a plan to be looked at. The plan is
    always rendered from the bytes of its lock, so that a locked compile and a fresh one cannot differ. A lock that fits
    but whose plan the checker refuses is planned anew, unless the compile is locked.
    """
    progress("reading")
    read = read_all(request)
    if isinstance(read, Compiled):
        return read
    key = _lock_key(read, solver)
    lock = _fitting(read, key)
    if isinstance(lock, Lock) and read.may_stand:
        reused = _reuse(read, lock, progress)
        if request.locked or reused.tree is not None:
            return reused
    elif request.locked and not isinstance(lock, Lock):
        return read.refused(*lock)
    progress("covering")
    means = _Means(
        coverages=cover_all(read.catalog, as_of=request.as_of),
        solver=solver,
        executor=executor or InOrder(),
        progress=progress,
        key=key,
    )
    still = _kept(read, means)
    compiled = _decided(read, means, still)
    return _decided(read, means, Kept()) if compiled.violations and still.runs else compiled


def parts_of(request: CompileRequest) -> tuple[Part, ...]:
    """The parts of a fleet as a compile would find them before it decides anything; none if it would be refused."""
    read = read_all(request)
    if isinstance(read, Compiled):
        return ()
    coverages = cover_all(read.catalog, as_of=request.as_of)
    return parts(read.catalog, coverages, read.history.leases, as_of=request.as_of)


def replan(read: Reading, solver: Solver) -> Side:
    """What a compile of this reading would decide, if its catalog is what its documents say; nothing is rendered.

    Parts that the earlier lock decided and still holds stay as they are, but for those that the request says are
    touched.
    """
    means = _Means(
        coverages=cover_all(read.catalog, as_of=read.request.as_of),
        solver=solver,
        executor=InOrder(),
        progress=Silent(),
        key=_lock_key(read, solver),
    )
    plan, _ = _plan(read, means, _kept(read, means))
    return Side(plan=plan, catalog=read.catalog, standing=standing_of(plan, read.catalog, _past(read, plan)))


def ground_under(read: Reading, solver: Solver) -> Ground:
    """What a compile of this reading would decide on, with nothing kept of an earlier plan."""
    means = _Means(
        coverages=cover_all(read.catalog, as_of=read.request.as_of),
        solver=solver,
        executor=InOrder(),
        progress=Silent(),
        key={},
    )
    return ground_of(_question(read, means, Kept()))[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Means:
    """What it takes to decide. ``key`` is that of the lock to be."""

    coverages: Mapping[Key, Coverage]
    solver: Solver
    executor: Executor
    progress: Progress
    key: Mapping[str, object]


def _kept(read: Reading, means: _Means) -> Kept:
    """What the earlier lock decided and still holds; nothing if anything has changed since that is no document."""
    lock, history, as_of = read.lock, read.history, read.request.as_of
    if not isinstance(lock, Lock) or not is_of_this_moment(lock, means.key, head=head_of(read.request.months)):
        return Kept()
    promised = {
        one.run: one.decision.placement.interval.start
        for one in read.earlier.reservations
        if isinstance(one.decision, Reserve)
    }
    found = {promise.run: promise.earliest_start for promise in history.promises}
    if found != promised or history.leases != open_leases(lock.plan):
        return Kept()
    now = parts(read.catalog, means.coverages, history.leases, as_of=as_of)
    return kept(lock.plan, read.standing_parts, now)


def _decided(read: Reading, means: _Means, still: Kept) -> Compiled:
    """A new plan, its lock and its tree."""
    request, catalog = read.request, read.catalog
    plan, findings = _plan(read, means, still)
    if is_refused(findings):
        return read.refused(*findings)
    noted = replace(plan, diagnostics=(*findings, *plan.diagnostics))
    after = {**request.months, **append(request.months, ledger_entries(noted), request.as_of)}
    heads = {"before": head_of(request.months), "after": head_of(after)}
    now = parts(catalog, means.coverages, open_leases(plan), as_of=request.as_of)
    digests = sorted(part.digest for part in now)
    written = write_lock(noted, {**means.key, "ledger": heads, "objects": world_digests(catalog), "parts": digests})
    previous = {source.path: source.data for source in request.previous}
    return _emit(read, read_lock(written), means.progress, previous=previous)


def _fitting(read: Reading, key: Mapping[str, object]) -> Lock | tuple[Diagnostic, ...]:
    """The earlier lock if it was made for all this, or why not."""
    if isinstance(read.lock, Diagnostic):
        return (read.lock,)
    return lock_misfit(read.lock, key, head=head_of(read.request.months)) or read.lock


def _reuse(read: Reading, lock: Lock, progress: Progress) -> Compiled:
    """The tree of the earlier lock. The lock is a file that anybody may have edited: JT703 if its plan is not sound."""
    try:
        compiled = _emit(read, lock, progress, previous=None)
    except (ArithmeticError, LookupError, SchemaError, ValueError) as fault:
        return read.refused(damaged_lock(fault))
    if not compiled.violations:
        return compiled
    first = compiled.violations[0]
    return read.refused(damaged_lock(f"its plan breaks {first.invariant}: {first.message}"))


def _plan(read: Reading, means: _Means, still: Kept) -> tuple[Plan, tuple[Diagnostic, ...]]:
    """What is over ends, what has failed is replaced, and everything else is decided; and what is wrong with that."""
    request, catalog, as_of = read.request, read.catalog, read.request.as_of
    ground, findings = ground_of(_question(read, means, still))
    means.progress("planning")
    plan = decide(ground, means.progress)
    guarded = dropped(
        read.history.leases,
        open_leases(plan),
        plan.closures,
        run_exists=lambda key: key in catalog.run_of,
        as_of=as_of,
        allowed=request.allow_drop,
    )
    return plan, (*findings, *guarded)


def _question(read: Reading, means: _Means, still: Kept) -> Question:
    return Question(
        catalog=read.catalog,
        history=read.history,
        state=read.state,
        as_of=read.request.as_of,
        coverages=means.coverages,
        solver=means.solver,
        executor=means.executor,
        kept=still,
        input_digest=digest_inputs(read.checked.inputs),
        entropy=read.request.entropy,
        published=read.earlier.reservations,
        changes=changed(read.earlier.objects, world_digests(read.catalog)),
    )


def _emit(read: Reading, lock: Lock, progress: Progress, *, previous: Mapping[str, bytes] | None) -> Compiled:
    """The tree of a lock's plan, if the checker lets it pass. ``previous`` is what the plan took for facts."""
    plan, request = lock.plan, read.request
    progress("rendering")
    before = upto(request.months, lock.ledger_heads[0]) or {}
    grown = append(before, ledger_entries(plan), plan.as_of)
    standing = standing_of(plan, read.catalog, _past(read, plan))
    tree = render(plan, read.catalog, standing, inputs=read.checked.inputs, lock=lock.data)
    progress("verifying")
    inputs = {source.path: source.data for source in read.checked.inputs}
    registry = None if request.registry is None else request.registry.data
    violations = verify(inputs, tree, previous=previous, registry=registry, ledger={**before, **grown})
    judged = _judged(read, tree)
    return Compiled(
        tree=None if violations or judged.is_stopped else tree,
        catalog=read.catalog,
        plan=plan,
        standing=standing,
        diagnostics=(*read.checked.diagnostics, *plan.diagnostics, *judged.diagnostics),
        ledger=grown,
        violations=violations,
        verdicts=(*read.checked.verdicts, *judged.verdicts),
        places=read.checked.places,
    )


def _judged(read: Reading, tree: Mapping[str, bytes]) -> Judgement:
    """The plan as it would be written, held to the gates about it."""
    request, policies = read.request, read.catalog.policies
    if request.rules is HouseRules.IGNORED or not has_rules(policies, (Scope.PLAN,)):
        return Judgement()
    runs = [
        Subject(scope=Scope.PLAN, name=entry["run"], where=read.checked.places.get(entry["run"]), data=entry)
        for entry in json.loads(tree[PLAN_PATH])["runs"]
    ]
    return judge_plan(policies, runs, request.evaluator, as_of=request.waived_at)


def _past(read: Reading, plan: Plan) -> tuple[ClosedLease, ...]:
    """The ledger as the plan found it, whether or not its own lines have been written since."""
    own = frozenset(plan.closures)
    return tuple(closed for closed in read.history.past if closed not in own)


def _lock_key(read: Reading, solver: Solver) -> Mapping[str, object]:
    """Everything that the decisions depend on, but for the facts that the lock itself carries on."""
    request = read.request
    key: dict[str, object] = {
        "asOf": format_instant(request.as_of),
        "inputDigest": digest_inputs(read.checked.inputs),
        "registry": digest_inputs((request.registry,)) if request.registry else None,
        "admissions": {str(run.key): run.admitted for run in read.catalog.runs},
        "jobtree": jobtree_version(),
        "solver": solver.name,
        "solverVersion": solver.version,
        "state": read.state.observed.digest,
    }
    return key


__all__ = ["Checked", "CompileRequest", "Compiled", "Source", "check", "compile_fleet"]
