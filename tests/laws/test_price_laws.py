"""Laws of prices and of the guide (semantics.md 7): any prices bound any plan, and no plan is worse than backfill."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from jobtree.base.identity import EnvelopeKey
from jobtree.base.instant import Instant, Window
from jobtree.base.quantity import GpuSeconds
from jobtree.cover.cover import cover_all
from jobtree.ledger.books import open_books
from jobtree.model.budget import PreActivation
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import Planning
from jobtree.model.history import History
from jobtree.plan import market, prices
from jobtree.plan.component import Component
from jobtree.plan.construct import build
from jobtree.plan.fit import Widths
from jobtree.plan.haggle import best_prices
from jobtree.plan.insert import Recipe
from jobtree.plan.levels import WAIT, Yardstick
from jobtree.plan.market import Market, market_of
from jobtree.plan.prices import Prices, Pricing
from jobtree.plan.promise import keep_promises
from jobtree.plan.search import search
from jobtree.plan.situation import pending, situation
from jobtree.plan.sketch import Sketch
from jobtree.plan.solve import parts_of, yardstick
from tests.laws.plan_audit import wait
from tests.laws.plan_fleets import fleets
from tests.unit.plan.fleets import HOUR, NOW, budget, catalog, envelope, nodes, plan, run


def parts(fleet: Catalog) -> Iterator[tuple[Component, Yardstick]]:
    """The components of a fleet without a past."""
    coverages = cover_all(fleet, as_of=NOW)
    facts = situation(fleet, History(), open_books(fleet, History(), as_of=NOW), as_of=NOW)
    for part in parts_of(fleet, facts, pending(fleet, facts), coverages):
        yield part, yardstick(fleet, facts)


def backfilled(part: Component, measure: Yardstick) -> int:
    """The wait of conservative backfill: by rank, each at its earliest instant, as wide as fits."""
    order = tuple(sorted(part.units, key=lambda unit: min(run.rank for run in unit.runs)))
    return build(part, keep_promises(part), Recipe(order=order, widths=Widths.WIDEST), measure)[0][WAIT]


def arbitrary(found: Market, drawn: Sequence[int]) -> Prices:
    """Prices that fall from row to row and slot to slot as the numbers say."""
    tables = []
    for shape in (found.supply.shape, found.headroom.shape, found.budget.shape):
        size = int(np.prod(shape))
        tables.append(np.array([drawn[at % len(drawn)] for at in range(size)], np.int64).reshape(shape))
    return Prices(supply=tables[0], headroom=tables[1], budget=tables[2])


def any_prices_bound_any_plan(fleet: Catalog, drawn: Sequence[int]) -> None:
    found = list(parts(fleet))
    replies = [
        Pricing(where).reply(arbitrary(where, drawn)).bound
        for part, _ in found
        for where in [market_of(part, starts=[HOUR, 24 * HOUR])]
    ]
    assert sum(replies) <= wait(fleet, plan(fleet))
    assert sum(replies) <= sum(backfilled(part, measure) for part, measure in found)


DRAWN = st.lists(st.integers(0, 40 * HOUR), min_size=1, max_size=40)


@settings(max_examples=100)
@given(fleets(), DRAWN)
def test_any_prices_bound_any_plan(fleet: Catalog, drawn: Sequence[int]) -> None:
    any_prices_bound_any_plan(fleet, drawn)


@settings(max_examples=100)
@given(fleets(most=12))
def test_no_plan_waits_longer_than_conservative_backfill(fleet: Catalog) -> None:
    assert wait(fleet, plan(fleet)) <= sum(backfilled(part, measure) for part, measure in parts(fleet))


@settings(max_examples=40)
@given(fleets())
def test_haggling_ends_where_nothing_changes_the_bound_twice(fleet: Catalog) -> None:
    for part, measure in parts(fleet):
        where = market_of(part, starts=[HOUR, 24 * HOUR])
        one, two = (best_prices(where, target=backfilled(part, measure), rounds=20) for _ in range(2))
        assert one.reply.bound == two.reply.bound == Pricing(where).reply(one.prices).bound
        assert one.reply.bound >= Pricing(where).reply(arbitrary(where, [0])).bound


@settings(max_examples=40)
@given(fleets(most=10), st.integers(0, 30))
def test_a_sketch_never_takes_more_than_there_is(fleet: Catalog, rounds: int) -> None:
    for part, _ in parts(fleet):
        sketch = Sketch(part, keep_promises(part))
        before = sketch.free.copy(), sketch.head.copy(), sketch.left.copy()
        orders = [list(range(len(sketch.units)))]
        (berths,) = search(sketch, orders, rounds=rounds)
        assert [berths] == search(Sketch(part, keep_promises(part)), orders, rounds=rounds)
        for at in range(len(sketch.pieces)):
            sketch.remove(at)
        assert all(np.array_equal(a, b) for a, b in zip(before[:2], (sketch.free, sketch.head), strict=True))
        assert np.array_equal(sketch.left, before[2])
        for at, berth in enumerate(berths):
            sketch.put(at, berth)
        assert int(sketch.free.min(initial=0)) >= min(0, int(before[0].min(initial=0)))
        assert int(sketch.head.min(initial=0)) >= min(0, int(before[1].min(initial=0)))


def spared() -> tuple[Catalog, list[int]]:
    """A run of 8 GPUs with 8 to spare, and a budget of 10 GPU-hours for its hour: spares count a quarter."""
    holder = replace(run("a", 8, 1, gpus_per_pod=8), spares=1, group_gpus=8)
    owner = budget("t", 16)
    tight = replace(owner.envelopes[0], max_gpu_seconds=GpuSeconds(10 * HOUR))
    return catalog(nodes(2), [replace(owner, envelopes=(tight,))], [holder]), [HOUR]


def test_a_budget_is_charged_a_quarter_for_spares(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet, drawn = spared()
    assert wait(fleet, plan(fleet)) == 0
    any_prices_bound_any_plan(fleet, drawn)
    ((part, _),) = parts(fleet)
    dear = market_of(part, starts=[HOUR])
    prices_of = Prices(supply=0 * dear.supply, headroom=0 * dear.headroom, budget=np.full_like(dear.budget, HOUR))
    assert Pricing(dear).reply(prices_of).bound <= 0
    monkeypatch.setattr(market, "_charged", lambda demand: True)
    assert Pricing(market_of(part, starts=[HOUR])).reply(prices_of).bound > 0


def test_spares_may_have_another_payer_than_the_pods_that_work() -> None:
    """One envelope pays for what works, another, of two GPU-hours, for the spare: together that costs what is there."""
    holder = replace(run("a", 8, 1, gpus_per_pod=8), spares=1, group_gpus=8)
    own = replace(envelope("t", 8), max_gpu_seconds=GpuSeconds(2 * HOUR))
    other = replace(own, key=EnvelopeKey("t", "budget", "other"), max_gpu_seconds=None)
    fleet = catalog(nodes(2), [replace(budget("t", 8), envelopes=(own, other))], [holder])
    assert wait(fleet, plan(fleet)) == 0
    ((part, _),) = parts(fleet)
    where = market_of(part, starts=[0])
    rows = {str(label): row for label, row in part.rows.items()}
    headroom, charged = 0 * where.headroom, 0 * where.budget
    headroom[rows["envelope t/budget/other"], where.bounds[:-1] < HOUR] = 1_000
    charged[rows["envelope t/budget/env"]] = 2_000
    assert Pricing(where).reply(Prices(supply=0 * where.supply, headroom=headroom, budget=charged)).bound <= 0


def early() -> Catalog:
    """A run that is over before the window of the envelope that carries it opens: none of its two hours is charged."""
    pays = envelope(
        "t",
        8,
        max_gpu_seconds=GpuSeconds(HOUR),
        window=Window(Instant(NOW + 3 * HOUR), None),
        pre_activation=PreActivation(allow_admission=True),
    )
    return catalog(nodes(1), [replace(budget("t", 8), envelopes=(pays,))], [run("a", 8, 2)])


def test_hours_before_a_window_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wait(early(), plan(early())) == 0
    ((part, _),) = parts(early())

    def bound() -> int:
        where = market_of(part, starts=[0])
        charged = np.full_like(where.budget, 50_000)
        return Pricing(where).reply(Prices(supply=0 * where.supply, headroom=0 * where.headroom, budget=charged)).bound

    assert bound() <= 0
    monkeypatch.setattr(market, "_within", lambda window, bounds, now: np.ones(len(bounds) - 1, np.bool_))
    assert bound() > 0


def test_a_run_as_long_as_the_horizon_may_still_be_cheaper_than_to_wait() -> None:
    """Prices cumulate to some 10^13 for it: that is no sign that it cannot start."""
    long = 40 * 24
    fleet = catalog(nodes(1), [budget("t", 8)], [run("a", 8, long)], planning=Planning(horizon=long * HOUR))
    assert wait(fleet, plan(fleet)) == 0
    ((part, _),) = parts(fleet)
    where = market_of(part, starts=[0])
    dear = np.full_like(where.supply, long * HOUR * 3 // 4)
    reply = Pricing(where).reply(Prices(supply=dear, headroom=0 * where.headroom, budget=0 * where.budget))
    assert reply.start.tolist() == [0]
    assert reply.bound <= 0


CONTROLS = {
    "supply forgotten": (prices, "worth", lambda price, there: 0),
    "late starts forgotten": (market, "_latest", lambda demand: -1),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_without_its_guard_the_bound_is_wrong(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, guard, instead = CONTROLS[name]
    monkeypatch.setattr(module, guard, instead)

    @settings(max_examples=400, phases=(Phase.generate,), database=None, report_multiple_bugs=False)
    @given(fleets(), DRAWN)
    def look(fleet: Catalog, drawn: Sequence[int]) -> None:
        any_prices_bound_any_plan(fleet, drawn)

    with pytest.raises(AssertionError):
        look()
