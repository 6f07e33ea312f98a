"""Each invariant is broken by hand, and the watch sees it: a plan of a fleet-day is changed before it is looked at."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from jobtree.base.instant import Instant, parse_instant
from jobtree.base.progress import Progress
from jobtree.cover.cover import cover_all
from jobtree.deciding import Left
from jobtree.load.loader import load
from jobtree.load.source import Source
from jobtree.model.lease import ClosedLease, Closure, ClosureReason, Lease, Role
from jobtree.model.plan import Plan
from jobtree.resolve.decide import decide
from jobtree.resolve.ground import Ground
from jobtree.simulate.agenda import Ends, Lost
from jobtree.simulate.invariants import Invariants
from jobtree.simulate.job import End
from jobtree.simulate.moment import Moment, Policy
from jobtree.simulate.scenario import Scenario
from jobtree.simulate.violated import ViolatedError
from tests.fleet_days import FleetDay, Way, cheaply, fleet_day, roll
from tests.worlds import NOW, crowd

Change = Callable[[Moment, Lease], Moment]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    cheaply(monkeypatch)


class Kept:
    """Keeps every moment."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []

    def begins(self, standing: Left) -> None:
        """Nothing stands."""

    def event(self, at: Instant, event: object) -> None:
        """Nothing to keep."""

    def compiled(self, moment: Moment) -> None:
        self.moments.append(moment)


@pytest.fixture(scope="module")
def moments() -> list[Moment]:
    with pytest.MonkeyPatch.context() as patch:
        cheaply(patch)
        kept = Kept()
        sources = tuple(Source(path, data) for path, data in crowd([(2, 2, 3), (1, 3, 4), (4, 1, 2)]).sources().items())
        catalog = load(sources, admissions={}).catalog
        assert catalog is not None
        since = parse_instant(NOW)
        scenario = Scenario(catalog=catalog, since=since, until=Instant(since + 10_000), every=1_800)
        roll(FleetDay(scenario=scenario, sources=sources), Way.VALUES, decide, kept)
    return kept.moments


def first_start(moments: list[Moment]) -> Moment:
    """The first compile in which a run of several pods starts, and nothing held anything before."""
    return next(one for one in moments if len(one.opened) > 1 and not one.before.history.leases)


def with_leases(moment: Moment, leases: tuple[Lease, ...]) -> Moment:
    history = replace(moment.left.history, leases=leases)
    known = frozenset(moment.before.history.leases)
    opened = tuple(lease for lease in leases if lease not in known)
    return replace(moment, left=replace(moment.left, history=history), opened=opened)


def changed(moment: Moment, lease: Lease, **to: object) -> Moment:
    leases = moment.left.history.leases
    return with_leases(moment, tuple(replace(one, **to) if one == lease else one for one in leases))  # type: ignore[arg-type]


def on_a_slot_twice(moment: Moment, lease: Lease) -> Moment:
    other = next(one for one in moment.opened if one.node == lease.node and one != lease)
    return changed(moment, lease, slots=other.slots)


def without_a_pod(moment: Moment, lease: Lease) -> Moment:
    return with_leases(moment, tuple(one for one in moment.left.history.leases if one != lease))


def of_another_size(moment: Moment, lease: Lease) -> Moment:
    node = next(one for one in moment.catalog.nodes if one.name == lease.node)
    taken = {slot for one in moment.opened if one.node == lease.node for slot in one.slots}
    free = next(slot for slot in range(node.gpus) if slot not in taken)
    return changed(moment, lease, slots=(*lease.slots, free))


def closed_unknown(moment: Moment, lease: Lease) -> Moment:
    never = replace(lease, interval=replace(lease.interval, start=Instant(moment.at - 60)))
    gone = ClosedLease(lease=never, closure=Closure(time=moment.at, reason=ClosureReason.SHRINK))
    history = replace(moment.left.history, past=(*moment.left.history.past, gone))
    plan = replace(moment.plan, closures=(*moment.plan.closures, gone))
    return replace(moment, plan=plan, left=replace(moment.left, history=history))


def forgotten_line(moment: Moment, _: Lease) -> Moment:
    before = moment.before.history
    some = ClosedLease(lease=moment.opened[0], closure=Closure(time=moment.at, reason=ClosureReason.SHRINK))
    return replace(moment, before=replace(moment.before, history=replace(before, past=(some,))))


CONTROLS: dict[str, tuple[str, Change]] = {
    "a slot has two pods": ("slot-exclusive", on_a_slot_twice),
    "a slot is not there": ("slot-exists", lambda moment, lease: changed(moment, lease, slots=(99,))),
    "a node is not there": ("slot-exists", lambda moment, lease: changed(moment, lease, node="nowhere")),
    "a pod is missing": ("gang-whole", without_a_pod),
    "a pod has another size": ("gang-whole", of_another_size),
    "nobody pays": ("one-payer", lambda moment, lease: changed(moment, lease, payer=None)),
    "a payer is somebody else's": (
        "one-payer",
        lambda moment, lease: changed(moment, lease, payer=replace(lease.payer, owner="org:x")),  # type: ignore[type-var]
    ),
    "a lease closes that was never open": ("closed-once", closed_unknown),
    "a line of the ledger is gone": ("ledger-chain", forgotten_line),
}


@pytest.mark.parametrize("control", CONTROLS)
def test_what_is_broken_is_seen(moments: list[Moment], control: str) -> None:
    invariant, change = CONTROLS[control]
    moment = first_start(moments)
    lease = next(
        one
        for one in moment.opened
        if one.role is Role.ACTIVE and sum(other.node == one.node for other in moment.opened) > 1
    )
    Invariants().compiled(moment)
    with pytest.raises(ViolatedError) as caught:
        Invariants().compiled(change(moment, lease))
    assert caught.value.invariant == invariant


def test_a_lost_node_may_hold_nothing(moments: list[Moment]) -> None:
    moment = first_start(moments)
    watch = Invariants()
    watch.event(moment.at, Lost(node=moment.opened[0].node))
    with pytest.raises(ViolatedError, match="lost-node"):
        watch.compiled(moment)


def test_a_run_that_is_over_may_hold_nothing(moments: list[Moment]) -> None:
    moment = first_start(moments)
    watch = Invariants()
    watch.event(moment.at, Ends(run=moment.opened[0].run, end=End.COMPLETED, epoch=1))
    with pytest.raises(ViolatedError, match="phase"):
        watch.compiled(moment)


def test_a_lease_may_not_vanish(moments: list[Moment]) -> None:
    """What one compile opened is gone in the next, and nothing closed it."""
    watch = Invariants()
    start = moments.index(first_start(moments))
    for moment in moments[: start + 1]:
        watch.compiled(moment)
    first, second = moments[start], moments[start + 1]
    survivor = next(one for one in second.left.history.leases if one in first.left.history.leases)
    with pytest.raises(ViolatedError, match=r"facts-kept|gang-whole|width-grid"):
        watch.compiled(without_a_pod(second, survivor))


def broken(policy: Policy) -> set[str]:
    """Which invariants a policy breaks in a few days."""
    found = set()
    for seed in range(12, 24):
        try:
            roll(fleet_day(seed, hours=12), Way.VALUES, policy)
        except ViolatedError as fault:
            found.add(fault.invariant)
    return found


def test_a_follower_may_not_start_before_its_upstream() -> None:
    """Dependencies are forgotten while deciding."""

    def careless(ground: Ground, progress: Progress) -> Plan:
        runs = tuple(replace(run, after=()) for run in ground.catalog.runs)
        return decide(replace(ground, catalog=replace(ground.catalog, runs=runs)), progress)

    assert "dependency" in broken(careless)


def test_too_many_gpus_of_an_account_are_seen() -> None:
    """Budgets are larger while deciding than they are."""

    def covering(ground: Ground, progress: Progress) -> Plan:
        budgets = tuple(
            replace(budget, envelopes=tuple(replace(one, concurrency=10 * one.concurrency) for one in budget.envelopes))
            for budget in ground.catalog.budgets
        )
        catalog = replace(ground.catalog, budgets=budgets)
        coverages = cover_all(catalog, as_of=ground.as_of)
        return decide(replace(ground, catalog=catalog, coverages=coverages), progress)

    assert "concurrency" in broken(covering)
