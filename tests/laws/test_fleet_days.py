"""Two hundred fleet-days with faults: every invariant of semantics.md 11 holds after every compile of them.

``python bench/fleet_days.py`` does the same for as many seeds as one likes. A seed that fails replays its day.
"""

import os
import subprocess
import sys

import pytest

from tests.fleet_days import Way, cheaply, fleet_day, roll

HOURS = 3_600
BATCH, BATCHES = 20, 10
REPLAYED = {
    10: "a run was started in a hole that ended after its deadline",
    16: "the checker counted a claim with spares as if they could sit anywhere",
    1007: "a run that was requeued was promised hours that it had used already",
    1046: "the checker took nodes that nobody pays for to hold a run",
    3034: "the checker took a cut for a spare's room to be in vain",
}
"""Days that found a fault once, and which."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    cheaply(monkeypatch)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_fleet_day_breaks_an_invariant(batch: int) -> None:
    """On values; every fourth day on files as well, with the checker, which must decide the same."""
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        roll(fleet_day(seed, every=6 * HOURS), Way.BOTH if seed % 4 == 0 else Way.VALUES)


@pytest.mark.parametrize("seed", REPLAYED, ids=str)
def test_a_day_that_failed_once_is_fine(seed: int) -> None:
    roll(fleet_day(seed), Way.FILES)


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
