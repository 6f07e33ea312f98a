"""Floor 6: the only file that knows the order of the passes.

``Source -> Catalog -> Coverage -> Plan -> Manifests``, and then the checker, before anyone sees a byte. Clock, solver,
earlier output and base registry are arguments: nothing here touches the world.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from jobtree.base.diagnostic import Diagnostic, Severity
from jobtree.base.identity import Domain
from jobtree.base.instant import Instant, format_instant
from jobtree.cover.cover import cover_all
from jobtree.emit.lock import (
    LOCK_PATH,
    damaged_lock,
    lock_misfit,
    read_lock,
    recorded_admissions,
    recorded_domains,
    write_lock,
)
from jobtree.emit.naming import folder
from jobtree.emit.schema_gate import SchemaError
from jobtree.emit.seal import digest_inputs, jobtree_version
from jobtree.emit.tree import render
from jobtree.ledger.books import open_books
from jobtree.ledger.closing import closing_windows
from jobtree.load.history import read_history
from jobtree.load.loader import load
from jobtree.load.source import Source
from jobtree.milp.solver import Solver
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.plan import Plan
from jobtree.plan.planner import make_plan
from jobtree.policy.rules import evaluate
from jobtree.verify import Violation, verify

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileRequest:
    """Everything a compile depends on.

    ``previous`` is the output tree as it stands, ``admissions`` maps a path to the instant of the commit that added it
    (None outside git; within it, a file that no commit has yet is admitted ``as_of``), ``registry`` is the Fleet
    document at the base revision (None: the one among the sources), ``bundles`` are the policies that ship with the
    program, by name.
    """

    sources: Sequence[Source]
    previous: Sequence[Source] = ()
    admissions: Mapping[str, Instant] | None = None
    registry: Source | None = None
    bundles: Mapping[str, Source] = field(default_factory=dict)
    as_of: Instant
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What reading found: a catalog, unless there are errors, and the files that hold its documents."""

    catalog: Catalog | None
    inputs: tuple[Source, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A tree that the checker found right, or what was wrong. ``tree`` is None when nothing may be written."""

    tree: Mapping[str, bytes] | None
    catalog: Catalog | None
    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]
    violations: tuple[Violation, ...] = ()


def check(request: CompileRequest) -> Checked:
    """Read, decode, link, and hold to the house rules: everything short of a plan. All findings at once, sorted."""
    loading = load(
        request.sources,
        admissions=_admissions(request),
        recorded=recorded_admissions(_previous(request, LOCK_PATH)),
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


def _previous(request: CompileRequest, path: str) -> bytes | None:
    return next((source.data for source in request.previous if source.path == path), None)


def compile_fleet(request: CompileRequest, solver: Solver, progress: Progress) -> Compiled:
    """Compiles a fleet repository into its output tree.

    An error among the diagnostics, or a violation, leaves ``tree`` None: nothing may be written then. The plan is
    always rendered from the bytes of its lock, so that a locked compile and a fresh one cannot differ. A lock that fits
    but whose plan the checker refuses is planned anew, unless the compile is locked.
    """
    progress("reading")
    checked = check(request)
    history, findings = read_history(request.previous)
    read = replace(checked, diagnostics=(*checked.diagnostics, *findings))
    if read.catalog is None or _refused(read.diagnostics):
        return Compiled(tree=None, catalog=read.catalog, plan=None, diagnostics=read.diagnostics)
    key = _lock_key(request, read, read.catalog, solver)
    lock = _previous(request, LOCK_PATH)
    misfits = lock_misfit(lock, key)
    if request.locked and misfits:
        return Compiled(tree=None, catalog=read.catalog, plan=None, diagnostics=(*read.diagnostics, *misfits))
    if lock is not None and not misfits:
        reused = _reuse(request, read, read.catalog, lock, progress)
        if request.locked or reused.tree is not None:
            return reused
    history = replace(history, domains=_known_domains(request, lock))
    lock = write_lock(_plan(request, read.catalog, history, solver, progress), key)
    previous = {source.path: source.data for source in request.previous}
    return _emit(request, read, read.catalog, lock, progress, previous=previous)


def _known_domains(request: CompileRequest, lock: bytes | None) -> tuple[tuple[str, Domain], ...]:
    """Domains of nodes with leases, as the earlier lock has them, if its clusters are the folders of those leases."""
    leased = {source.path.split("/")[0] for source in request.previous if "/leases/" in source.path}
    return tuple((node, domain) for node, domain in recorded_domains(lock) if folder(domain.cluster) in leased)


def _reuse(request: CompileRequest, read: Checked, catalog: Catalog, lock: bytes, progress: Progress) -> Compiled:
    """The tree of the earlier lock. The lock is a file that anybody may have edited: JT703 if its plan is not sound."""
    try:
        compiled = _emit(request, read, catalog, lock, progress, previous=None)
    except (ArithmeticError, LookupError, SchemaError, ValueError) as fault:
        return _refusal(read, catalog, damaged_lock(fault))
    if not compiled.violations:
        return compiled
    first = compiled.violations[0]
    return _refusal(read, catalog, damaged_lock(f"its plan breaks {first.invariant}: {first.message}"))


def _refusal(read: Checked, catalog: Catalog, finding: Diagnostic) -> Compiled:
    return Compiled(tree=None, catalog=catalog, plan=None, diagnostics=(*read.diagnostics, finding))


def _emit(
    request: CompileRequest,
    read: Checked,
    catalog: Catalog,
    lock: bytes,
    progress: Progress,
    *,
    previous: Mapping[str, bytes] | None,
) -> Compiled:
    """The tree of a lock's plan, if the checker lets it pass. ``previous`` is what the plan took for facts."""
    plan = read_lock(lock)
    progress("rendering")
    tree = render(plan, catalog, inputs=read.inputs, lock=lock)
    progress("verifying")
    inputs = {source.path: source.data for source in read.inputs}
    registry = None if request.registry is None else request.registry.data
    violations = verify(inputs, tree, previous=previous, registry=registry)
    return Compiled(
        tree=None if violations else tree,
        catalog=catalog,
        plan=plan,
        diagnostics=(*read.diagnostics, *plan.diagnostics),
        violations=violations,
    )


def _plan(request: CompileRequest, catalog: Catalog, history: History, solver: Solver, progress: Progress) -> Plan:
    progress("covering")
    books = open_books(catalog, history, as_of=request.as_of)
    coverages = cover_all(catalog, as_of=request.as_of)
    progress("planning")
    return make_plan(
        catalog, history, as_of=request.as_of, books=books, coverages=coverages, solver=solver, progress=progress
    )


def _lock_key(request: CompileRequest, checked: Checked, catalog: Catalog, solver: Solver) -> Mapping[str, object]:
    """Everything that the decisions depend on, but for the facts that the lock itself carries on."""
    return {
        "asOf": format_instant(request.as_of),
        "inputDigest": digest_inputs(checked.inputs),
        "registry": digest_inputs((request.registry,)) if request.registry else None,
        "admissions": {str(run.key): run.admitted for run in catalog.runs},
        "jobtree": jobtree_version(),
        "solver": solver.name,
        "solverVersion": solver.version,
    }


def _refused(findings: Sequence[Diagnostic]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)
