"""One plan for all runs at once (semantics.md 7)."""

from collections.abc import Callable, Mapping

from jobtree.base.diagnostic import Diagnostic, warning
from jobtree.base.identity import Key
from jobtree.base.instant import Instant, format_instant
from jobtree.base.quantity import format_duration
from jobtree.cover.offer import Coverage
from jobtree.ledger.account import Books
from jobtree.milp.solver import Solver
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.plan import Placement, Plan, Proof, Reserve, RunPlan, Start
from jobtree.plan.levels import WAIT, Yardstick, slip
from jobtree.plan.proof import levels
from jobtree.plan.settle import Settled, Workbench, settle
from jobtree.plan.situation import situation
from jobtree.plan.solve import yardstick


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
    bench = Workbench(catalog=catalog, as_of=as_of, coverages=coverages, solver=solver, progress=progress)
    settled = settle(bench, history, books)
    facts = situation(catalog, history, books, as_of=as_of)
    measure = yardstick(catalog, facts)
    proof = _proof(bench, settled, measure)
    found = (*settled.diagnostics, *_slips(settled.plans, catalog, measure), *_unproven(proof))
    return Plan(as_of=as_of, horizon=facts.horizon, runs=settled.plans, proof=proof, diagnostics=found)


def _proof(bench: Workbench, settled: Settled, measure: Yardstick) -> Proof:
    values = levels(
        settled.plans,
        bench.catalog.run_of,
        bench.coverages,
        yardstick=measure,
        wait_bound=settled.wait_bound,
    )
    wait = values[WAIT]
    return Proof(
        status="proven" if wait.value == wait.bound else "bounded",
        solver=bench.solver.name,
        solver_version=bench.solver.version,
        limits=settled.limits,
        levels=values,
    )


def _unproven(proof: Proof) -> tuple[Diagnostic, ...]:
    wait = proof.levels[WAIT]
    if wait.bound is None or wait.value <= wait.bound:
        return ()
    gap = 100 * (wait.value - wait.bound)
    notes = (f"wait {wait.value} GPU-seconds x seconds, proven lower bound {wait.bound}",)
    percent = f"{gap // wait.value}.{gap * 100 // wait.value % 100:02d}"
    return (
        warning("JT521", f"the plan is bounded, not proven: its wait is within {percent} % of any plan's", notes=notes),
    )


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
