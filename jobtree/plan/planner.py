"""One plan for all runs at once (semantics.md 7)."""

from collections.abc import Callable, Mapping, Sequence

from jobtree.base.diagnostic import Diagnostic, warning
from jobtree.base.identity import Key
from jobtree.base.instant import Instant, format_instant
from jobtree.base.quantity import format_duration
from jobtree.base.words import gap_percent
from jobtree.cover.offer import Coverage
from jobtree.ledger.account import Books
from jobtree.milp.solver import Solver
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import Effort
from jobtree.model.history import History
from jobtree.model.plan import Level, Placement, Plan, Proof, Reserve, RunPlan, Start
from jobtree.plan.carry import carried
from jobtree.plan.decide import decisions
from jobtree.plan.effort import BUDGETS
from jobtree.plan.levels import WAIT, Yardstick, slip
from jobtree.plan.proof import levels
from jobtree.plan.situation import pending, situation
from jobtree.plan.solve import Answer, solve, yardstick


def ignore(message: str) -> None:
    """A progress that shows nothing."""


def make_plan(  # noqa: PLR0913 - each is a source of its own
    catalog: Catalog,
    history: History,
    *,
    as_of: Instant,
    books: Books,
    coverages: Mapping[Key, Coverage],
    solver: Solver,
    progress: Callable[[str], None] = ignore,
) -> Plan:
    """Decides every run of the catalog, and carries what has started.

    A run without leases gets Start, Reserve or Refuse; one with leases is Running, Finished, or Start when its first
    lease starts at ``as_of``. Reports JT520 (a promise slips), JT521 (the wait level is not proven), JT522 (the solver
    failed). The same arguments give the same plan on any machine.
    """
    facts = situation(catalog, history, books, as_of=as_of)
    runs = pending(catalog, facts)
    answers = solve(catalog, facts, runs, coverages=coverages, solver=solver, progress=progress)
    decided = decisions([(answer.component, answer.draft) for answer in answers], facts.leases, coverages)
    started = carried(history, catalog.nodes, as_of=as_of)
    plans = tuple(sorted((*decided, *started), key=lambda plan: plan.run))
    measure = yardstick(catalog, facts)
    bound = sum(answer.wait_bound for answer in answers)
    measured = levels(plans, catalog.run_of, coverages, yardstick=measure, wait_bound=bound)
    proof = _proof(solver, _limits(answers, catalog.fleet.solver.effort), measured)
    failures = (finding for answer in answers for finding in answer.diagnostics)
    found = (*failures, *_slips(plans, catalog, measure), *_unproven(proof))
    return Plan(as_of=as_of, horizon=facts.horizon, runs=plans, proof=proof, diagnostics=found)


def _limits(answers: Sequence[Answer], effort: Effort) -> tuple[tuple[str, int], ...]:
    """How many parts were planned apart, and what each was allowed: counts, never time."""
    allowed = BUDGETS[effort]
    return (
        ("columns", allowed.columns),
        ("nodes", allowed.nodes),
        ("parts", len(answers)),
        ("rounds", allowed.rounds),
        ("seats", allowed.seats),
    )


def _proof(solver: Solver, limits: tuple[tuple[str, int], ...], measured: tuple[Level, ...]) -> Proof:
    wait = measured[WAIT]
    return Proof(
        status="proven" if wait.value == wait.bound else "bounded",
        solver=solver.name,
        solver_version=solver.version,
        limits=limits,
        levels=measured,
    )


def _unproven(proof: Proof) -> tuple[Diagnostic, ...]:
    wait = proof.levels[WAIT]
    if wait.bound is None or wait.value <= wait.bound:
        return ()
    notes = (f"wait {wait.value} GPU-seconds x seconds, proven lower bound {wait.bound}",)
    gap = gap_percent(wait.value, wait.bound)
    return (warning("JT521", f"the plan is bounded, not proven: its wait is within {gap} of any plan's", notes=notes),)


def _slips(plans: tuple[RunPlan, ...], catalog: Catalog, measure: Yardstick) -> tuple[Diagnostic, ...]:
    found = []
    for plan in plans:
        where = _placement(plan)
        start = None if where is None else where.interval.start
        late = slip(catalog.run_of[plan.run], start, measure) if plan.run in measure.promises else 0
        if late:
            promised = format_instant(measure.promises[plan.run].earliest_start)
            now = "is refused now" if start is None else f"starts at {format_instant(start)} now"
            found.append(
                warning(
                    "JT520",
                    f"{plan.run} was promised {promised} and {now}, {format_duration(late)} late",
                    notes=(plan.reason.message,),
                )
            )
    return tuple(found)


def _placement(plan: RunPlan) -> Placement | None:
    match plan.decision:
        case Start(placement=where) | Reserve(placement=where):
            return where
        case _:
            return None
