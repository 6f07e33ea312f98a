"""Two hundred fleet-days with faults: every invariant of semantics.md 11 holds after every compile of them.

``python bench/fleet_days.py`` does the same for as many seeds as one likes. A seed that fails replays its day.
"""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from jobtree.base.instant import Instant
from jobtree.base.progress import Silent
from jobtree.plan.executor import InOrder
from jobtree.resolve.decide import decide
from jobtree.simulate.invariants import Invariants
from jobtree.simulate.moment import Watchers
from jobtree.simulate.roll import Means, simulate
from jobtree.simulate.thorough import Thorough
from tests.fleet_days import Unsolved, Way, cheaply, fleet_day, morning, roll

HOURS = 3_600
BATCH, BATCHES = 20, 10
REPLAYED = {
    10: "a run was started in a hole that ended after its deadline",
    16: "the checker counted a claim with spares as if they could sit anywhere",
    1007: "a run that was requeued was promised hours that it had used already",
    1046: "the checker took nodes that nobody pays for to hold a run",
    3034: "the checker took a cut for a spare's room to be in vain",
    7055: "an owner's recall made a claim of family that was promised beside it push out what family ran",
    7115: "a run with a contended reservation began without the partner that named it since",
    10232: "the checker took a run to come first for nothing, where unfunded work found another place",
    11299: "the checker held that a bound of nothing was too much",
    11469: "a run that nobody paid for grew on a budget, and others grew on the same",
    15099: "a set was counted with its guest on a spare of its own, which ended with the spare",
}
"""Days that found a fault once, and which."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    cheaply(monkeypatch)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_fleet_day_breaks_an_invariant(batch: int) -> None:
    """On values and on files: both must decide the same, and the checker looks at every tree."""
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        roll(fleet_day(seed, every=6 * HOURS), Way.BOTH)


@pytest.mark.parametrize("seed", REPLAYED, ids=str)
def test_a_day_that_failed_once_is_fine(seed: int) -> None:
    roll(fleet_day(seed), Way.FILES)


@pytest.mark.parametrize("seed", range(0, 200, 20))
def test_a_day_may_be_taken_up_in_the_middle(seed: int) -> None:
    """What stands at noon goes on: leases, promises and the ledger, on values and on files alike."""
    day = fleet_day(seed, every=6 * HOURS)
    noon = Instant(day.scenario.since + 12 * HOURS + 60)
    left, tree, ledger = morning(day, noon)
    standing = {lease.run for lease in left.history.leases}
    afternoon = replace(day.scenario, since=noon, standing=left)
    long = Thorough(day.sources, Unsolved(), tree=tree, ledger=ledger)
    means = Means(
        solver=Unsolved(),
        executor=InOrder(),
        progress=Silent(),
        watcher=Watchers(Invariants(), long),
        digest=long.digest,
    )
    outcome = simulate(afternoon, "jobtree", long.compared(decide), means)
    began = {one.run: one.started for one in outcome.runs}
    assert all(began[run] is not None and began[run] < noon for run in standing if run in began)


def test_a_seed_gives_the_same_outcome_whatever_the_hash_seed() -> None:
    code = (
        "import pytest; from tests.fleet_days import *\n"
        "with pytest.MonkeyPatch.context() as patch:\n"
        "    cheaply(patch); print(roll(fleet_day(20, every=6 * 3600), Way.VALUES))"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1]
    assert b"Outcome(" in told[0]
