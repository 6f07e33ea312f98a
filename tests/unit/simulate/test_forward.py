"""The ledger brought forward costs what it cost, whatever was in it."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant, Interval, Window
from jobtree.ledger.books import drawn_up
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.lease import ClosedLease, Closure, ClosureReason, Lease, LeaseReason, Payer, Role
from jobtree.simulate.forward import brought_forward
from tests.unit.plan.fleets import HOUR, NOW, budget, catalog, nodes

OPENS = Instant(NOW - 20 * HOUR)


def fleet() -> Catalog:
    window = Window(OPENS, None)
    first = budget("a", 8, max_gpu_seconds=500 * HOUR, window=window)
    second = replace(budget("b", 8, max_gpu_seconds=500 * HOUR), parents=(Owner("org:a"),))
    return catalog(nodes(2), [first, second], [])


@st.composite
def closed(draw: st.DrawFn) -> ClosedLease:
    """Held at most until now, by one of two teams, paid by one of two: some of it from before a window."""
    payer, owner = draw(st.sampled_from("ab")), draw(st.sampled_from("ab"))
    start = draw(st.integers(NOW - 30 * HOUR, NOW - 1))
    end = draw(st.integers(start, NOW))
    envelope = next(iter(one for one in fleet().envelopes.values() if one.owner == f"org:{payer}"))
    lease = Lease(
        run=Key(owner, f"r{draw(st.integers(0, 3))}"),
        owner=Owner(f"org:{owner}"),
        group=0,
        rank=0,
        role=draw(st.sampled_from([Role.ACTIVE, Role.ACTIVE, Role.SPARE])),
        node="c-A-00",
        slots=tuple(range(draw(st.integers(1, 8)))),
        payer=Payer(envelope=envelope.key, owner=envelope.owner),
        interval=Interval(Instant(start), Instant(end + draw(st.integers(0, HOUR)))),
        reason=LeaseReason.START,
    )
    return ClosedLease(lease=lease, closure=Closure(time=Instant(end), reason=ClosureReason.COMPLETED))


def spent(past: tuple[ClosedLease, ...]) -> dict[str, tuple[int, int]]:
    books = drawn_up(fleet(), History(past=past), as_of=NOW).books()
    return {str(label): (usage.spent, usage.committed) for label, usage in books.usage.items()}


@settings(max_examples=200)
@given(st.lists(closed(), max_size=12))
def test_a_balance_costs_what_its_leases_cost(past: list[ClosedLease]) -> None:
    after = brought_forward(fleet(), past)
    assert spent(tuple(past)) == spent(after)
    assert spent(brought_forward(fleet(), after)) == spent(after)


def test_many_leases_become_two() -> None:
    past = [
        ClosedLease(
            lease=replace(_one(), interval=Interval(OPENS, Instant(OPENS + seconds))),
            closure=Closure(time=Instant(OPENS + seconds), reason=ClosureReason.COMPLETED),
        )
        for seconds in range(100, 140)
    ]
    after = brought_forward(fleet(), past)
    assert len(after) == 2
    assert sum(len(one.lease.slots) * one.held.seconds for one in after) == sum(range(100, 140))
    assert max(one.closure.time for one in after) <= NOW


def _one() -> Lease:
    envelope = next(iter(fleet().envelopes.values()))
    return Lease(
        run=Key("a", "r"),
        owner=Owner("org:a"),
        group=0,
        rank=0,
        role=Role.ACTIVE,
        node="c-A-00",
        slots=(0,),
        payer=Payer(envelope=envelope.key, owner=envelope.owner),
        interval=Interval(OPENS, NOW),
        reason=LeaseReason.START,
    )
