"""Everything that a compile reads, and what is wrong with it: documents, earlier tree and lock, ledger, state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from jobtree.base.diagnostic import Diagnostic, Severity
from jobtree.base.identity import Domain
from jobtree.base.instant import Instant
from jobtree.emit.ledger import lost_lines
from jobtree.emit.lock import (
    LOCK_PATH,
    Lock,
    find_lock,
)
from jobtree.emit.naming import folder
from jobtree.emit.recorded import Recorded, recorded
from jobtree.ledger.closing import closing_windows
from jobtree.load.history import read_history
from jobtree.load.ledger import read_ledger
from jobtree.load.loader import load
from jobtree.load.overlay import as_observed, since
from jobtree.load.state import StateRead, read_state
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.judgement import Judgement
from jobtree.model.policy import Scope
from jobtree.policy.rules import DENIALS, judge_documents
from jobtree.request import Checked, Compiled, CompileRequest, HouseRules


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
    judged = Judgement()
    if catalog is not None:
        if request.rules is not HouseRules.IGNORED:
            judged = judge_documents(
                catalog.policies, catalog, loading.subjects, request.evaluator, as_of=request.waived_at
            )
        findings += [*judged.diagnostics, *closing_windows(catalog, as_of=request.as_of)]
    findings.sort(key=lambda finding: finding.sort_key)
    return Checked(
        catalog=catalog,
        inputs=loading.inputs,
        diagnostics=tuple(findings),
        verdicts=judged.verdicts,
        places={one.name: one.where for one in loading.subjects if one.scope is Scope.RUN and one.where},
    )


def _admissions(request: CompileRequest) -> Mapping[str, Instant]:
    if request.admissions is None:
        return {}
    return {source.path: request.admissions.get(source.path, request.as_of) for source in request.sources}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything read and found sound: ``checked`` holds all findings so far."""

    request: CompileRequest
    checked: Checked
    catalog: Catalog
    history: History
    state: StateRead
    lock: Lock | Diagnostic
    earlier: Recorded

    @property
    def standing_parts(self) -> frozenset[str]:
        """Digests of the parts that may be left as the earlier lock has them."""
        untouched = self.request.untouched
        return self.earlier.parts if untouched is None else self.earlier.parts & untouched

    @property
    def may_stand(self) -> bool:
        """Whether all parts of the earlier lock may be left as they are."""
        return self.standing_parts == self.earlier.parts

    def refused(self, *findings: Diagnostic) -> Compiled:
        """Nothing may be written."""
        found = (*self.checked.diagnostics, *findings)
        return Compiled(tree=None, catalog=self.catalog, plan=None, diagnostics=found, verdicts=self.checked.verdicts)


def read_all(request: CompileRequest) -> Reading | Compiled:
    """What there is to decide on; or why nothing may be decided."""
    found_lock = find_lock(request.previous_file(LOCK_PATH))
    lock = found_lock if isinstance(found_lock, Lock) else None
    earlier = recorded(lock)
    checked = _checked(request, earlier)
    history, findings = read_history(request.previous)
    ledger, broken = read_ledger(request.ledger)
    state, odd = read_state(request.state) if request.state is not None else (StateRead(), ())
    state = replace(state, observed=since(earlier.unusable, state.observed))
    lost = () if lock is None or is_refused(broken) else lost_lines(request.months, lock.ledger_heads[1])
    found = (*checked.diagnostics, *findings, *broken, *odd, *lost)
    if checked.catalog is None or is_refused(_binding(found, request.rules)):
        return Compiled(tree=None, catalog=checked.catalog, plan=None, diagnostics=found, verdicts=checked.verdicts)
    return Reading(
        request=request,
        checked=replace(checked, diagnostics=found),
        catalog=as_observed(checked.catalog, state.observed),
        history=replace(history, past=ledger.closed, domains=_known_domains(request, earlier)),
        state=state,
        lock=found_lock,
        earlier=earlier,
    )


def _known_domains(request: CompileRequest, earlier: Recorded) -> tuple[tuple[str, Domain], ...]:
    """Domains of nodes with leases, as the earlier lock has them, if its clusters are the folders of those leases."""
    leased = {source.path.split("/")[0] for source in request.previous if "/leases/" in source.path}
    return tuple((node, domain) for node, domain in earlier.domains if folder(domain.cluster) in leased)


def _binding(found: Sequence[Diagnostic], rules: HouseRules) -> Sequence[Diagnostic]:
    """Findings that may refuse the input: a denial by a house rule does not where it is to be shown."""
    if rules is HouseRules.ENFORCED:
        return found
    return [finding for finding in found if finding.code not in DENIALS.values()]


def is_refused(findings: Sequence[Diagnostic]) -> bool:
    """Whether one of them is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)
