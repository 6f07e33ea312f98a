"""Plans along a guide: prices give orders, a sketch improves them, and the real insertion follows (semantics.md 7)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from jobtree.plan.component import Component
from jobtree.plan.construct import VERY_MANY, Measured, area, build
from jobtree.plan.draft import Draft
from jobtree.plan.fit import Widths
from jobtree.plan.haggle import Offer
from jobtree.plan.insert import Recipe, is_seated, start_of
from jobtree.plan.levels import Yardstick
from jobtree.plan.market import Market
from jobtree.plan.search import Order, search
from jobtree.plan.sketch import Sketch
from jobtree.plan.unit import Unit

Guided = tuple[Component, Draft, Yardstick]
"""What every build starts from: the component, the units that are seated as promised, and what is measured."""


def guided(scene: Guided, best: Measured, market: Market, offer: Offer, *, rounds: int, builds: int) -> Measured:
    """The best of what is there and what the guide leads to. Costs ``rounds`` of the search and ``builds`` plans."""
    component, promised, yardstick = scene
    sketch = Sketch(component, promised)
    if not sketch.units:
        return best
    berths = search(sketch, list(_orders(sketch.units, market, offer)), rounds=rounds)
    wanted = [sketch.horizon if berth is None else berth.start for berth in berths]
    turn = list(wanted)
    for number in range(builds):
        order = sorted(range(len(turn)), key=lambda at: (turn[at], -sketch.pieces[at].weight, at))
        recipe = Recipe(order=tuple(sketch.units[at] for at in order), widths=Widths.NARROWEST)
        found = build(component, promised, recipe, yardstick)
        best = min(best, found, key=lambda measured: measured[0])
        if number == 0 and len(sketch.units) <= VERY_MANY:
            wide = build(component, promised, replace(recipe, widths=Widths.WIDEST), yardstick)
            best = min(best, wide, key=lambda measured: measured[0])
        if not _hurry(turn, wanted, sketch, found[1]):
            break
    return best


def _hurry(turn: list[int], wanted: Sequence[int], sketch: Sketch, draft: Draft) -> bool:
    """Moves units forward that came later than the sketch has them; whether there were any.

    What has no place at all moves half as far: it mostly lacks what many others use, and need not come before all.
    """
    hurried = False
    for at, unit in enumerate(sketch.units):
        seated = is_seated(unit, draft)
        came = _ticks(start_of(unit, draft), sketch, draft) if seated else sketch.horizon
        late = came - wanted[at]
        if late > 1:
            turn[at] -= late if seated else late // 2
            hurried = True
    return hurried


def _ticks(start: int, sketch: Sketch, draft: Draft) -> int:
    return (start - int(draft.accounts.times[0])) // sketch.tick


def _orders(units: Sequence[Unit], market: Market, offer: Offer) -> Iterator[Order]:
    """By when runs would start at the prices, roughly, then by area or time; by area alone; by rank."""
    begins = dict(zip(market.jobs.keys, offer.starts.tolist(), strict=True))
    start = [min(begins[run.key] for run in unit.runs) for unit in units]
    everything = range(len(units))
    coarse, fine = max(1, market.horizon // 8), max(1, market.horizon // 16)
    yield sorted(everything, key=lambda at: (start[at] // fine, -area(units[at]), at))
    yield sorted(everything, key=lambda at: (start[at] // coarse, -units[at].runs[0].duration, at))
    yield sorted(everything, key=lambda at: (-area(units[at]), at))
    yield sorted(everything, key=lambda at: (min(run.rank for run in units[at].runs), at))
