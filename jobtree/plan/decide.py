"""Finished drafts become decisions: exactly one for each pending run (semantics.md 7)."""

from collections.abc import Iterable, Mapping, Sequence

from jobtree.base.identity import Key
from jobtree.base.words import count
from jobtree.cover.offer import Coverage
from jobtree.model.lease import Lease, Role
from jobtree.model.plan import Placement, Reason, Refuse, Reserve, RunPlan, Start
from jobtree.plan.component import Component
from jobtree.plan.draft import Draft
from jobtree.plan.refusal import refusal
from jobtree.plan.slots import Seated, placements
from jobtree.plan.unit import Unit
from jobtree.plan.waiting import Wait, forecast, waiting

Solved = tuple[Component, Draft]
"""A component and its finished draft."""


def decisions(
    solved: Sequence[Solved], leases: Iterable[Lease], coverages: Mapping[Key, Coverage]
) -> tuple[RunPlan, ...]:
    """A decision for every run of the components, by key; slots are handed out over all of them at once."""
    keys = [(part, draft, key) for part, draft in solved for key in draft.seatings]
    seated = [
        Seated(demand=part.demands[key], seating=draft.seatings[key], nodes=part.sites.nodes)
        for part, draft, key in keys
    ]
    places = dict(zip([key for _, _, key in keys], placements(seated, leases), strict=True))
    plans = [
        _decision(part, draft, unit, coverages[run.key], places.get(run.key))
        for part, draft in solved
        for unit in part.units
        for run in unit.runs
    ]
    return tuple(sorted(plans, key=lambda plan: plan.run))


def _decision(component: Component, draft: Draft, unit: Unit, coverage: Coverage, place: Placement | None) -> RunPlan:
    demand = component.demands[coverage.run]
    run = demand.run
    if place is None:
        why = refusal(component, draft, unit, coverage)
        return RunPlan(run=run.key, owner=run.owner, decision=Refuse(), reason=why)
    if place.interval.start == component.situation.as_of:
        return RunPlan(run=run.key, owner=run.owner, decision=Start(placement=place), reason=_starts_now(place))
    wait = Wait(component=component, draft=draft, unit=unit, demand=demand, seating=draft.seatings[run.key])
    reserve = Reserve(placement=place, forecast=forecast(wait))
    return RunPlan(run=run.key, owner=run.owner, decision=reserve, reason=waiting(wait))


def _starts_now(where: Placement) -> Reason:
    """JT510, with what it starts on."""
    nodes = {pod.node for group in where.groups for pod in group.pods}
    domains = sorted({str(group.domain) for group in where.groups})
    spares = sum(len(pod.slots) for group in where.groups for pod in group.pods if pod.role is Role.SPARE)
    facts = {"gpus": where.width, "spareGpus": spares, "nodes": len(nodes), "domains": domains}
    return Reason(
        code="JT510",
        message=f"starts now on {count(where.width, 'GPU')} of {count(len(nodes), 'node')} in {', '.join(domains)}",
        facts=facts,
    )
