from dataclasses import replace

import pytest

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval
from jobtree.model.lease import ClosedLease, Closure, ClosureReason, LeaseReason, Role
from jobtree.model.run import UpstreamFailure
from jobtree.runtime import desk
from jobtree.runtime.groups import Group
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
from jobtree.runtime.sweep import sweep
from jobtree.runtime.world import World, apply_all
from jobtree.runtime.writes import Close, Open
from tests.unit.runtime.built import (
    END,
    NOW,
    closures,
    elastic,
    lease,
    payer,
    run,
    settled,
    spare,
    swept,
    tenant,
    told,
    world,
)


def lose(before: World, *nodes: str) -> World:
    return observe(before, [NodeGone(node=node, at=NOW) for node in nodes])


A = run("a", 4, spares=2)
PAIR = (lease(A, "n1#0", rank=0), lease(A, "n2#0", rank=1))
SPARED = world([A], [*PAIR, spare(A, "n3#0", rank=0), spare(A, "n4#0", rank=1)])


def test_a_spare_takes_the_rank_of_the_pod_that_fell() -> None:
    writes = swept(lose(SPARED, "n2"))
    assert told(writes) == ["cordon n2", "open a/0/1 n3#0", "close a/0/s0 Swap", "close a/0/1 NodeFailure"]
    (opened,) = [write.lease for write in writes if isinstance(write, Open)]
    assert (opened.role, opened.reason, opened.payer) == (Role.ACTIVE, LeaseReason.SWAP, payer("spare-0"))
    assert opened.interval == Interval(NOW, END)


def test_a_swap_restores_every_rank_or_does_not_happen() -> None:
    one = world([A], [*PAIR, spare(A, "n3#0")])
    assert told(swept(lose(one, "n1", "n2"))) == [
        "cordon n1", "cordon n2", "close a/0/0 NodeFailure", "close a/0/1 NodeFailure", "close a/0/s0 NodeFailure",
        "requeue a",
    ]  # fmt: skip
    both = told(swept(lose(SPARED, "n1", "n2")))
    assert [line for line in both if line.startswith("open")] == ["open a/0/0 n3#0", "open a/0/1 n4#0"]


def test_a_spare_that_fell_too_promotes_nobody() -> None:
    assert "open a/0/1 n4#0" in told(swept(lose(SPARED, "n2", "n3")))
    assert told(swept(lose(SPARED, "n3"))) == ["cordon n3", "close a/0/s0 NodeFailure"]


def test_only_spares_of_its_own_group_help() -> None:
    grouped = run("g", 8, group_gpus=4, spares=1)
    pods = [lease(grouped, f"n{group}#0", group, 0) for group in (0, 1)]
    pods += [lease(grouped, f"n{group}#2", group, 1) for group in (0, 1)]
    writes = swept(lose(world([grouped], [*pods, spare(grouped, "n5#0", 1)]), "n0"))
    assert not any(isinstance(write, Open) for write in writes)
    assert told(writes)[-1] == "requeue g"


B = run("b", 4)
LODGED = world([*SPARED.runs, B], [*SPARED.leases, tenant(B, "n3#0", rank=0), tenant(B, "n5#0", rank=1)])


def test_a_spare_without_a_tenant_is_taken_first() -> None:
    assert "open a/0/1 n4#0" in told(swept(lose(LODGED, "n2")))


def test_a_tenant_ends_whole_before_the_spare_is_used() -> None:
    writes = told(swept(lose(LODGED, "n2", "n4")))
    assert writes == [
        "cordon n2", "cordon n4", "close b/0/0 ReclaimedBySpare", "close b/0/1 ReclaimedBySpare", "open a/0/1 n3#0",
        "close a/0/s0 Swap", "close a/0/1 NodeFailure", "close a/0/s1 NodeFailure", "requeue b",
    ]  # fmt: skip


FUNDED = world([*SPARED.runs, B], [*SPARED.leases, lease(B, "n3#0", rank=0), lease(B, "n5#0", rank=1)])


def test_a_tenant_that_is_paid_for_declines_the_swap() -> None:
    writes = told(swept(lose(FUNDED, "n2", "n4")))
    assert "close a/0/1 SwapDeclined" in writes
    assert not [line for line in writes if line.startswith(("open", "close b"))]
    assert "open a/0/1 n3#0" in told(swept(lose(FUNDED, "n2", "n4"), unfunded=[B.key]))


def test_a_malleable_tenant_gives_the_group_and_no_funded_one() -> None:
    host = elastic("m", 8, 4)
    base = [lease(host, "n6#0", 0, 0), lease(host, "n6#2", 0, 1)]
    top = [replace(tenant(host, "n3#0", 1, 0)), replace(tenant(host, "n7#0", 1, 1))]
    lodged = world([A, host], [*SPARED.leases, *base, *top])
    writes = told(swept(lose(lodged, "n2", "n4")))
    assert [line for line in writes if " m/" in line] == [
        "close m/1/0 ReclaimedBySpare",
        "close m/1/1 ReclaimedBySpare",
    ]
    assert "requeue m" not in writes


def malleable(groups: int, minimum: int, spares: bool = False, step: int = 4) -> World:
    one = elastic("m", 4 * groups, minimum, step, group_gpus=4, spares=1)
    leases = [lease(one, f"n{group}#{2 * rank}", group, rank) for group in range(groups) for rank in (0, 1)]
    standby = [spare(one, f"s{group}#0", group) for group in range(groups)] if spares else []
    return world([one], [*leases, *standby])


def test_a_malleable_run_shrinks_by_the_whole_group() -> None:
    wide = malleable(3, 4)
    after = settled(lose(wide, "n1"))
    assert closures(after) == [("m/1/0", ClosureReason.NODE_FAILURE), ("m/1/1", ClosureReason.NODE_FAILURE)]
    assert sorted({one.group for one in after.leases}) == [0, 2]


def test_the_healthy_rest_of_a_group_shrinks_with_it() -> None:
    one = elastic("m", 8, 4)
    pods = [lease(one, place, group, rank) for place, group, rank in
            (("n0#0", 0, 0), ("n0#2", 0, 1), ("n1#0", 1, 0), ("n2#0", 1, 1))]  # fmt: skip
    standby = [spare(one, "n4#0", 1, 0), spare(one, "n1#2", 1, 1)]
    assert closures(settled(lose(world([one], [*pods, *standby]), "n1", "n4"))) == [
        ("m/1/0", ClosureReason.NODE_FAILURE), ("m/1/1", ClosureReason.SHRINK),
        ("m/1/s0", ClosureReason.NODE_FAILURE), ("m/1/s1", ClosureReason.NODE_FAILURE),
    ]  # fmt: skip


def test_a_run_that_would_fall_below_its_minimum_is_requeued_whole() -> None:
    after = settled(lose(malleable(2, 8), "n1"))
    assert after.leases == ()
    assert after.pending == (Key("t", "m"),)
    assert {reason for _, reason in closures(after)} == {ClosureReason.NODE_FAILURE}


def test_the_width_stays_on_the_grid() -> None:
    after = settled(lose(malleable(6, 8, step=8), "n0"))
    assert sorted({one.group for one in after.leases}) == [1, 2, 3, 4]
    assert ("m/5/0", ClosureReason.SHRINK) in closures(after)


def test_nobody_is_evicted_for_a_run_that_is_lost_anyway() -> None:
    one = run("a", 8, group_gpus=4, spares=1)
    pods = [lease(one, f"n{group}#{2 * rank}", group, rank) for group in (0, 1) for rank in (0, 1)]
    guest = tenant(run("b", 2), "s0#0")
    lodged = world([one, run("b", 2)], [*pods, spare(one, "s0#0", 0), spare(one, "s0#2", 0, 1), guest])
    after = settled(lose(lodged, "n0", "n1"))
    assert after.leases == (guest,)


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (WorkloadCompleted(run=A.key, at=Instant(90)), ClosureReason.COMPLETED),
        (WorkloadFailed(run=A.key, at=Instant(90)), ClosureReason.WORKLOAD_FAILED),
        (RunDeleted(run=A.key, at=Instant(90)), ClosureReason.RUN_DELETED),
    ],
    ids=["completed", "failed", "deleted"],
)
def test_a_run_that_is_over_holds_no_lease(seen: WorkloadCompleted, reason: ClosureReason) -> None:
    after = settled(observe(lose(SPARED, "n2"), [seen]))
    assert after.leases == after.pending == ()
    assert {one.closure for one in after.closed} == {Closure(time=Instant(90), reason=reason)}


def test_a_run_that_is_unknown_was_deleted() -> None:
    after = settled(replace(SPARED, runs=()))
    assert {one.closure.reason for one in after.closed} == {ClosureReason.RUN_DELETED}


def test_what_is_not_ready_or_cordoned_is_not_dead() -> None:
    seen = [NodeNotReady(node="n1", at=NOW), NodeCordoned(node="n2", at=NOW)]
    assert swept(observe(SPARED, seen)) == ()


def test_the_taint_is_death() -> None:
    assert told(swept(observe(SPARED, [NodeOutOfService(node="n2", at=NOW)])))[0] == "cordon n2"


def test_a_node_that_returns_stays_cordoned_until_somebody_uncordons_it() -> None:
    after = settled(lose(SPARED, "n2"))
    back = observe(after, [NodeBack(node="n2", at=Instant(NOW + 1))])
    assert (back.lost, back.cordoned) == ((), ("n2",))
    assert swept(back) == ()
    assert back.closed == after.closed
    assert observe(back, [NodeUncordoned(node="n2", at=Instant(NOW + 2))]).cordoned == ()


def test_a_node_that_is_lost_again_is_dealt_with_again() -> None:
    back = observe(settled(lose(SPARED, "n2")), [NodeBack(node="n2", at=Instant(NOW + 1))])
    again = observe(back, [NodeGone(node="n3", at=Instant(NOW + 2))])
    assert "open a/0/1 n4#0" in told(swept(again, Instant(NOW + 2)))


def test_renewals_of_a_spare_keep_their_payers() -> None:
    middle = Instant(500)
    first = spare(A, "n3#0", interval=Interval(Instant(0), middle))
    then = replace(first, interval=Interval(middle, END), payer=payer("next"), reason=LeaseReason.RENEW)
    before = lose(world([A], [*PAIR, first, then]), "n2")
    after = settled(before)
    (now, later) = [one for one in after.leases if one.rank == 1]
    assert (now.interval, now.payer, now.reason) == (Interval(NOW, middle), first.payer, LeaseReason.SWAP)
    assert (later.interval, later.payer, later.reason) == (Interval(middle, END), payer("next"), LeaseReason.RENEW)
    assert not [one for one in after.leases if one.role is Role.SPARE]
    writes = swept(before)
    for cut in range(len(writes)):
        assert settled(apply_all(before, writes[:cut])).leases == after.leases


def test_growth_that_was_broken_off_is_given_back() -> None:
    wide = malleable(2, 4)
    (one,) = wide.runs
    half = lease(one, "n9#0", 2, 0, reason=LeaseReason.GROW)
    after = settled(world([one], [*wide.leases, half]))
    assert closures(after) == [("m/2/0", ClosureReason.SHRINK)]


def test_a_cut_that_was_broken_off_is_finished_for_its_own_reason() -> None:
    drawn = Closure(time=NOW, reason=ClosureReason.RANDOM_PREEMPT, seed="abc")
    before = apply_all(malleable(2, 4, spares=True), [Close(lease=malleable(2, 4).leases[2], closure=drawn)])
    after = settled(before)
    assert {(one.lease.group, str(one.closure)) for one in after.closed} == {(1, "RandomPreempt(abc)")}
    assert {one.group for one in after.leases} == {0}
    fixed = apply_all(SPARED, [Close(lease=PAIR[0], closure=drawn)])
    assert {str(one.closure) for one in settled(fixed).closed} == {"RandomPreempt(abc)"}


def test_without_its_mark_a_group_that_is_given_up_would_be_revived(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = Closure(time=NOW, reason=ClosureReason.RANDOM_PREEMPT, seed="abc")
    before = apply_all(SPARED, [Close(lease=PAIR[0], closure=drawn)])
    monkeypatch.setattr(Group, "given_up", property(lambda _: None))
    assert [line for line in told(swept(before)) if line.startswith("open")] == ["open a/0/0 n3#0"]


def restarted() -> World:
    """Two incarnations: the first had a third pod, and renewals that lay ahead when it was requeued."""
    first = [replace(one, interval=Interval(Instant(0), Instant(50))) for one in PAIR]
    ahead = [replace(one, interval=Interval(Instant(50), END), reason=LeaseReason.RENEW, rank=5) for one in PAIR]
    again = [replace(one, interval=Interval(Instant(20), END)) for one in PAIR]
    over = Closure(time=Instant(10), reason=ClosureReason.NODE_FAILURE)
    closed = tuple(ClosedLease(lease=one, closure=over) for one in [*first, *ahead])
    return world([A], again, closed=closed)


def test_an_earlier_incarnation_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    assert swept(restarted()) == ()
    monkeypatch.setattr(desk, "incarnation", lambda _, closed: tuple(closed))
    assert "requeue a" in told(swept(restarted()))


def test_an_ending_that_was_broken_off_is_finished() -> None:
    done = Closure(time=NOW, reason=ClosureReason.COMPLETED)
    after = settled(apply_all(SPARED, [Close(lease=PAIR[0], closure=done)]))
    assert after.leases == after.pending == ()


def test_followers_of_a_failed_upstream_fail_in_the_same_sweep() -> None:
    chain = [
        run("b", after=(A.key,), on_upstream_failure=UpstreamFailure.FAIL),
        run("c", after=(Key("t", "b"),), on_upstream_failure=UpstreamFailure.FAIL),
        run("d", after=(A.key,), upstream_failure_grace=60),
    ]
    failed = observe(world([A, *chain], PAIR), [WorkloadFailed(run=A.key, at=NOW)])
    assert told(swept(failed))[-2:] == ["fail b for a", "fail c for b"]
    assert told(swept(settled(failed), Instant(NOW + 59))) == []
    assert told(swept(settled(failed), Instant(NOW + 60))) == ["fail d for a"]


def test_a_swap_late_in_a_lease_lasts_a_second_at_least() -> None:
    after = settled(lose(SPARED, "n2"), Instant(END + 5))
    (opened,) = [one for one in after.leases if one.reason is LeaseReason.SWAP]
    assert opened.interval == Interval(Instant(END + 5), Instant(END + 6))


def test_without_classes_nobody_is_ended_who_has_a_payer() -> None:
    before = lose(FUNDED, "n2", "n4")
    assert "close a/0/1 SwapDeclined" in told(sweep(before, NOW, {}))
