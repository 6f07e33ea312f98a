from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval
from jobtree.model.history import Phase
from jobtree.model.lease import ClosedLease, Closure, ClosureReason, FundingClass, LeaseReason
from jobtree.model.run import UpstreamFailure
from jobtree.runtime.observe import (
    NodeBack,
    NodeCordoned,
    NodeGone,
    NodeNotReady,
    NodeOutOfService,
    NodeUncordoned,
    RunDeleted,
    WorkloadCompleted,
    WorkloadFailed,
    observe,
)
from jobtree.runtime.shrink import voluntary_shrink
from jobtree.runtime.status import status_of
from jobtree.runtime.upstream import UpstreamFailed, upstream_failures
from jobtree.runtime.world import Ended, Ending, World, apply
from jobtree.runtime.writes import Close, Open
from tests.unit.runtime.built import NOW, elastic, lease, run, spare, world

KEYS = [Key("t", name) for name in "ab"]
INSTANTS = st.integers(0, 3).map(Instant)
ON_NODES = st.sampled_from([NodeGone, NodeOutOfService, NodeBack, NodeCordoned, NodeUncordoned, NodeNotReady])
ON_RUNS = st.sampled_from([WorkloadCompleted, WorkloadFailed, RunDeleted])
OBSERVATIONS = st.one_of(
    st.builds(lambda kind, node, at: kind(node=node, at=at), ON_NODES, st.sampled_from(["n1", "n2"]), INSTANTS),
    st.builds(lambda kind, run, at: kind(run=run, at=at), ON_RUNS, st.sampled_from(KEYS), INSTANTS),
)


@given(seen=st.lists(OBSERVATIONS, max_size=8), data=st.data())
def test_order_and_number_of_observations_do_not_matter(seen: list, data: st.DataObject) -> None:
    again = data.draw(st.permutations([*seen, *seen[:3]]))
    assert observe(World(), again) == observe(World(), seen)


A = run("a", 4)
STARTED = lease(A, "n1#0")


def closed(one, reason: ClosureReason, time: int = 50) -> ClosedLease:
    return ClosedLease(lease=one, closure=Closure(time=Instant(time), reason=reason))


def test_a_write_that_was_made_before_changes_nothing() -> None:
    over = Close(lease=STARTED, closure=Closure(time=NOW, reason=ClosureReason.COMPLETED))
    once = apply(world([A], [STARTED]), over)
    later = Close(lease=STARTED, closure=Closure(time=NOW, reason=ClosureReason.NODE_FAILURE))
    assert apply(apply(once, over), later) == once
    assert apply(once, Open(lease=STARTED)) == once


def test_status_follows_from_leases() -> None:
    assert status_of((), ()).phase is Phase.PENDING
    assert status_of((STARTED,), ()).phase is Phase.RUNNING
    ends = {
        ClosureReason.COMPLETED: Phase.COMPLETED,
        ClosureReason.WORKLOAD_FAILED: Phase.FAILED,
        ClosureReason.RUN_DELETED: None,
        ClosureReason.NODE_FAILURE: Phase.PENDING,
        ClosureReason.RANDOM_PREEMPT: Phase.PENDING,
    }
    for reason, phase in ends.items():
        assert status_of((), (closed(STARTED, reason),)).phase is phase


def test_an_incarnation_begins_with_a_start() -> None:
    again = replace(STARTED, interval=Interval(Instant(60), Instant(99)))
    grown = replace(again, group=3, interval=Interval(Instant(70), Instant(99)), reason=LeaseReason.GROW)
    old = closed(replace(STARTED, group=7), ClosureReason.NODE_FAILURE)
    state = status_of((again,), (old, closed(grown, ClosureReason.SHRINK, 80)))
    assert (state.start, state.attempts, state.highest_group) == (60, 2, 3)


def test_what_others_pay_for_is_given_back_first() -> None:
    wide = elastic("m", 16, 4)
    wide = replace(wide, elastic=replace(wide.elastic, desired=8))
    leases = [lease(wide, f"n{group}#{2 * rank}", group, rank) for group in (0, 2, 3, 5) for rank in (0, 1)]
    leases += [spare(wide, "n9#0", 2), replace(leases[-1], reason=LeaseReason.RENEW)]
    classes = {one: FundingClass.BORROWED if one.group == 2 else FundingClass.OWNED for one in leases}
    given = voluntary_shrink(wide, leases, classes, NOW)
    assert [write.lease.group for write in given] == [2, 2, 2, 5, 5, 5]
    assert {write.closure for write in given} == {Closure(time=NOW, reason=ClosureReason.SHRINK)}


def test_nothing_is_given_back_below_the_minimum_or_off_the_grid() -> None:
    leases = [lease(A, f"n{group}#{2 * rank}", group, rank) for group in range(4) for rank in (0, 1)]
    assert voluntary_shrink(A, leases, {}, NOW) == ()
    two = elastic("m", 16, 8, 8)
    assert voluntary_shrink(replace(two, elastic=replace(two.elastic, desired=12)), leases, {}, NOW) == ()
    given = voluntary_shrink(replace(two, elastic=replace(two.elastic, desired=0)), leases, {}, NOW)
    assert [write.lease.group for write in given] == [3, 3, 2, 2]


def test_a_follower_fails_now_or_after_its_grace() -> None:
    a, b = KEYS
    runs = [
        run("a"), run("b"),
        run("c", after=(a, b), on_upstream_failure=UpstreamFailure.FAIL), run("d", after=(b,)),
        run("e", after=(Key("t", "d"),), upstream_failure_grace=5), run("f", after=(a,)), run("g", after=(a,)),
    ]  # fmt: skip
    over = [
        Ended(run=a, ending=Ending.COMPLETED, at=Instant(1)),
        Ended(run=b, ending=Ending.DELETED, at=Instant(10)),
        Ended(run=Key("t", "g"), ending=Ending.FAILED, at=Instant(10)),
    ]
    assert upstream_failures(runs, over, started=()) == (
        UpstreamFailed(run=Key("t", "c"), upstream=b, at=Instant(10)),
        UpstreamFailed(run=Key("t", "d"), upstream=b, at=Instant(1810)),
        UpstreamFailed(run=Key("t", "e"), upstream=Key("t", "d"), at=Instant(1815)),
    )
    assert upstream_failures(runs, over, started=[Key("t", "c"), Key("t", "d")]) == ()
