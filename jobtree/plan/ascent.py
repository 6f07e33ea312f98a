"""Good prices to begin with: sets of rows that fall together, one set after the other (semantics.md 7).

A price that falls by one each second is right where one thing is short: then it does not matter who of all runs waits.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from jobtree.plan.arrays import Ints
from jobtree.plan.market import Market, Taste
from jobtree.plan.prices import Prices, Pricing, Reply, worth

HALVES, FINEST, FINE = 12, 40_000, 200
FEW = 64
"""Runs of a market small enough to look closely, and twice, at the price of each row."""
BOOKS = ("headroom", "budget")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Offer:
    """Prices and what runs reply. ``starts``: when each would start on average, in the order of the market's jobs."""

    prices: Prices
    reply: Reply
    starts: Ints


def offer_of(pricing: Pricing, prices: Prices) -> Offer:
    """What runs reply to prices."""
    reply = pricing.reply(prices)
    return Offer(prices=prices, reply=reply, starts=np.where(reply.start < 0, pricing.market.horizon, reply.start))


def free_of_charge(pricing: Pricing) -> Offer:
    """What runs would do if nothing cost anything: all start as early as they may."""
    have = pricing.market
    return offer_of(pricing, Prices(supply=0 * have.supply, headroom=0 * have.headroom, budget=0 * have.budget))


def falling(market: Market, pricing: Pricing) -> Offer:
    """The best of all for GPUs alone, then for each account, its budget, each supply, and payers that runs choose from.

    Each set as well as it can be while the others keep their prices. Costs some twenty looks at the runs that a set
    concerns, for each set that runs ask too much of.
    """
    best = free_of_charge(pricing)
    few = len(market.jobs.keys) <= FEW
    everything = _Rows("supply", tuple(range(len(market.supply))), tuple(range(len(market.tastes))))
    best = _better(_Place(market, pricing, best, everything), finest=FINEST)
    for rows in (2 if few else 1) * list(_sets(market)):
        best = _better(_Place(market, pricing, best, rows), finest=FINEST if few else FINE)
    return best


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of one table of prices, and the tastes that they concern."""

    part: str
    rows: tuple[int, ...]
    users: tuple[int, ...]


def _sets(market: Market) -> Iterator[_Rows]:
    """Each account and its budget, each supply; then together those that runs may choose between."""
    for row, users in enumerate(_users(market, lambda taste: taste.accounts)):
        for part in BOOKS:
            yield _Rows(part, (row,), users)
    for row, users in enumerate(_users(market, lambda taste: taste.where)):
        yield _Rows("supply", (row,), users)
    for rows in dict.fromkeys(_scarcest(market, taste) for taste in market.tastes):
        if len(rows) > 1:
            near = (at for at, taste in enumerate(market.tastes) if not set(rows).isdisjoint(taste.accounts))
            yield _Rows("headroom", rows, tuple(near))


def _scarcest(market: Market, taste: Taste) -> tuple[int, ...]:
    """Of each payer the account with the least room, as a set."""
    room = market.headroom.sum(axis=1, dtype=np.float64)
    return tuple(
        sorted(
            {min(rows, key=lambda row: (room[row], row)) for rows in (way.rows for way in taste.offers or ()) if rows}
        )
    )


def _users(market: Market, rows_of: Callable[[Taste], Iterable[int]]) -> list[tuple[int, ...]]:
    """The tastes that each row concerns."""
    rows = max((row for taste in market.tastes for row in rows_of(taste)), default=-1) + 1
    found: list[list[int]] = [[] for _ in range(rows)]
    for number, taste in enumerate(market.tastes):
        for row in sorted(set(rows_of(taste))):
            found[row].append(number)
    return [tuple(users) for users in found]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the search stands, and the rows that it looks at."""

    market: Market
    pricing: Pricing
    offer: Offer
    rows: _Rows

    def _of(self, tables: object) -> Ints:
        table: Ints = getattr(tables, self.rows.part)[list(self.rows.rows)]
        return table

    @property
    def promising(self) -> bool:
        """Whether it costs something or too much is asked of it: else the bound, which is concave, rises nowhere."""
        there, asked = self._of(self.market), self._of(self.offer.reply)
        return bool(self._of(self.offer.prices).any() or (asked > there).any())

    def at(self, theta: int) -> Prices:
        """The prices with another row: it falls from theta, or is theta throughout; GPUs count in what payers cost.

        Of several rows those that cost less are raised to it.
        """
        table: Ints = getattr(self.offer.prices, self.rows.part).copy()
        rows = list(self.rows.rows)
        wanted = theta if table.ndim == 1 else np.maximum(0, _fall(self.market, theta) - self._below())
        table[rows] = wanted if len(rows) == 1 or self.rows.part == "supply" else np.maximum(table[rows], wanted)
        return replace(self.offer.prices, **{self.rows.part: table})

    def value(self, prices: Prices) -> int:
        """What the rows and their users add to the bound."""
        return self.pricing.least(prices, self.rows.users) - worth(self._of(prices), self._of(self.market))

    def _below(self) -> Ints:
        """What users of an account pay for their GPUs at least, by slot."""
        places = sorted({place for user in self.rows.users for place in self.market.tastes[user].where})
        if self.rows.part != "headroom" or not places:
            return 0 * self.pricing.seconds
        least: Ints = self.offer.prices.supply[places].min(axis=0)
        return least


def _better(place: _Place, *, finest: int) -> Offer:
    """The offer with these rows as good as they can be, if that is better."""
    if not place.rows.users or not place.promising:
        return place.offer
    found = place.at(_highest(place.market, lambda theta: place.value(place.at(theta)), finest=finest))
    if place.value(found) <= place.value(place.offer.prices):
        return place.offer
    return max(place.offer, offer_of(place.pricing, found), key=lambda offer: offer.reply.bound)


def _fall(market: Market, theta: int) -> Ints:
    price: Ints = np.maximum(0, theta - _middles(market))
    return price


def _middles(market: Market) -> Ints:
    middles: Ints = (market.bounds[1:] + market.bounds[:-1]) // 2
    return middles


def _highest(market: Market, value: Callable[[int], int], *, finest: int) -> int:
    """Where the value is highest: at halves of halves of the limit, then ever closer around the best so far.

    In the end at the middles of slots beside it, where prices that fall reach 0: what is exact, is exact there.
    """
    limit = 2 * market.horizon
    values = {limit >> half: value(limit >> half) for half in range(HALVES)} | {0: value(0)}

    def best() -> int:
        return max(values, key=lambda theta: (values[theta], -theta))

    reach = best() // 2
    while reach > best() // finest:
        values.update((theta, value(theta)) for theta in (best() - reach, best() + reach) if theta not in values)
        reach //= 2
    middles = _middles(market)
    after = int(np.searchsorted(middles, best()))
    values.update((theta, value(theta)) for theta in middles[max(0, after - 1) : after + 1].tolist())
    return best()
