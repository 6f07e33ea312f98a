"""Inserting units into a draft: upstreams first, each at its earliest instant (semantics.md 7 and 9)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jobtree.base.instant import Instant
from jobtree.plan.arrays import Flags
from jobtree.plan.component import Component
from jobtree.plan.demand import Demand
from jobtree.plan.draft import Draft
from jobtree.plan.fit import Widths, earliest, seat_unfunded
from jobtree.plan.seat import Seating
from jobtree.plan.unit import Unit

if TYPE_CHECKING:
    from jobtree.base.identity import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """An order of insertion, and which allowed width is tried first."""

    order: tuple[Unit, ...]
    widths: Widths = Widths.WIDEST


def insert_all(component: Component, draft: Draft, recipe: Recipe) -> None:
    """Seats all units that fit and are not seated yet. O(units) times the cost of one earliest fit."""
    for unit in upstream_first(recipe.order):
        insert(component, draft, unit, recipe.widths)


def insert(component: Component, draft: Draft, unit: Unit, widths: Widths) -> bool:
    """Seats one unit at its earliest instant; False if there is none, an upstream has no end, or the draft is full."""
    if is_seated(unit, draft):
        return True
    if draft.nodes.is_full:
        draft.unseen.add(unit.key)
        return False
    since = component.release(unit, draft)
    if since is None or not _has_nodes(component, unit):
        return False
    seatings = earliest(component.demands_of(unit), draft, since=since, widths=widths)
    if seatings is not None:
        commit_unit(component, draft, unit, seatings)
    return seatings is not None


def start_idle(component: Component, draft: Draft) -> None:
    """Starts runs that allow it on GPUs that nobody else has taken, unfunded, by rank (semantics.md 5).

    Others come forward into the places that these were to have later.
    """
    now = component.situation.as_of
    has_left = False
    willing = [unit for unit in component.units if unit.runs[0].funding.allow_opportunistic and len(unit.runs) == 1]
    for unit in sorted(willing, key=lambda unit: unit.runs[0].rank):
        (demand,) = component.demands_of(unit)
        seated = draft.seatings.get(demand.key)
        if component.release(unit, draft) != now or (seated is not None and seated.start == now):
            continue
        if seated is not None:
            draft.remove(demand)
        seating = seat_unfunded(demand, draft, now, _quiet(component, demand)) if demand.idle_nodes.any() else None
        if seating is not None or seated is not None:
            draft.commit(demand, seating or _sure(seated))
        has_left = has_left or (seating is not None and seated is not None)
    if has_left:
        come_forward(component, draft)


def come_forward(component: Component, draft: Draft) -> Draft:
    """The draft with every seated unit as early as it fits now, by rank, none later than it was.

    Where others end or begin before they were expected to, it would else wait beside idle GPUs. One earliest fit for
    each unit.
    """
    for unit in upstream_first(sorted(component.units, key=lambda unit: min(run.rank for run in unit.runs))):
        if is_seated(unit, draft):
            bring_forward(component, draft, unit)
    return draft


def bring_forward(component: Component, draft: Draft, unit: Unit) -> None:
    """Moves a seated unit to the earliest instant at which it fits now, if that is earlier than its own."""
    seatings = remove_unit(component, draft, unit)
    since, own = component.release(unit, draft), seatings[0].start
    found = None
    if since is not None and since < own:
        found = earliest(component.demands_of(unit), draft, since=since, widths=Widths.WIDEST)
    commit_unit(component, draft, unit, seatings if found is None or found[0].start >= own else found)


def _quiet(component: Component, demand: Demand) -> Flags:
    """Nodes of domains where nobody is cut before the run would end: it would be the first to go, shape (nodes,)."""
    situation, sites = component.situation, component.sites
    end = demand.interval(situation.as_of).end
    quiet = [situation.contended.get(domain, end) >= end for domain in sites.domains]
    flags: Flags = np.array(quiet, np.bool_)[sites.domain_of]
    return flags


def is_seated(unit: Unit, draft: Draft) -> bool:
    """Whether the unit's runs have seats; a unit is seated whole or not at all."""
    return unit.key in draft.seatings


def commit_unit(component: Component, draft: Draft, unit: Unit, seatings: Sequence[Seating]) -> None:
    """Takes the seats of all its runs, by key."""
    for demand, seating in zip(component.demands_of(unit), seatings, strict=True):
        draft.commit(demand, seating)


def remove_unit(component: Component, draft: Draft, unit: Unit) -> tuple[Seating, ...]:
    """Gives all its seats back, and returns them by key."""
    demands = component.demands_of(unit)
    seatings = tuple(draft.seatings[demand.key] for demand in demands)
    for demand in demands:
        draft.remove(demand)
    return seatings


def start_of(unit: Unit, draft: Draft) -> Instant:
    """The start that all runs of a seated unit share."""
    return draft.seatings[unit.key].start


def upstream_first(order: Iterable[Unit]) -> tuple[Unit, ...]:
    """The order, with upstream units moved before their followers; a cycle is left as it stands."""
    wanted = tuple(order)
    unit_of = {run.key: unit for unit in wanted for run in unit.runs}
    seen: dict[Key, None] = {}
    placed: list[Unit] = []
    for first in wanted:
        stack = [] if first.key in seen else [first]
        while stack:
            unit = stack[-1]
            seen[unit.key] = None
            ahead = [unit_of[key] for key in unit.upstreams if key in unit_of and unit_of[key].key not in seen]
            if ahead:
                stack.append(ahead[0])
            else:
                placed.append(stack.pop())
    return tuple(placed)


def _has_nodes(component: Component, unit: Unit) -> bool:
    return all(bool(demand.open_nodes.any()) for demand in component.demands_of(unit))


def _sure(seating: Seating | None) -> Seating:
    if seating is None:
        raise AssertionError("a run is put back only where it was taken from")
    return seating
