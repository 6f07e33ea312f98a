"""The first instants at which units could start, were everything else free (semantics.md 5 and 9)."""

from collections.abc import Callable, Mapping

import numpy as np

from jobtree.base.identity import Key
from jobtree.plan.component import Component
from jobtree.plan.demand import Demand
from jobtree.plan.refusal import hopeless, is_unpayable
from jobtree.plan.unit import Unit

Rule = Callable[[Component, Key], bool]


def earliest_starts(component: Component, is_hopeless: Rule = hopeless) -> Mapping[Key, int | None]:
    """The first instant that upstreams and windows allow, were everything else free; None for never."""
    found: dict[Key, int | None] = {}
    pending = list(component.units)
    while pending:
        unknown = {run.key for unit in pending for run in unit.runs}
        ready = [unit for unit in pending if unknown.isdisjoint(unit.upstreams)]
        for unit in ready:
            first = _first(component, unit, found, is_hopeless)
            found.update((run.key, first) for run in unit.runs)
        if not ready:
            return found | {run.key: None for unit in pending for run in unit.runs}
        done = {unit.key for unit in ready}
        pending = [unit for unit in pending if unit.key not in done]
    return found


def plainly_hopeless(component: Component, key: Key) -> bool:
    """Whether no domain or cluster has enough pods, or payers allow too few GPUs: what a reader of the plan can see."""
    demand, sites = component.demands[key], component.sites
    shape, per_pod = demand.shapes[-1], demand.run.gpus_per_pod
    pods = sites.by_domain(np.where(demand.idle_nodes, sites.gpus // per_pod, 0))
    room = pods if shape.one_domain else sites.by_cluster(pods)
    if int(room.max(initial=0)) < shape.pods_with_spares:
        return True
    return not demand.run.funding.allow_opportunistic and is_unpayable(component, key)


def _first(component: Component, unit: Unit, found: Mapping[Key, int | None], is_hopeless: Rule) -> int | None:
    ends = [_end(component, found, key) for key in unit.upstreams]
    known = [end for end in ends if end is not None]
    lost = any(is_hopeless(component, run.key) or run.key in component.situation.left_behind for run in unit.runs)
    if lost or unit.contradictory or len(known) < len(ends):
        return None
    return max([component.situation.as_of, *known, *(_opens(demand) for demand in component.demands_of(unit))])


def _end(component: Component, found: Mapping[Key, int | None], key: Key) -> int | None:
    if key not in component.demands:
        return component.situation.ends.get(key)
    start = found[key]
    return None if start is None else start + component.demands[key].run.duration


def _opens(demand: Demand) -> int:
    starts = [bid.offer.window.start for bid in demand.bids]
    if demand.run.funding.allow_opportunistic or any(start is None for start in starts):
        return 0
    return min((start for start in starts if start is not None), default=0)
