"""Ruin and recreate: take a few related units out, insert them in another order, keep what is better (semantics.md 7).

Counted, and drawn from SHA-256 in counter mode, so that the same fleet gives the same plan everywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from jobtree.base.identity import Key
from jobtree.plan.component import Component
from jobtree.plan.construct import Measured, area
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
    dice = _dice(component)
    while seats > 0 and len(component.units) > 1 and _waits(component, best, yardstick):
        ruined = _ruin(component, best, waiting, dice)
        seats -= max(1, len(ruined))
        measured = _recreate(component, best, ruined, dice, yardstick)
        if measured[0] < best[0]:
            best = measured
    return best


def _dice(component: Component) -> Iterator[int]:
    """Non-negative integers that depend on the keys of the component's units alone."""
    seed = sha256("\n".join(str(unit.key) for unit in component.units).encode()).digest()
    number = 0
    while True:
        block = sha256(seed + number.to_bytes(8, "big")).digest()
        yield from (int.from_bytes(block[at : at + 8], "big") for at in (0, 8, 16, 24))
        number += 1


def _waits(component: Component, best: Measured, yardstick: Yardstick) -> bool:
    """Whether anything is left to gain: some unit waits although its upstreams do not make it."""
    _, draft = best
    return any(
        not is_seated(unit, draft) or start_of(unit, draft) > yardstick.horizon.start for unit in component.units
    )


def _ruin(
    component: Component, best: Measured, waiting: Mapping[Key, tuple[Unit, ...]], dice: Iterator[int]
) -> tuple[Unit, ...]:
    """A unit, its neighbours in time, and everything that waits for one of them."""
    _, draft = best
    horizon = component.situation.horizon
    centre = component.units[next(dice) % len(component.units)]
    size = 2 + next(dice) % (LARGEST_RUIN - 1)
    noise = max(1, horizon.seconds // 16)

    def distance(unit: Unit) -> tuple[int, Key]:
        if not is_seated(unit, draft):
            return next(dice) % max(1, horizon.seconds // 2), unit.key
        start, end = start_of(unit, draft), start_of(unit, draft) + unit.runs[0].duration
        return min(abs(start - at), abs(end - at)) + next(dice) % noise, unit.key

    at = start_of(centre, draft) if is_seated(centre, draft) else horizon.start + next(dice) % max(1, horizon.seconds)
    near = [centre, *sorted((unit for unit in component.units if unit is not centre), key=distance)[: size - 1]]
    taken: dict[Key, Unit] = {}
    while near:
        unit = near.pop(0)
        if unit.key not in taken:
            taken[unit.key] = unit
            near += waiting[unit.key]
    return tuple(taken.values())


def _recreate(
    component: Component, best: Measured, ruined: Sequence[Unit], dice: Iterator[int], yardstick: Yardstick
) -> Measured:
    draft = best[1].copy()
    starts = {unit.key: start_of(unit, draft) for unit in ruined if is_seated(unit, draft)}
    for unit in ruined:
        if is_seated(unit, draft):
            remove_unit(component, draft, unit)
    recipe = Recipe(
        order=tuple(sorted(ruined, key=_Order(next(dice) % 5, starts, dice))),
        widths=Widths.NARROWEST if next(dice) % 3 == 0 else Widths.WIDEST,
    )
    insert_all(component, draft, recipe)
    start_idle(component, draft)
    return draft_levels(component, draft, yardstick), draft


class _Order:
    """One of five orders of re-insertion."""

    def __init__(self, kind: int, starts: Mapping[Key, int], dice: Iterator[int]) -> None:
        self.kind, self.starts, self.dice = kind, starts, dice

    def __call__(self, unit: Unit) -> tuple[int, Key]:
        match self.kind:
            case 0:
                return -area(unit), unit.key
            case 1:
                return -max(run.duration for run in unit.runs), unit.key
            case 2:
                return next(self.dice), unit.key
            case 3:
                return -area(unit) * (64 + next(self.dice) % 192), unit.key
            case _:
                return self.starts.get(unit.key, 1 << 62) // 4 * (3 + next(self.dice) % 3), unit.key
