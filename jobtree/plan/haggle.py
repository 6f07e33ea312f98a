"""Finding good prices: each goes up where too much is asked for, and down where too little is (semantics.md 7).

A subgradient method with momentum, counted, on floats that are only ever added, multiplied and compared one by one, and
summed without rounding: the same prices on any machine. Every reply is a valid bound, so the best one counts.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jobtree.plan.arrays import Ints
from jobtree.plan.market import Market, Taste
from jobtree.plan.prices import HIGHEST, Prices, Pricing, Reply, worth

Floats = NDArray[np.float64]
Parts = Sequence[Floats]
HALVES, PATIENCE, SLOWEST = 7, 8, 1e-3
FINEST, FINE, TURNS = 40_000, 200, 2
BOOKS = ("headroom", "budget")
FEW = 64
"""Runs of a market small enough to look at the price of each supply and account on its own."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Offer:
    """Prices and what runs reply. ``starts``: when each would start on average, in the order of the market's jobs."""

    prices: Prices
    reply: Reply
    starts: Ints


def best_prices(market: Market, *, target: int, rounds: int) -> Offer:
    """The best prices found. ``target`` is the wait of some plan. O(rounds x runs x slots x supplies)."""
    pricing = Pricing(market)
    best = _falling(market, pricing)
    best = one_by_one(market, pricing, best, turns=TURNS if len(market.jobs.keys) <= FEW else 1)
    have = (market.supply, market.headroom, market.budget)
    scale = [1.0 / np.maximum(row.astype(np.float64), 1.0) for row in have]
    here, state, momentum = best, _floats(best.prices), None
    starts, seen = best.starts, 1
    pace, stalled, most = 1.0, 0, float(HIGHEST * market.horizon)
    for _ in range(rounds):
        used = (here.reply.supply, here.reply.headroom, here.reply.budget)
        excess = [(more - less).astype(np.float64) for more, less in zip(used, have, strict=True)]
        momentum = excess if momentum is None else [0.6 * a + 0.4 * b for a, b in zip(momentum, excess, strict=True)]
        size = _size(state, scale, momentum)
        if size <= 0 or pace < SLOWEST:
            break
        stride = pace * float(_wanted(best.reply.bound, here.reply.bound, target)) / size
        state = [np.clip(a + stride * b * c, 0.0, most) for a, b, c in zip(state, scale, momentum, strict=True)]
        here = _offer(pricing, state)
        starts, seen = starts + here.starts, seen + 1
        stalled = 0 if here.reply.bound > best.reply.bound + abs(best.reply.bound) // 10_000 else stalled + 1
        best = max(best, here, key=lambda offer: offer.reply.bound)
        if stalled >= PATIENCE:
            pace, stalled, momentum = 0.6 * pace, 0, None
            here, state = best, _floats(best.prices)
    return replace(best, starts=starts // seen)


def _wanted(best: int, here: int, target: int) -> int:
    """How far the bound should rise with the next step: a quarter of what lies between the best one and the plan."""
    goal = best + max(abs(best) // 10_000 + 1, (target - best) // 4)
    return max(goal - here, abs(best) // 10_000 + 1)


def _size(state: Parts, scale: Parts, momentum: Parts) -> float:
    """The weighted square of the step, without prices that are 0 already and would fall."""
    return math.fsum(
        math.fsum((each * np.where((price <= 0) & (step < 0), 0.0, step) ** 2).ravel().tolist())
        for each, price, step in zip(scale, state, momentum, strict=True)
    )


def _falling(market: Market, pricing: Pricing) -> Offer:
    """The best price for all GPUs that falls by one each second until nothing is worth anything."""
    nothing = Prices(supply=0 * market.supply, headroom=0 * market.headroom, budget=0 * market.budget)

    def prices(theta: int) -> Prices:
        return replace(nothing, supply=np.repeat(_fall(market, theta)[None, :], len(market.supply), axis=0))

    def value(theta: int) -> int:
        return pricing.least(prices(theta), everything) - worth(prices(theta).supply, market.supply)

    everything = range(len(market.tastes))
    return _made(pricing, prices(_highest(market, value, finest=FINEST)))


def one_by_one(market: Market, pricing: Pricing, best: Offer, *, turns: int) -> Offer:
    """The same for each account, its budget, and each supply in turn, while the others keep their prices.

    Costs some twenty looks at the runs that a row concerns, for each row that runs ask too much of.
    """
    rows = [
        *(
            (part, row, users)
            for row, users in enumerate(_users(market, lambda taste: taste.accounts))
            for part in BOOKS
        ),
        *(("supply", row, users) for row, users in enumerate(_users(market, lambda taste: taste.where))),
    ]
    for part, row, users in turns * rows:
        found = _better(_Row(market, pricing, best, part, row, users))
        best = best if found is best.prices else max(best, _made(pricing, found), key=lambda offer: offer.reply.bound)
    return best


def _users(market: Market, rows_of: Callable[[Taste], Iterable[int]]) -> list[list[int]]:
    """The tastes that each row concerns."""
    rows = max((row for taste in market.tastes for row in rows_of(taste)), default=-1) + 1
    found: list[list[int]] = [[] for _ in range(rows)]
    for number, taste in enumerate(market.tastes):
        for row in sorted(set(rows_of(taste))):
            found[row].append(number)
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of prices, with what it concerns."""

    market: Market
    pricing: Pricing
    offer: Offer
    part: str
    row: int
    users: Sequence[int]

    @property
    def below(self) -> Ints:
        """What users of an account pay for their GPUs at least, by slot."""
        places = sorted({place for user in self.users for place in self.market.tastes[user].where})
        return (
            self.prices.supply[places].min(axis=0) if self.part == "headroom" and places else 0 * self.pricing.seconds
        )

    @property
    def prices(self) -> Prices:
        """What everything costs so far."""
        return self.offer.prices

    @property
    def promising(self) -> bool:
        """Whether it costs something or too much is asked of it: else the bound, which is concave, rises nowhere."""
        price, there = getattr(self.prices, self.part)[self.row], getattr(self.market, self.part)[self.row]
        return bool(np.any(price) or np.any(getattr(self.offer.reply, self.part)[self.row] > there))

    def at(self, theta: int) -> Prices:
        """The prices with another row: it falls from theta, or is theta throughout; GPUs count in what payers cost."""
        table: Ints = getattr(self.prices, self.part).copy()
        table[self.row] = theta if table.ndim == 1 else np.maximum(0, _fall(self.market, theta) - self.below)
        return replace(self.prices, **{self.part: table})

    def value(self, prices: Prices) -> int:
        """What the row and its users add to the bound."""
        own, there = getattr(prices, self.part)[self.row], getattr(self.market, self.part)[self.row]
        return self.pricing.least(prices, self.users) - worth(np.atleast_1d(own), np.atleast_1d(there))


def _better(row: _Row) -> Prices:
    """The prices with this row as good as it can be, if that is better."""
    if not row.users or not row.promising:
        return row.prices
    finest = FINEST if len(row.market.jobs.keys) <= FEW else FINE
    theta = _highest(row.market, lambda theta: row.value(row.at(theta)), finest=finest)
    found = row.at(theta)
    return found if row.value(found) > row.value(row.prices) else row.prices


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
    while reach > limit // finest:
        values.update((theta, value(theta)) for theta in (best() - reach, best() + reach) if theta not in values)
        reach //= 2
    middles = _middles(market)
    after = int(np.searchsorted(middles, best()))
    values.update((theta, value(theta)) for theta in middles[max(0, after - 1) : after + 1].tolist())
    return best()


def _offer(pricing: Pricing, state: Parts) -> Offer:
    supply, headroom, budget = (np.rint(part).astype(np.int64) for part in state)
    return _made(pricing, Prices(supply=supply, headroom=headroom, budget=budget))


def _made(pricing: Pricing, prices: Prices) -> Offer:
    reply = pricing.reply(prices)
    return Offer(prices=prices, reply=reply, starts=np.where(reply.start < 0, pricing.market.horizon, reply.start))


def _floats(prices: Prices) -> list[Floats]:
    return [part.astype(np.float64) for part in (prices.supply, prices.headroom, prices.budget)]
