"""Plans along a guide: prices give orders, a sketch improves them, and the real insertion follows (semantics.md 7)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from jobtree.base.progress import Stages
from jobtree.plan.ascent import Offer
from jobtree.plan.component import Component
from jobtree.plan.construct import VERY_MANY, Measured, area, build
from jobtree.plan.draft import Draft
from jobtree.plan.fit import Widths
from jobtree.plan.insert import Recipe, is_seated, start_of
from jobtree.plan.levels import Yardstick
from jobtree.plan.market import Market
from jobtree.plan.search import Berths, Order, search
from jobtree.plan.sketch import Sketch
from jobtree.plan.unit import Unit

PIECES = (64, 45, 32, 23, 16, 11, 8)
"""Runs that would start in the same of so many pieces of the horizon are in the order of their area."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """What every build starts from: the component, the units that are seated as promised, and what is measured.

    ``stage`` hears what is being done.
    """

    component: Component
    promised: Draft
    measure: Yardstick
    stage: Stages


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """How often the search tries another order, how often it ruins a sketch, and how many plans follow the best one."""

    turns: int
    rounds: int
    builds: int


def guided(scene: Scene, best: Measured, market: Market, offer: Offer, *, allowed: Guidance) -> Measured:
    """The best of what is there and what the guide leads to. Costs the search and ``builds`` plans."""
    scene.stage("searching")
    sketch = Sketch(scene.component, scene.promised)
    if not sketch.units:
        return best
    orders = list(_orders(sketch.units, market, offer))
    tracks = search(sketch, orders, turns=allowed.turns, rounds=allowed.rounds)
    many = len(sketch.units) > VERY_MANY
    starts = [_starts(sketch, berths) for berths in (tracks[:1] if many else tracks)]
    scene.stage("placing")
    followed = [(_follow(scene, sketch, wanted), wanted) for wanted in starts]
    found, wanted = min(followed, key=lambda one: one[0][0])
    best = min(best, found, key=_levels)
    if not many:
        best = min(best, _follow(scene, sketch, wanted, Widths.WIDEST), key=_levels)
    turn = list(wanted)
    for _ in range(allowed.builds - 1):
        if not _hurry(turn, wanted, sketch, found[1]):
            break
        found = _follow(scene, sketch, turn)
        best = min(best, found, key=_levels)
    return best


def _levels(measured: Measured) -> tuple[int, ...]:
    return measured[0]


def _starts(sketch: Sketch, berths: Berths) -> tuple[int, ...]:
    """When each piece starts, in ticks; those without a place last of all."""
    return tuple(sketch.horizon if berth is None else berth.start for berth in berths)


def _follow(scene: Scene, sketch: Sketch, turn: Sequence[int], widths: Widths = Widths.NARROWEST) -> Measured:
    """The real insertion in the order of these turns, then by weight."""
    order = sorted(range(len(turn)), key=lambda at: (turn[at], -sketch.pieces[at].weight, at))
    recipe = Recipe(order=tuple(sketch.units[at] for at in order), widths=widths)
    return build(scene.component, scene.promised, recipe, scene.measure)


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
    """By when runs would start at the prices, more or less exactly, then by area or time; by area alone; by rank.

    When they start on average while prices were looked for, and at the best prices.
    """
    everything = range(len(units))
    replies = np.where(offer.reply.start < 0, market.horizon, offer.reply.start)
    for starts in (offer.starts, replies):
        begins = dict(zip(market.jobs.keys, starts.tolist(), strict=True))
        start = [min(begins[run.key] for run in unit.runs) for unit in units]
        for pieces in PIECES:
            length = max(1, market.horizon // pieces)
            yield sorted(everything, key=lambda at: (start[at] // length, -area(units[at]), at))
        yield sorted(everything, key=lambda at: (start[at] // length, -units[at].runs[0].duration, at))
    yield sorted(everything, key=lambda at: (-area(units[at]), at))
    yield sorted(everything, key=lambda at: (min(run.rank for run in units[at].runs), at))
