"""Every policy on whole fleet-days: lost nodes, failed and deleted runs, families and loans, under the invariants."""

import pytest

from jobtree.adapters.cbc import Cbc
from jobtree.base.progress import Silent
from jobtree.plan.executor import InOrder
from jobtree.simulate.invariants import Invariants
from jobtree.simulate.moment import Watchers
from jobtree.simulate.outcome import Outcome
from jobtree.simulate.policies import OWN, POLICIES
from jobtree.simulate.roll import Means, simulate
from jobtree.simulate.violated import ViolatedError
from tests.fleet_days import fleet_day

OTHERS = tuple(name for name in POLICIES if name != OWN)


def rolled(name: str, seed: int, waived: frozenset[str]) -> Outcome:
    watcher = Watchers(Invariants(waived))
    means = Means(solver=Cbc(), executor=InOrder(), progress=Silent(), watcher=watcher)
    return simulate(fleet_day(seed).scenario, name, POLICIES[name], means)


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("seed", range(1, 13))
def test_a_policy_keeps_what_it_does_not_waive(name: str, seed: int) -> None:
    assert rolled(name, seed, POLICIES[name].waives).cycles > 0


def test_what_kueues_rules_waive_they_do_not_keep() -> None:
    """Else the waiver hides nothing and should go: hours and windows mean nothing to them."""
    broken = []
    for seed in range(1, 13):
        try:
            rolled("kueue-rules", seed, frozenset())
        except ViolatedError as fault:
            broken.append(str(fault))
    assert broken


@pytest.mark.parametrize("name", OTHERS)
def test_equal_scenarios_have_equal_outcomes(name: str) -> None:
    waived = POLICIES[name].waives
    assert rolled(name, 3, waived) == rolled(name, 3, waived)
