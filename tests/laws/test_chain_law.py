"""Chains of windows that renew where one closes: all that there are, in order, and no search without an end."""

from collections.abc import Iterator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jobtree.base.identity import EnvelopeKey, Owner
from jobtree.base.instant import Instant, Interval, Window
from jobtree.cover.offer import Offer, Tier
from jobtree.model.lease import FundingClass, Payer
from jobtree.model.selector import Selector
from jobtree.plan.demand import Bid
from jobtree.plan.routes import MOST_CHAINS, _chains

Found = tuple[tuple[Bid, Interval], ...]


def bid(name: str, start: int | None, end: int | None) -> Bid:
    payer = Payer(owner=Owner("org:a"), envelope=EnvelopeKey("ns", "b", name))
    window = Window(None if start is None else Instant(start), None if end is None else Instant(end))
    offer = Offer(
        payer=payer, tier=Tier.OWN, funding=FundingClass.OWNED, selector=Selector(()), window=window, charges=()
    )
    return Bid(offer=offer, nodes=np.ones(1, np.bool_), charges=())


def every_chain(bids: list[Bid], rest: Interval, chain: Found = ()) -> Iterator[Found]:
    """The definition, without regard to cost."""
    for one in bids:
        end = one.offer.window.end
        if not one.offer.window.holds(rest.start):
            continue
        if end is None or end >= rest.end:
            if chain:
                yield (*chain, (one, rest))
        else:
            yield from every_chain(bids, Interval(end, rest.end), (*chain, (one, Interval(rest.start, end))))


BOUNDS = st.one_of(st.none(), st.integers(0, 8))


@given(st.lists(st.tuples(BOUNDS, BOUNDS), max_size=6))
def test_all_chains_are_found_in_order(windows: list[tuple[int | None, int | None]]) -> None:
    proper = [(a, b) for a, b in windows if a is None or b is None or a < b]
    bids = [bid(f"e{number}", *window) for number, window in enumerate(proper)]
    whole = Interval(Instant(1), Instant(7))
    assert list(_chains(bids, whole)) == list(every_chain(bids, whole))[:MOST_CHAINS]


def test_layers_that_lead_nowhere_cost_nothing() -> None:
    """Ten payers for each of forty hours, and none for the last: 10 ** 40 ways to fail."""
    bids = [bid(f"e{hour}-{one}", hour, hour + 1) for hour in range(40) for one in range(10)]
    assert _chains(bids, Interval(Instant(0), Instant(41))) == []


def test_a_chain_may_have_thousands_of_links() -> None:
    bids = [bid(f"e{hour}", hour, hour + 1) for hour in range(3_000)]
    (chain,) = _chains(bids, Interval(Instant(0), Instant(3_000)))
    assert len(chain) == 3_000
