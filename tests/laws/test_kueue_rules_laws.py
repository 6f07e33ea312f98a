"""Laws of the Kueue-rules model: quotas of cohorts, limits of borrowing, and who is preempted."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant
from jobtree.base.progress import Silent
from jobtree.ledger.lives import State, lives
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.lease import ClosureReason, Lease
from jobtree.model.plan import Plan, Refuse
from jobtree.plan.carry import open_leases
from jobtree.simulate.baselines.kueue import kueue
from jobtree.simulate.baselines.kueue_cycle import Settings
from tests.laws.baseline_worlds import after, begun, cohorts, ground_of
from tests.laws.plan_audit import faults
from tests.unit.plan.fleets import HOUR, NOW, catalog

QUIET = Silent()
FAMILY = ("org:p", "org:q", "org:s")
PHYSICAL = (
    "slot",
    "decision",
    "one-cluster",
    "one-domain",
    "group-whole",
    "gang-whole",
    "node-match",
    "pod-size",
    "width",
)


def settings_of() -> st.SearchStrategy[Settings]:
    return st.builds(
        Settings,
        strict=st.booleans(),
        reclaim=st.booleans(),
        borrowing_limit=st.sampled_from([None, 0, 1, 3]),
    )


def held(leases: Iterable[Lease]) -> Mapping[Owner, int]:
    """GPUs by queue."""
    found: dict[Owner, int] = defaultdict(int)
    for lease in leases:
        assert lease.payer is not None
        assert lease.payer.owner == lease.owner
        found[lease.owner] += len(lease.slots)
    return found


def hourly(fleet: Catalog, rules: Settings, hours: int) -> list[tuple[Instant, History, Plan]]:
    """A plan each hour; runs that were not yet asked for are not yet there."""
    found, made = [], None
    for hour in range(hours):
        now = Instant(NOW + hour * HOUR)
        known = _known(fleet, now)
        history = History() if made is None else after(known, made, now)
        made = kueue(rules)(ground_of(known, history, now), QUIET)
        found.append((now, history, made))
    return found


def _known(fleet: Catalog, now: Instant) -> Catalog:
    return catalog(fleet.nodes, fleet.budgets, [run for run in fleet.runs if (run.admitted or 0) <= now])


@settings(max_examples=60)
@given(cohorts(), settings_of())
def test_no_gpu_is_given_twice_and_gangs_are_whole(fleet: Catalog, rules: Settings) -> None:
    made = kueue(rules)(ground_of(fleet), QUIET)
    assert [fault for fault in faults(fleet, made) if fault.startswith(PHYSICAL)] == []


@settings(max_examples=100)
@given(cohorts(), settings_of())
def test_quota_is_never_exceeded_and_no_more_is_borrowed_than_allowed(fleet: Catalog, rules: Settings) -> None:
    nominal = {one.owner: one.concurrency for one in fleet.envelopes.values()}
    shares = {one.owner: one.shared_with_family for one in fleet.envelopes.values()}
    for _, _, made in hourly(fleet, rules, 5):
        used = held(open_leases(made))
        assert used.get(Owner("org:x"), 0) <= nominal[Owner("org:x")]
        assert sum(used.get(Owner(one), 0) for one in FAMILY) <= sum(nominal[Owner(one)] for one in FAMILY)
        for owner, gpus in used.items():
            lent = sum(nominal[Owner(one)] for one in FAMILY if one != owner and shares[Owner(one)])
            limit = lent if rules.borrowing_limit is None else min(lent, rules.borrowing_limit)
            assert gpus <= nominal[owner] + (limit if owner in FAMILY else 0)


@settings(max_examples=150)
@given(cohorts())
def test_only_workloads_of_borrowing_queues_are_preempted_those_admitted_last_first(fleet: Catalog) -> None:
    nominal = {one.owner: one.concurrency for one in fleet.envelopes.values()}
    for now, history, made in hourly(fleet, Settings(), 5):
        before, open_before = held(history.leases), lives(history)
        for claim in dict.fromkeys(cut.claim for cut in made.cuts):
            victims = [run for cut in made.cuts if cut.claim == claim for run in cut.runs]
            owner = fleet.run_of[claim].owner
            assert claim in begun(made)
            kept = before.get(owner, 0) - sum(
                fleet.run_of[run].total_gpus
                for cut in made.cuts
                for run in cut.runs
                if fleet.run_of[run].owner == owner
            )
            assert kept + fleet.run_of[claim].total_gpus <= nominal[owner]
            assert all(fleet.run_of[run].owner in FAMILY and fleet.run_of[run].owner != owner for run in victims)
            assert all(before[fleet.run_of[run].owner] > nominal[fleet.run_of[run].owner] for run in victims)
            since = [open_before[run].start for run in victims]
            assert all(one >= other for one, other in pairwise(since))
        gone = [closed.lease.run for closed in made.closures if closed.closure.time == now]
        lost = [
            closed.lease.run
            for closed in made.closures
            if closed.closure.reason is ClosureReason.RECLAIM_UNFUNDED and closed.closure.time == now
        ]
        assert set(lost) == {run for cut in made.cuts for run in cut.runs} <= set(gone)


@settings(max_examples=100)
@given(cohorts())
def test_a_preempted_workload_is_requeued_in_its_place(fleet: Catalog) -> None:
    for now, _, made in hourly(fleet, Settings(), 5):
        for run in [run for cut in made.cuts for run in cut.runs]:
            decision = next(one.decision for one in made.runs if one.run == run)
            assert isinstance(decision, Refuse)
            assert lives(after(_known(fleet, now), made, now))[run].state is State.PENDING


@settings(max_examples=60)
@given(cohorts(), st.sampled_from([None, 0]))
def test_nobody_is_preempted_without_reclaim(fleet: Catalog, limit: int | None) -> None:
    for _, _, made in hourly(fleet, Settings(reclaim=False, borrowing_limit=limit), 4):
        assert made.cuts == ()


@settings(max_examples=80)
@given(cohorts())
def test_strict_fifo_lets_nobody_pass_within_a_queue(fleet: Catalog) -> None:
    made = kueue(Settings(strict=True, reclaim=False))(ground_of(fleet), QUIET)
    for owner in sorted({run.owner for run in fleet.runs}):
        own: Sequence[Key] = [run.key for run in sorted(fleet.runs, key=lambda run: run.rank) if run.owner == owner]
        flags = [key in begun(made) for key in own]
        assert flags == sorted(flags, reverse=True)
