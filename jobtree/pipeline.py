"""Floor 6: the only file that knows the order of the passes.

``Source -> Catalog -> History -> Plan -> Manifests``, and then the checker, before anyone sees a byte. Clock, solver,
earlier output, ledger and state are arguments: nothing here touches the world.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from jobtree.base.diagnostic import Diagnostic, Severity
from jobtree.base.identity import Domain
from jobtree.base.instant import Instant, format_instant
from jobtree.cover.cover import cover_all
from jobtree.emit.ledger import append, head_of, lost_lines, upto
from jobtree.emit.lock import LOCK_PATH, Lock, damaged_lock, find_lock, lock_misfit, read_lock, write_lock
from jobtree.emit.naming import folder
from jobtree.emit.plan_json import ledger_entries
from jobtree.emit.recorded import Recorded, recorded
from jobtree.emit.schema_gate import SchemaError
from jobtree.emit.seal import digest_inputs, jobtree_version
from jobtree.emit.tree import render
from jobtree.ledger.closing import closing_windows
from jobtree.ledger.settle import settle
from jobtree.load.guard import dropped
from jobtree.load.history import read_history
from jobtree.load.ledger import read_ledger
from jobtree.load.loader import load
from jobtree.load.overlay import overlay
from jobtree.load.source import Source
from jobtree.load.state import StateRead, read_state
from jobtree.milp.solver import Solver
from jobtree.model.catalog import Catalog
from jobtree.model.contention import Entropy
from jobtree.model.history import History, NodeStatus, Observed
from jobtree.model.lease import ClosedLease, Lease
from jobtree.model.plan import Plan, Running, Start
from jobtree.plan.carry import leases_of
from jobtree.plan.executor import Executor, InOrder
from jobtree.policy.rules import evaluate
from jobtree.request import Checked, Compiled, CompileRequest
from jobtree.resolve.changes import changed, world_digests
from jobtree.resolve.decide import decide
from jobtree.resolve.ground import Ground
from jobtree.runtime.react import react
from jobtree.verify import verify

Progress = Callable[[str], None]


def check(request: CompileRequest) -> Checked:
    """Read, decode, link, and hold to the house rules: everything short of a plan. All findings at once, sorted."""
    lock = find_lock(request.previous_file(LOCK_PATH))
    return _checked(request, recorded(lock if isinstance(lock, Lock) else None))


def _checked(request: CompileRequest, earlier: Recorded) -> Checked:
    loading = load(
        request.sources,
        admissions=_admissions(request),
        recorded=earlier.admissions,
        registry=request.registry,
        bundles=request.bundles,
    )
    catalog = loading.catalog
    findings = list(loading.diagnostics)
    if catalog is not None:
        findings += evaluate(catalog.policies, catalog, as_of=request.as_of)
        findings += closing_windows(catalog, as_of=request.as_of)
    findings.sort(key=lambda finding: finding.sort_key)
    return Checked(catalog=catalog, inputs=loading.inputs, diagnostics=tuple(findings))


def _admissions(request: CompileRequest) -> Mapping[str, Instant]:
    if request.admissions is None:
        return {}
    return {source.path: request.admissions.get(source.path, request.as_of) for source in request.sources}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """Everything read and found sound: ``checked`` holds all findings so far."""

    request: CompileRequest
    checked: Checked
    catalog: Catalog
    history: History
    state: StateRead
    lock: Lock | Diagnostic
    earlier: Recorded

    def refused(self, *findings: Diagnostic) -> Compiled:
        """Nothing may be written."""
        found = (*self.checked.diagnostics, *findings)
        return Compiled(tree=None, catalog=self.catalog, plan=None, diagnostics=found)


def compile_fleet(
    request: CompileRequest, solver: Solver, progress: Progress, executor: Executor | None = None
) -> Compiled:
    """Compiles a fleet repository into its output tree.

    An error among the diagnostics, or a violation, leaves ``tree`` None: nothing may be written then. The plan is
    always rendered from the bytes of its lock, so that a locked compile and a fresh one cannot differ. A lock that fits
    but whose plan the checker refuses is planned anew, unless the compile is locked.
    """
    progress("reading")
    read = _read(request)
    if isinstance(read, Compiled):
        return read
    key = _lock_key(read, solver)
    lock = _fitting(read, key)
    if isinstance(lock, Lock):
        reused = _reuse(read, lock, progress)
        if request.locked or reused.tree is not None:
            return reused
    elif request.locked:
        return read.refused(*lock)
    plan, findings = _plan(read, solver, executor or InOrder(), progress)
    if _refused(findings):
        return read.refused(*findings)
    noted = replace(plan, diagnostics=(*findings, *plan.diagnostics))
    after = {**request.months, **append(request.months, ledger_entries(noted), request.as_of)}
    heads = {"before": head_of(request.months), "after": head_of(after)}
    written = write_lock(noted, {**key, "ledger": heads, "objects": world_digests(read.catalog)})
    return _emit(read, read_lock(written), progress, previous={source.path: source.data for source in request.previous})


def _fitting(read: _Reading, key: Mapping[str, object]) -> Lock | tuple[Diagnostic, ...]:
    """The earlier lock if it was made for all this, or why not."""
    if isinstance(read.lock, Diagnostic):
        return (read.lock,)
    return lock_misfit(read.lock, key, head=head_of(read.request.months)) or read.lock


def _read(request: CompileRequest) -> _Reading | Compiled:
    found_lock = find_lock(request.previous_file(LOCK_PATH))
    lock = found_lock if isinstance(found_lock, Lock) else None
    earlier = recorded(lock)
    checked = _checked(request, earlier)
    history, findings = read_history(request.previous)
    ledger, broken = read_ledger(request.ledger)
    state, odd = read_state(request.state) if request.state is not None else (StateRead(), ())
    state = replace(state, observed=_since(earlier.unusable, state.observed))
    lost = () if lock is None or _refused(broken) else lost_lines(request.months, lock.ledger_heads[1])
    found = (*checked.diagnostics, *findings, *broken, *odd, *lost)
    if checked.catalog is None or _refused(found):
        return Compiled(tree=None, catalog=checked.catalog, plan=None, diagnostics=found)
    return _Reading(
        request=request,
        checked=replace(checked, diagnostics=found),
        catalog=_as_observed(checked.catalog, state.observed),
        history=replace(history, past=ledger.closed, domains=_known_domains(request, earlier)),
        state=state,
        lock=found_lock,
        earlier=earlier,
    )


def _since(before: Sequence[NodeStatus], observed: Observed) -> Observed:
    """A node that was lost or cordoned stays so until a state file mentions it again."""
    nodes = {status.node: status for status in (*before, *observed.nodes)}
    return replace(observed, nodes=tuple(nodes[name] for name in sorted(nodes)))


def _as_observed(catalog: Catalog, observed: Observed) -> Catalog:
    """The catalog with nodes as usable as the state says; it overrides only what it mentions."""
    seen = {status.node: status.usable and not status.lost for status in observed.nodes}
    nodes = (replace(node, usable=seen.get(node.name, node.usable)) for node in catalog.nodes)
    return replace(catalog, nodes=tuple(nodes))


def _known_domains(request: CompileRequest, earlier: Recorded) -> tuple[tuple[str, Domain], ...]:
    """Domains of nodes with leases, as the earlier lock has them, if its clusters are the folders of those leases."""
    leased = {source.path.split("/")[0] for source in request.previous if "/leases/" in source.path}
    return tuple((node, domain) for node, domain in earlier.domains if folder(domain.cluster) in leased)


def _reuse(read: _Reading, lock: Lock, progress: Progress) -> Compiled:
    """The tree of the earlier lock. The lock is a file that anybody may have edited: JT703 if its plan is not sound."""
    try:
        compiled = _emit(read, lock, progress, previous=None)
    except (ArithmeticError, LookupError, SchemaError, ValueError) as fault:
        return read.refused(damaged_lock(fault))
    if not compiled.violations:
        return compiled
    first = compiled.violations[0]
    return read.refused(damaged_lock(f"its plan breaks {first.invariant}: {first.message}"))


def _plan(
    read: _Reading, solver: Solver, executor: Executor, progress: Progress
) -> tuple[Plan, tuple[Diagnostic, ...]]:
    """What is over ends, what has failed is replaced, and everything else is decided; and what is wrong with that."""
    request, catalog, as_of = read.request, read.catalog, read.request.as_of
    progress("covering")
    coverages = cover_all(catalog, as_of=as_of)
    seen, findings = overlay(read.history, read.state, as_of=as_of)
    history = react(catalog, settle(catalog, seen, as_of=as_of), as_of=as_of)
    ground = Ground(
        catalog=catalog,
        history=history,
        as_of=as_of,
        coverages=coverages,
        solver=solver,
        executor=executor,
        input_digest=digest_inputs(read.checked.inputs),
        entropy=_entropy(request, digest_inputs(read.checked.inputs)),
        published=read.earlier.reservations,
        changes=changed(read.earlier.objects, world_digests(catalog)),
    )
    progress("planning")
    plan = decide(ground, progress)
    guarded = dropped(
        read.history.leases,
        _open_leases(plan),
        plan.closures,
        run_exists=lambda key: key in catalog.run_of,
        as_of=as_of,
        allowed=request.allow_drop,
    )
    return plan, (*findings, *guarded)


def _entropy(request: CompileRequest, input_digest: str) -> Entropy | None:
    """Entropy that is predictable anyway is the input digest."""
    given = request.entropy
    return replace(given, text=input_digest) if given is not None and given.predictable else given


def _open_leases(plan: Plan) -> tuple[Lease, ...]:
    return tuple(
        lease
        for run in plan.runs
        if isinstance(run.decision, Running | Start)
        for lease in leases_of(run.run, run.owner, run.decision.placement)
    )


def _emit(read: _Reading, lock: Lock, progress: Progress, *, previous: Mapping[str, bytes] | None) -> Compiled:
    """The tree of a lock's plan, if the checker lets it pass. ``previous`` is what the plan took for facts."""
    plan, request = lock.plan, read.request
    progress("rendering")
    before = upto(request.months, lock.ledger_heads[0]) or {}
    grown = append(before, ledger_entries(plan), plan.as_of)
    tree = render(plan, read.catalog, past=_past(read, plan), inputs=read.checked.inputs, lock=lock.data)
    progress("verifying")
    inputs = {source.path: source.data for source in read.checked.inputs}
    registry = None if request.registry is None else request.registry.data
    violations = verify(inputs, tree, previous=previous, registry=registry, ledger={**before, **grown})
    return Compiled(
        tree=None if violations else tree,
        catalog=read.catalog,
        plan=plan,
        diagnostics=(*read.checked.diagnostics, *plan.diagnostics),
        ledger=grown,
        violations=violations,
    )


def _past(read: _Reading, plan: Plan) -> tuple[ClosedLease, ...]:
    """The ledger as the plan found it, whether or not its own lines have been written since."""
    own = frozenset(plan.closures)
    return tuple(closed for closed in read.history.past if closed not in own)


def _lock_key(read: _Reading, solver: Solver) -> Mapping[str, object]:
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


def _refused(findings: Sequence[Diagnostic]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


__all__ = ["Checked", "CompileRequest", "Compiled", "Source", "check", "compile_fleet"]
