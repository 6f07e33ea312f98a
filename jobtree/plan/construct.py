"""The constructive plan: several orders of insertion, the best by level vector (semantics.md 7)."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from jobtree.plan.component import Component
from jobtree.plan.draft import Draft
from jobtree.plan.fit import Widths
from jobtree.plan.insert import Recipe, insert_all, is_seated, start_idle
from jobtree.plan.levels import Yardstick, draft_levels
from jobtree.plan.unit import Unit

if TYPE_CHECKING:
    from jobtree.base.identity import Owner

LARGE = 200_000_000_000
"""Of cells that one build read or moved: then it is the only one."""
MANY, VERY_MANY = 64, 1_000
"""Of so many units only a few orders are tried: better ones are searched for in counts (``plan.guide``)."""

Measured = tuple[tuple[int, ...], Draft]
"""A level vector and the draft that has it."""


def construct(component: Component, promised: Draft, yardstick: Yardstick) -> Measured:
    """The best of a fixed list of insertion orders after what is promised; ties go to the earlier. Always a valid plan.

    Only the first one where it ``is_large`` or nothing is left to insert.

    The first order is by rank: conservative backfill, so that nothing worse than it is ever planned.
    """
    best: Measured | None = None
    for recipe in _recipes(component):
        measured = build(component, promised, recipe, yardstick)
        if best is None or measured[0] < best[0]:
            best = measured
        if is_large(best[1]) or all(is_seated(unit, promised) for unit in component.units):
            return best
    if best is None:
        raise AssertionError("there is always a recipe")
    if len(component.units) > VERY_MANY:
        return best
    starved = Recipe(order=_starved_first(component, best[1], yardstick))
    return min(best, build(component, promised, starved, yardstick), key=lambda measured: measured[0])


def is_large(draft: Draft) -> bool:
    """Whether it cost so much to build that nothing better is looked for."""
    return draft.nodes.work >= LARGE or draft.nodes.is_full


def build(component: Component, promised: Draft, recipe: Recipe, yardstick: Yardstick) -> Measured:
    """One insertion order on top of the promised units; idle GPUs go to runs that start unfunded."""
    draft = promised.copy()
    insert_all(component, draft, recipe)
    start_idle(component, draft)
    return draft_levels(component, draft, yardstick), draft


def _recipes(component: Component) -> Iterator[Recipe]:
    dense = {unit.key: _density(component, unit) for unit in component.units}
    orders: tuple[Callable[[Unit], tuple[object, ...]], ...] = (
        lambda unit: (min(run.rank for run in unit.runs),),
        lambda unit: (-area(unit), unit.key),
        lambda unit: (-max(run.duration for run in unit.runs), unit.key),
        lambda unit: (-sum(run.total_gpus for run in unit.runs), unit.key),
        lambda unit: (-dense[unit.key], -area(unit), unit.key),
    )
    elastic = any(run.elastic is not None for unit in component.units for run in unit.runs)
    if len(component.units) > MANY:
        backfill, by_area, *_, by_density = (tuple(sorted(component.units, key=key)) for key in orders)
        yield Recipe(order=backfill)
        yield Recipe(order=by_density, widths=Widths.NARROWEST)
        if len(component.units) <= VERY_MANY:
            yield Recipe(order=by_area, widths=Widths.NARROWEST)
        return
    for key in orders:
        order = tuple(sorted(component.units, key=key))
        yield Recipe(order=order)
        if elastic:
            yield Recipe(order=order, widths=Widths.NARROWEST)


def _density(component: Component, unit: Unit) -> Fraction:
    """Weight for each GPU-second that it must hold: over 1 for what can start narrow, under 1 for what has spares.

    To wait costs the weight and to run costs the GPUs, so that dense runs go first is Smith's rule.
    """
    demands = component.demands_of(unit)
    held = sum(one.shapes[-1].pods_with_spares * one.run.gpus_per_pod * one.run.duration for one in demands)
    return Fraction(area(unit), held)


def area(unit: Unit) -> int:
    """GPU-seconds of all its runs at full width."""
    return sum(run.total_gpus * run.duration for run in unit.runs)


def _starved_first(component: Component, draft: Draft, yardstick: Yardstick) -> tuple[Unit, ...]:
    """Units of the owner that waits longest per GPU-second first, then by area."""
    waited: dict[Owner, int] = {}
    weight: dict[Owner, int] = {}
    for unit in component.units:
        for run in unit.runs:
            seating = draft.seatings.get(run.key)
            wait = yardstick.horizon.seconds if seating is None else seating.start - yardstick.horizon.start
            waited[run.owner] = waited.get(run.owner, 0) + run.total_gpus * run.duration * wait
            weight[run.owner] = weight.get(run.owner, 0) + run.total_gpus * run.duration
    thirst = {owner: waited[owner] // max(weight[owner], 1) for owner in waited}
    return tuple(
        sorted(component.units, key=lambda unit: (-max(thirst[run.owner] for run in unit.runs), -area(unit), unit.key))
    )
