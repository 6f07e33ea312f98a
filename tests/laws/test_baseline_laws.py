"""Laws of the queue policies: what each promises in the literature, and jobtree's rules of budgets and places."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant
from jobtree.base.progress import Silent
from jobtree.ledger.lives import lives
from jobtree.model.catalog import Catalog
from jobtree.model.plan import Plan, Reserve, Start
from jobtree.plan.carry import leases_of
from jobtree.plan.lone import suitable_sites
from jobtree.plan.situation import pending, situation
from jobtree.plan.solve import parts_of
from jobtree.resolve.ground import Ground
from jobtree.simulate.baselines.backfill import conservative, easy, fcfs
from tests.laws.baseline_worlds import after, begun, ground_of, of_one_purse, plain, queues, starts
from tests.laws.plan_audit import faults
from tests.unit.plan.fleets import HOUR, NOW

QUIET = Silent()
LATER = Instant(NOW + HOUR)
Policy = Callable[[Ground, Silent], Plan]


@pytest.mark.parametrize("policy", [fcfs, easy, conservative])
@settings(max_examples=40)
@given(fleet=queues())
def test_a_plan_of_a_queue_policy_breaks_no_law(policy: Policy, fleet: Catalog) -> None:
    assert faults(fleet, policy(ground_of(fleet), QUIET)) == []


@settings(max_examples=80)
@given(queues())
def test_first_come_first_served_never_starts_one_before_an_earlier_one(fleet: Catalog) -> None:
    """In a part of the fleet, after one that could be paid for now; and of an owner, after one that could not."""
    fleet = plain(fleet)
    ground = before = ground_of(fleet)
    made = fcfs(ground, QUIET)
    plans, part_of = {one.run: one for one in made.runs}, _parts(fleet)
    blocked: set[int] = set()
    held: set[Owner] = set()
    for run in sorted(fleet.runs, key=lambda run: run.rank):
        decision, offers = plans[run.key].decision, ground.coverages[run.key].offers
        if isinstance(decision, Start):
            assert part_of[run.key] not in blocked
            assert run.owner not in held
            before = before.with_start(run, leases_of(run.key, run.owner, decision.placement))
        elif plans[run.key].reason.code == "JT511" and any(offer.window.holds(NOW) for offer in offers):
            lone = before.lone(run, ground.coverages[run.key], suitable_sites(fleet, run))
            if not lone.pays(NOW):
                held.add(run.owner)
            elif run.owner not in held:
                blocked.add(part_of[run.key])


def _parts(fleet: Catalog) -> dict[Key, int]:
    """The part of the fleet that each run is planned in."""
    ground = ground_of(fleet)
    facts = situation(fleet, ground.history, ground.books(), as_of=NOW)
    parts = parts_of(fleet, facts, pending(fleet, facts), ground.coverages)
    return {key: number for number, part in enumerate(parts) for key in part.demands}


@settings(max_examples=60)
@given(queues())
def test_first_come_first_served_promises_nothing(fleet: Catalog) -> None:
    made = fcfs(ground_of(fleet), QUIET)
    assert not any(isinstance(one.decision, Reserve) for one in made.runs)


@pytest.mark.parametrize("policy", [easy, conservative])
@settings(max_examples=60)
@given(fleet=queues(), data=st.data())
def test_a_reservation_never_slips_when_runs_end_early(policy: Policy, fleet: Catalog, data: st.DataObject) -> None:
    """The head of EASY and everybody of conservative backfill: what came later delays nobody.

    Where an owner has one envelope: a promise fixes an instant and nodes, and not who pays.
    """
    fleet = of_one_purse(fleet)
    first = policy(ground_of(fleet), QUIET)
    over = [run for run in sorted(begun(first)) if data.draw(st.booleans())]
    history = after(fleet, first, LATER, over)
    again = policy(ground_of(fleet, history, LATER), QUIET)
    promised = {
        one.run: one.decision.placement.interval.start for one in first.runs if isinstance(one.decision, Reserve)
    }
    for run, instant in promised.items():
        assert starts(again)[run] <= max(instant, LATER)


@settings(max_examples=60)
@given(queues())
def test_conservative_backfill_starts_what_easy_reserves_no_later_than_easy_would(fleet: Catalog) -> None:
    """The first in the queue has nobody before it: both give it the same instant."""
    fleet = plain(fleet)
    careful, bold = conservative(ground_of(fleet), QUIET), easy(ground_of(fleet), QUIET)
    head = min((run for run in fleet.runs), key=lambda run: run.rank)
    if head.key in starts(bold):
        assert starts(careful)[head.key] == starts(bold)[head.key]


@settings(max_examples=40)
@given(queues())
def test_easy_starts_now_whatever_fits_beside_the_reservations(fleet: Catalog) -> None:
    """It is greedy: what first come first served starts before its head stands, EASY starts too."""
    fleet = plain(fleet)
    assert begun(fcfs(ground_of(fleet), QUIET)) <= begun(easy(ground_of(fleet), QUIET))


@pytest.mark.parametrize("policy", [fcfs, easy, conservative])
@settings(max_examples=30)
@given(fleet=queues())
def test_what_has_started_goes_on(policy: Policy, fleet: Catalog) -> None:
    first = policy(ground_of(fleet), QUIET)
    history = after(fleet, first, NOW)
    again = policy(ground_of(fleet, history), QUIET)
    assert begun(first) <= set(lives(history))
    assert again.cuts == ()
    assert {one.run for one in again.runs} == {run.key for run in fleet.runs}
