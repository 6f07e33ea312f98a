"""What the queue policies share: parts of the fleet are filled one after the other, and a plan is made of that.

They obey the same rules of payment and placement as jobtree's own plan, for they sit and pay by the same code
(``plan.fit``); they differ in whose turn it is. None of them cuts anybody.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jobtree.base.instant import format_instant
from jobtree.base.progress import Progress
from jobtree.base.words import count
from jobtree.model.plan import Decision, Forecast, Plan, Proof, Reason, Refuse, Reserve, RunPlan, Start
from jobtree.model.run import Run
from jobtree.plan.carry import carried
from jobtree.plan.component import Component
from jobtree.plan.draft import Draft
from jobtree.plan.proof import levels
from jobtree.plan.refusal import refusal
from jobtree.plan.situation import pending, situation
from jobtree.plan.slots import Seated, placements
from jobtree.plan.solve import parts_of, yardstick
from jobtree.plan.unit import Unit
from jobtree.resolve.ground import Ground
from jobtree.resolve.renew import renew

Policy = Callable[[Ground, Progress], Plan]
"""What ``resolve.decide.decide`` is: what stands, to one decision for each run."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Filled:
    """A part's finished draft. ``queued`` are units without a seat whose turn has not come."""

    component: Component
    draft: Draft
    queued: tuple[Unit, ...] = ()


Fill = Callable[[Component], Filled]


def scheduled(ground: Ground, progress: Progress, *, fill: Fill, name: str) -> Plan:
    """One decision for each run: Start, Reserve, or Refuse, which for a queued run only means not yet.

    No bound of the wait is claimed but 0. Costs as ``fill`` of each part.
    """
    ground = renew(ground)
    catalog, history, as_of = ground.catalog, ground.history, ground.as_of
    facts = situation(catalog, history, ground.books(), as_of=as_of)
    runs = pending(catalog, facts)
    progress(f"planning: {name}")
    filled = [fill(part) for part in parts_of(catalog, facts, runs, ground.coverages)]
    decided = [plan for one in filled for plan in _plans(one, ground)]
    plans = _with_places(decided, filled, ground)
    everything = tuple(sorted((*plans, *carried(catalog, history, started=())), key=lambda plan: plan.run))
    measured = levels(everything, catalog.run_of, ground.coverages, yardstick=yardstick(catalog, facts), wait_bound=0)
    return Plan(
        as_of=as_of,
        horizon=facts.horizon,
        runs=everything,
        proof=Proof(status="bounded", solver=name, solver_version="", limits=(), levels=measured),
        closures=history.closures,
        observed=history.observed,
    )


def by_rank(component: Component) -> Sequence[Unit]:
    """The queue: units by admission instant, then key."""
    return sorted(component.units, key=lambda unit: min(run.rank for run in unit.runs))


def _plans(filled: Filled, ground: Ground) -> Sequence[RunPlan]:
    """Decisions of everything that has no seat."""
    part, draft = filled.component, filled.draft
    queued = {unit.key for unit in filled.queued}
    return [
        _refused(run, _queued(run) if unit.key in queued else refusal(part, draft, unit, ground.coverages[run.key]))
        for unit in part.units
        if unit.key not in draft.seatings
        for run in unit.runs
    ]


def _with_places(plans: Sequence[RunPlan], filled: Sequence[Filled], ground: Ground) -> Sequence[RunPlan]:
    """The same, and decisions of everything that has a seat; slots are handed out over all parts at once."""
    seated = [
        Seated(demand=one.component.demands[key], seating=seating, nodes=one.component.sites.nodes)
        for one in filled
        for key, seating in one.draft.seatings.items()
    ]
    found: list[RunPlan] = []
    for one, place in zip(seated, placements(seated, ground.history.leases), strict=True):
        run, start = one.demand.run, place.interval.start
        decision: Decision = Start(placement=place)
        reason = Reason(code="JT510", message=f"starts now on {count(place.width, 'GPU')}", facts={"gpus": place.width})
        if start > ground.as_of:
            forecast = Forecast(deficit=(), natural_start=start, confidence="firm")
            decision = Reserve(placement=place, forecast=forecast)
            facts = {"need": run.total_gpus, "start": format_instant(start)}
            reason = Reason(code="JT511", message=f"has a reservation for {facts['start']}", facts=facts)
        found.append(RunPlan(run=run.key, owner=run.owner, decision=decision, reason=reason))
    return [*plans, *found]


def _queued(run: Run) -> Reason:
    message = "waits in the queue: this policy promises nothing to those behind its head"
    return Reason(code="JT511", message=message, facts={"need": run.total_gpus})


def _refused(run: Run, reason: Reason) -> RunPlan:
    return RunPlan(run=run.key, owner=run.owner, decision=Refuse(), reason=reason)
