"""Level 1: published earliest starts do not slip while they can be kept (semantics.md 7)."""

from typing import TYPE_CHECKING

import numpy as np

from jobtree.base.instant import Instant
from jobtree.plan.arrays import Flags
from jobtree.plan.component import Component
from jobtree.plan.draft import Draft
from jobtree.plan.fit import Widths, at, seat_run
from jobtree.plan.insert import commit_unit, insert, is_seated, upstream_first
from jobtree.plan.unit import Unit

if TYPE_CHECKING:
    from jobtree.plan.seat import Seating


def promised_start(component: Component, unit: Unit) -> Instant | None:
    """The earliest instant that a run of the unit was promised, or None."""
    promises = component.situation.promises
    return min((promises[run.key].earliest_start for run in unit.runs if run.key in promises), default=None)


def keep_promises(component: Component) -> Draft:
    """The empty draft with every promised unit in it.

    First all that fit just as they were promised (instant, width, nodes), then those that fit at their instant on other
    nodes, then the rest as early as they can.
    """
    draft = component.empty.copy()
    promised = [unit for unit in component.units if promised_start(component, unit) is not None]
    promised.sort(key=lambda unit: (promised_start(component, unit), unit.key))
    ordered = upstream_first(promised)
    for unit in ordered:
        _seat_as_promised(component, draft, unit)
    for unit in ordered:
        if not is_seated(unit, draft):
            _seat_at_instant(component, draft, unit)
    for unit in ordered:
        insert(component, draft, unit, Widths.WIDEST)
    return draft


def _seat_as_promised(component: Component, draft: Draft, unit: Unit) -> None:
    start = _instant(component, draft, unit)
    seatings: list[Seating] = []
    for demand in component.demands_of(unit):
        promise = component.situation.promises.get(demand.key)
        shapes = [shape for shape in demand.shapes if promise is not None and shape.width == promise.width]
        seating = None
        is_open = bool(shapes) and bool(demand.open_nodes.any())  # a run that was resized has no such width any more
        if promise is not None and start is not None and is_open and start <= demand.latest:
            nodes = _named(component, promise.nodes)
            seating = seat_run(demand, draft, start, shapes=shapes, nodes=nodes)
        if seating is None:
            break
        draft.commit(demand, seating)
        seatings.append(seating)
    if len(seatings) < len(unit.runs):
        for demand in component.demands_of(unit)[: len(seatings)]:
            draft.remove(demand)


def _seat_at_instant(component: Component, draft: Draft, unit: Unit) -> None:
    start = _instant(component, draft, unit)
    demands = component.demands_of(unit)
    if start is not None and all(bool(demand.open_nodes.any()) for demand in demands):
        seatings = at(demands, draft, start, widths=Widths.WIDEST)
        if seatings is not None:
            commit_unit(component, draft, unit, seatings)


def _instant(component: Component, draft: Draft, unit: Unit) -> Instant | None:
    """The promised instant, if it is not past and upstreams allow it; a promise that is due means now."""
    promised, release = promised_start(component, unit), component.release(unit, draft)
    if promised is None or release is None:
        return None
    start = Instant(max(promised, component.situation.as_of))
    return start if release <= start else None


def _named(component: Component, names: tuple[str, ...]) -> Flags:
    wanted = frozenset(names)
    return np.fromiter((node.name in wanted for node in component.sites.nodes), np.bool_, len(component.sites.nodes))
