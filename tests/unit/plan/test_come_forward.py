"""What was promised comes forward when runs end early, however many wait and however little effort is allowed."""

from dataclasses import replace

import pytest

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import Effort
from tests.laws.baseline_worlds import after
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
