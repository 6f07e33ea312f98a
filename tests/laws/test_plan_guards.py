"""Negative controls: switch one guard of the planner off, and see the audit name the law that it kept."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from jobtree.base.identity import EnvelopeKey, Key
from jobtree.base.instant import Instant, Window
from jobtree.model.catalog import Catalog
from jobtree.model.run import Funding, TreeQuota
from jobtree.model.selector import Selector
from jobtree.plan import component, fit, place, routes, slots
from jobtree.plan.component import Component
from jobtree.plan.demand import Demand
from jobtree.plan.place import Room
from jobtree.plan.purse import Purse
from jobtree.plan.unit import Unit
from tests.laws.plan_audit import faults
from tests.unit.plan.fleets import HOUR, NOW, budget, catalog, envelope, nodes, plan, run

Switch = Callable[[pytest.MonkeyPatch], None]


def no_concurrency(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Purse, "affords", lambda *_: 1 << 20)
    patch.setattr(fit, "_funded", lambda _, accounts: np.ones(len(accounts.times), np.bool_))


def no_seconds(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(routes, "lease_cost", lambda *_: iter(()))


def no_occupancy(patch: pytest.MonkeyPatch) -> None:
    def everything_free(demand: Demand, draft: Any, start: int, allowed: Any) -> Room:
        free = np.where(allowed, draft.sites.gpus, 0)
        return Room(sites=draft.sites, per_pod=demand.run.gpus_per_pod, free=free, allowed=allowed)

    patch.setattr(fit, "room_for", everything_free)
    patch.setattr(fit, "_roomy", lambda _, draft: np.ones(len(draft.nodes.times), np.bool_))
    patch.setattr(slots.SlotTable, "take", lambda *args: tuple(range(args[2])))


def no_upstreams(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Component, "release", lambda self, *_: self.situation.as_of)


def no_partners(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(component, "units_of", lambda runs, _links: tuple(Unit(runs=(one,), upstreams=()) for one in runs))


def no_distance_of_spares(patch: pytest.MonkeyPatch) -> None:
    honest = place._take
    patch.setattr(place, "_take", lambda left, pods, _: honest(left, pods, frozenset()))


def _changed(patch: pytest.MonkeyPatch, change: Callable[[Demand], Demand]) -> None:
    honest = component.demand
    patch.setattr(component, "demand", lambda *args, **names: change(honest(*args, **names)))


def no_deadline(patch: pytest.MonkeyPatch) -> None:
    _changed(patch, lambda one: replace(one, latest=Instant(NOW + 100 * HOUR)))


def no_selectors_of_payers(patch: pytest.MonkeyPatch) -> None:
    def everywhere(one: Demand) -> Demand:
        bids = tuple(replace(bid, nodes=np.ones_like(bid.nodes)) for bid in one.bids)
        return replace(one, bids=bids, open_nodes=one.idle_nodes)

    _changed(patch, everywhere)


def no_windows(patch: pytest.MonkeyPatch) -> None:
    def all_bids(bids: Any, interval: Any) -> Iterator[Any]:
        return (((bid, interval),) for bid in bids)

    patch.setattr(routes, "_whole", all_bids)
    patch.setattr(fit, "_funded", lambda _, accounts: np.ones(len(accounts.times), np.bool_))


def no_dues(patch: pytest.MonkeyPatch) -> None:
    _changed(patch, lambda one: replace(one, dues=()))


def no_width_grid(patch: pytest.MonkeyPatch) -> None:
    def halved(one: Demand) -> Demand:
        shapes = tuple(replace(shape, width=shape.width // 2, pods=shape.pods // 2) for shape in one.shapes)
        return replace(one, shapes=shapes)

    _changed(patch, halved)


def two(gpus: int, **changes: object) -> Catalog:
    runs = [run("a", 8, 2, gpus_per_pod=4), run("b", 8, 2, gpus_per_pod=4)]
    return catalog(nodes(2), [budget("t", gpus, **changes)], runs)


def after() -> Catalog:
    return catalog(nodes(2), [budget("t", 16)], [run("a", 8), run("b", 8, after=(Key("t", "a"),))])


def together() -> Catalog:
    return catalog(nodes(1), [budget("t", 8)], [run("a", 8), run("b", 8, together=(Key("t", "a"),))])


def spare() -> Catalog:
    one = run("a", 4, gpus_per_pod=4, spares=1, group_gpus=4)
    return catalog(nodes(2), [budget("t", 16)], [one])


def late() -> Catalog:
    runs = [run("a", 8, 4), run("b", 8, 2, deadline=Instant(NOW + 3 * HOUR))]
    return catalog(nodes(1), [budget("t", 8)], runs)


def elsewhere() -> Catalog:
    """Two envelopes, one for each domain; the run needs both."""
    here, there = (
        envelope("t", 16, key=EnvelopeKey("t", "budget", fabric), selector=Selector((("fabric.domain", fabric),)))
        for fabric in ("A", "B")
    )
    both = replace(budget("t", 16), envelopes=(here, there))
    return catalog([*nodes(1), *nodes(1, fabric="B")], [both], [run("a", 16)])


def closed() -> Catalog:
    window = Window(None, Instant(NOW + HOUR))
    return catalog(nodes(1), [budget("t", 8, window=window)], [run("a", 8, 2)])


def idle() -> Catalog:
    quota = TreeQuota(key=Key("v", "tree"), max_gpus=8, max_gpu_seconds=None)
    eager = Funding(allow_opportunistic=True)
    return catalog(nodes(2), [], [run(name, 8, team="v", funding=eager, quotas=(quota,)) for name in "ab"])


CONTROLS: tuple[tuple[Switch, Catalog, str], ...] = (
    (no_concurrency, two(8), "account"),
    (no_seconds, two(16, max_gpu_seconds=20 * HOUR), "account"),
    (no_occupancy, catalog(nodes(1), [budget("t", 16)], [run("a", 8), run("b", 8)]), "slot"),
    (no_upstreams, after(), "dependency"),
    (no_partners, together(), "co-start"),
    (no_distance_of_spares, spare(), "spare-apart"),
    (no_deadline, late(), "deadline"),
    (no_selectors_of_payers, elsewhere(), "account"),
    (no_windows, closed(), "account"),
    (no_dues, idle(), "account"),
    (no_width_grid, two(16), "width-grid"),
)


@pytest.mark.parametrize(("switch", "fleet", "law"), CONTROLS, ids=[switch.__name__ for switch, _, _ in CONTROLS])
def test_a_guard_that_is_off_is_missed(
    switch: Switch, fleet: Catalog, law: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert faults(fleet, plan(fleet)) == []
    switch(monkeypatch)
    found = faults(fleet, plan(fleet))
    assert found
    assert {fault.split()[0] for fault in found} == {law}
