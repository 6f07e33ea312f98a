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


def rolled(name: str, seed: int, *, paid: bool) -> Outcome:
    watcher = Watchers(Invariants(paid=paid))
    means = Means(solver=Cbc(), executor=InOrder(), progress=Silent(), watcher=watcher)
    return simulate(fleet_day(seed).scenario, name, POLICIES[name], means)


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("seed", range(1, 13))
def test_a_policy_keeps_what_it_claims_to_obey(name: str, seed: int) -> None:
    assert rolled(name, seed, paid=POLICIES[name].honours_budgets).cycles > 0


def test_kueues_rules_do_not_obey_budgets() -> None:
    """Else they could be held to payments as well."""
    broken = []
    for seed in range(1, 13):
        try:
            rolled("kueue-rules", seed, paid=True)
        except ViolatedError as fault:
            broken.append(str(fault))
    assert broken


@pytest.mark.parametrize("name", OTHERS)
def test_equal_scenarios_have_equal_outcomes(name: str) -> None:
    paid = POLICIES[name].honours_budgets
    assert rolled(name, 3, paid=paid) == rolled(name, 3, paid=paid)
