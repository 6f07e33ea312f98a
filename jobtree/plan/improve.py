"""Ruin and recreate: take a few related units out, insert them in another order, keep what is better (semantics.md 7).

Counted, and drawn from SHA-256 in counter mode, so that the same fleet gives the same plan everywhere.
"""

from collections.abc import Mapping, Sequence

from jobtree.base.identity import Key
from jobtree.plan.component import Component
from jobtree.plan.construct import Measured, area
from jobtree.plan.draws import Draws
from jobtree.plan.fit import Widths
from jobtree.plan.insert import Recipe, insert_all, is_seated, remove_unit, start_idle, start_of
from jobtree.plan.levels import Yardstick, draft_levels
from jobtree.plan.unit import Unit, followers

LARGEST_RUIN = 14


def improve(component: Component, best: Measured, yardstick: Yardstick, *, seats: int) -> Measured:
    """Spends ``seats`` re-insertions; a change is kept only if the level vector becomes smaller.

    One round costs a copy of the draft and one earliest fit for each unit taken out.
    """
    waiting = followers(component.units)
    draws = Draws(str(unit.key) for unit in component.units)
    while seats > 0 and len(component.units) > 1 and _waits(component, best, yardstick):
        ruined = _ruin(component, best, waiting, draws)
        seats -= max(1, len(ruined))
        measured = _recreate(component, best, ruined, draws, yardstick)
        if measured[0] < best[0]:
            best = measured
    return best


def _waits(component: Component, best: Measured, yardstick: Yardstick) -> bool:
    """Whether anything is left to gain: some unit waits although its upstreams do not make it."""
    _, draft = best
    return any(
        not is_seated(unit, draft) or start_of(unit, draft) > yardstick.horizon.start for unit in component.units
    )


def _ruin(
    component: Component, best: Measured, waiting: Mapping[Key, tuple[Unit, ...]], draws: Draws
) -> tuple[Unit, ...]:
    """A unit, its neighbours in time, and everything that waits for one of them."""
    _, draft = best
    horizon = component.situation.horizon
    centre = component.units[draws.word() % len(component.units)]
    size = 2 + draws.word() % (LARGEST_RUIN - 1)
    noise = max(1, horizon.seconds // 16)

    def distance(unit: Unit) -> tuple[int, Key]:
        if not is_seated(unit, draft):
            return draws.word() % max(1, horizon.seconds // 2), unit.key
        start, end = start_of(unit, draft), start_of(unit, draft) + unit.runs[0].duration
        return min(abs(start - at), abs(end - at)) + draws.word() % noise, unit.key

    at = start_of(centre, draft) if is_seated(centre, draft) else horizon.start + draws.word() % max(1, horizon.seconds)
    near = [centre, *sorted((unit for unit in component.units if unit is not centre), key=distance)[: size - 1]]
    taken: dict[Key, Unit] = {}
    while near:
        unit = near.pop(0)
        if unit.key not in taken:
            taken[unit.key] = unit
            near += waiting[unit.key]
    return tuple(taken.values())


def _recreate(
    component: Component, best: Measured, ruined: Sequence[Unit], draws: Draws, yardstick: Yardstick
) -> Measured:
    draft = best[1].copy()
    starts = {unit.key: start_of(unit, draft) for unit in ruined if is_seated(unit, draft)}
    for unit in ruined:
        if is_seated(unit, draft):
            remove_unit(component, draft, unit)
    recipe = Recipe(
        order=tuple(sorted(ruined, key=_Order(draws.word() % 5, starts, draws))),
        widths=Widths.NARROWEST if draws.word() % 3 == 0 else Widths.WIDEST,
    )
    insert_all(component, draft, recipe)
    start_idle(component, draft)
    return draft_levels(component, draft, yardstick), draft


class _Order:
    """One of five orders of re-insertion."""

    def __init__(self, kind: int, starts: Mapping[Key, int], draws: Draws) -> None:
        self.kind, self.starts, self.draws = kind, starts, draws

    def __call__(self, unit: Unit) -> tuple[int, Key]:
        match self.kind:
            case 0:
                return -area(unit), unit.key
            case 1:
                return -max(run.duration for run in unit.runs), unit.key
            case 2:
                return self.draws.word(), unit.key
            case 3:
                return -area(unit) * (64 + self.draws.word() % 192), unit.key
            case _:
                return self.starts.get(unit.key, 1 << 62) // 4 * (3 + self.draws.word() % 3), unit.key
