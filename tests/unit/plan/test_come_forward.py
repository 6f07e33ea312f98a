"""What waits comes forward when others end or begin early, however many wait and however little effort is allowed."""

from dataclasses import replace

import pytest

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Window
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import Effort
from jobtree.model.run import Funding
from jobtree.plan.construct import build
from jobtree.plan.insert import Recipe
from jobtree.plan.promise import keep_promises
from tests.laws.baseline_worlds import after
from tests.laws.test_price_laws import parts
from tests.unit.plan.fleets import HOUR, NOW, budget, catalog, decisions, nodes, plan, run


def queue(count: int, effort: Effort) -> Catalog:
    """One node, a run of 40 hours that came first, and runs of 2 hours that all need the whole node."""
    runs = [run("long", 8, 40, admitted=Instant(NOW - 99))]
    runs += [run(f"w{number:02}", 8, 2, admitted=Instant(NOW - 98 + number)) for number in range(count)]
    fleet = catalog(nodes(1), [budget("t", 8)], runs)
    return replace(fleet, fleet=replace(fleet.fleet, solver=replace(fleet.fleet.solver, effort=effort)))


@pytest.mark.parametrize("effort", [Effort.QUICK, Effort.NORMAL])
@pytest.mark.parametrize("count", [2, 66])
def test_a_promised_run_does_not_wait_beside_an_idle_node(count: int, effort: Effort) -> None:
    fleet = queue(count, effort)
    first = plan(fleet)
    begun = [name for name, found in decisions(first).items() if found[0] == "start"]
    later = Instant(NOW + HOUR)
    again = plan(fleet, after(fleet, first, later, [Key("t", name) for name in begun]), as_of=later)
    assert [found[1] for found in decisions(again).values() if found[0] == "start"] == [0]


def test_a_place_is_taken_that_others_leave_to_begin_unfunded() -> None:
    """The budget opens in 2 hours; until then one run begins unfunded, and leaves its 4 hours after that."""
    idle = run("idle", 8, 4, funding=Funding(allow_opportunistic=True))
    opens = Window(Instant(NOW + 2 * HOUR), None)
    fleet = catalog(nodes(1), [budget("t", 8, window=opens)], [idle, run("paid", 8, 2)])
    ((part, measure),) = parts(fleet)
    order = tuple(sorted(part.units, key=lambda unit: unit.key))
    _, draft = build(part, keep_promises(part), Recipe(order=order), measure)
    starts = {key.name: (seating.start - NOW) // HOUR for key, seating in draft.seatings.items()}
    assert starts == {"idle": 0, "paid": 4}
