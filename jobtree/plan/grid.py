"""Instants at which a unit may start in some best plan (semantics.md 7).

In a plan of least wait and, among those, of least starts, nothing can move a second to the left: each start is the
plan's instant, an event (a lease ends, an account changes, a window opens, an upstream ends), or another run's end. So
every start is an event plus a sum of durations of distinct runs. That argument needs that moving left never costs
more, which fails where a window closes while a run goes on and another payer takes over; ``is_exact`` says so.
"""

from bisect import bisect_right
from collections.abc import Mapping
from math import gcd

from jobtree.base.identity import Key
from jobtree.plan.component import Component


def is_exact(component: Component) -> bool:
    """Whether the grid holds the starts of some best plan: nobody may start unfunded, and no window closes in reach."""
    longest = max(run.duration for unit in component.units for run in unit.runs)
    last = component.situation.horizon.end + longest
    for demand in component.demands.values():
        ends = [bid.offer.window.end for bid in demand.bids]
        if demand.run.funding.allow_opportunistic or (len(ends) > 1 and any(e is not None and e < last for e in ends)):
            return False
    return True


def grid(component: Component, *, most: int) -> Mapping[Key, tuple[int, ...]] | None:
    """Start instants by unit key, within release and latest start; None if there are more than ``most`` ticks.

    O(runs x ticks / word): sums of durations are shifts of one long integer.
    """
    situation = component.situation
    now = situation.as_of
    events = {0, *(int(time) - now for time in component.empty.nodes.times.tolist())}
    events |= {int(time) - now for time in component.empty.accounts.times.tolist()}
    upstreams = {key for unit in component.units for key in unit.upstreams}
    events |= {end - now for key, end in situation.ends.items() if key in upstreams and end > now}
    durations = [run.duration for unit in component.units for run in unit.runs]
    tick = gcd(*durations, *events)
    last = max(demand.latest for demand in component.demands.values()) - now
    if last // tick > most:
        return None
    reached = 0
    for event in sorted(events):
        reached |= 1 << event // tick if event <= last else 0
    for duration in durations:
        reached |= reached << duration // tick & (1 << last // tick + 1) - 1
    marks = bin(reached)[:1:-1]
    instants = tuple(now + number * tick for number, mark in enumerate(marks) if mark == "1")
    latest = {unit.key: min(demand.latest for demand in component.demands_of(unit)) for unit in component.units}
    return {key: instants[: bisect_right(instants, last)] for key, last in latest.items()}
