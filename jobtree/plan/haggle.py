"""Finding good prices: each goes up where too much is asked for, and down where too little is (semantics.md 7).

A subgradient method with momentum, counted, on floats that are only ever added, multiplied and compared one by one, and
summed without rounding: the same prices on any machine. Every reply is a valid bound, so the best one counts.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from jobtree.plan.ascent import Offer, falling, free_of_charge, offer_of
from jobtree.plan.market import Market
from jobtree.plan.prices import HIGHEST, Prices, Pricing

Floats = NDArray[np.float64]
Parts = Sequence[Floats]
PATIENCE, SLOWEST = 8, 1e-3
MOST_LOOKS = 100_000_000


def best_prices(market: Market, *, target: int, rounds: int) -> Offer:
    """The best prices found. ``target`` is the wait of some plan. O(rounds x runs x slots x supplies).

    None are looked for if a look at all runs is too long.
    """
    pricing = Pricing(market)
    if pricing.looks > MOST_LOOKS:
        return free_of_charge(pricing)
    best = falling(market, pricing)
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


def _offer(pricing: Pricing, state: Parts) -> Offer:
    supply, headroom, budget = (np.rint(part).astype(np.int64) for part in state)
    return offer_of(pricing, Prices(supply=supply, headroom=headroom, budget=budget))


def _floats(prices: Prices) -> list[Floats]:
    return [part.astype(np.float64) for part in (prices.supply, prices.headroom, prices.budget)]
