"""Prices of GPU-seconds, and what they prove of the wait of all runs, in exact integers (semantics.md 7).

Give every GPU-second of a supply, of an account's headroom and of its budget a price. In any plan each run either waits
the whole horizon, or starts at some S, waits weight x S, and uses GPU-seconds that cost at least its GPUs times the
least price of a GPU and of somebody who may pay for it; and all runs together use no more than there is. So

    wait >= sum over runs of min(weight x horizon, min over S of (weight x S + GPUs x price of [S, S + seconds)))
            - worth of all supplies, headroom and budgets

whatever the prices are, as long as none is negative. Prices are constant in each slot, so the least is found at the
bounds of slots, or where the run ends at one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from jobtree.plan.arrays import Flags, Ints
from jobtree.plan.market import Market, Taste

NEVER = 1 << 62
BLOCKED, SHUT = NEVER >> 4, NEVER >> 22
"""Above what a GPU costs for all of any run's time, and above what a GPU-second does: prices are ``HIGHEST`` times the
horizon at most."""
HIGHEST = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prices:
    """Whole numbers for a GPU-second: ``supply`` and ``headroom`` rows by slots, ``budget`` shape (accounts,)."""

    supply: Ints
    headroom: Ints
    budget: Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reply:
    """What every run would do at some prices. ``start`` -1: it would rather wait the whole horizon."""

    bound: int
    start: Ints
    supply: Ints
    headroom: Ints
    budget: Ints


class _Tariff:
    """Prices as runs of one taste see them: cumulated over time, rows by supply, columns by slot bounds."""

    __slots__ = ("closed", "payer", "price", "total")

    def __init__(self, taste: Taste, payers: "_Payers", prices: Prices, seconds: Ints) -> None:
        gpu = prices.supply[list(taste.where)]
        self.payer = np.full(gpu.shape, -1, np.int64)
        closed = np.zeros(gpu.shape, np.bool_)
        if taste.offers is not None:
            each = payers.dues(taste, prices)
            for place in range(len(taste.where)):
                able = np.flatnonzero(taste.reaches[place])
                if len(able):
                    best = each[able].argmin(axis=0)
                    least = each[able].min(axis=0)
                    closed[place] = least >= SHUT
                    self.payer[place] = np.where(closed[place], -1, able[best])
                    gpu[place] += np.where(closed[place], 0, least)
                else:
                    closed[place] = True
        self.price = gpu
        self.total = _cumulated(gpu * seconds)
        self.closed = _cumulated(closed * seconds)


class _Payers:
    """The offers of a taste as arrays: accounts of each, filled up with one that costs nothing, and open slots."""

    __slots__ = ("accounts", "opens")

    def __init__(self, taste: Taste, slots: int) -> None:
        offers = taste.offers or ()
        most = max((len(rows) for rows, _ in offers), default=0)
        padded = [[*rows, *(-1 for _ in range(most - len(rows)))] for rows, _ in offers]
        self.accounts = np.array(padded, np.int64).reshape(len(offers), most)
        self.opens = np.array([is_open for _, is_open in offers], np.bool_).reshape(len(offers), slots)

    def dues(self, taste: Taste, prices: Prices) -> Ints:
        """What each payer costs in each slot, shape (offers, slots)."""
        dues = prices.headroom + prices.budget[:, None] * taste.charged
        dues = np.concatenate([dues, np.zeros((1, self.opens.shape[1]), np.int64)])
        found: Ints = np.where(self.opens, dues[self.accounts].sum(axis=1), SHUT)
        return found


def _cumulated(values: Ints) -> Ints:
    total = np.zeros((values.shape[0], values.shape[1] + 1), np.int64)
    np.cumsum(values, axis=1, out=total[:, 1:])
    return total


class Pricing:
    """A market that is priced again and again."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.seconds = np.diff(market.bounds)
        self.members = [np.flatnonzero(market.jobs.taste == number) for number in range(len(market.tastes))]
        self.starts = [_starts(market, members) for members in self.members]
        self.payers = [_Payers(taste, len(self.seconds)) for taste in market.tastes]
        self.refused: Ints = market.jobs.weight * market.horizon

    def least(self, prices: Prices, tastes: Iterable[int]) -> int:
        """What runs of these tastes cost at the least, together; 0 for nobody."""
        total = 0
        for number in tastes:
            members = self.members[number]
            tariff = _Tariff(self.market.tastes[number], self.payers[number], prices, self.seconds)
            _, cost, _ = self._cheapest(tariff, members, self.starts[number])
            total += sum(np.minimum(cost, self.refused[members]).tolist())
        return total

    def reply(self, prices: Prices) -> Reply:
        """What every run would do, and the bound that follows. O(runs x slots x supplies)."""
        market, jobs = self.market, self.market.jobs
        refused = self.refused
        start, least = np.full(len(jobs.keys), -1, np.int64), refused.copy()
        supply, headroom = np.zeros_like(market.supply), np.zeros_like(market.headroom)
        budget = np.zeros_like(market.budget)
        for taste, members, starts, payers in zip(market.tastes, self.members, self.starts, self.payers, strict=True):
            tariff = _Tariff(taste, payers, prices, self.seconds)
            best, cost, place = self._cheapest(tariff, members, starts)
            takes = cost < refused[members]
            start[members] = np.where(takes, best, -1)
            least[members] = np.minimum(cost, refused[members])
            self._use(taste, tariff, members[takes], best[takes], place[takes], (supply, headroom, budget))
        there = worth(prices.supply, market.supply) + worth(prices.headroom, market.headroom)
        bound = sum(least.tolist()) - there - worth(prices.budget, market.budget)
        return Reply(bound=bound, start=start, supply=supply, headroom=headroom, budget=budget)

    def _cheapest(self, tariff: _Tariff, members: Ints, starts: Ints) -> tuple[Ints, Ints, Ints]:
        """Start, cost and supply of each member; the first of the cheapest."""
        jobs, bounds = self.market.jobs, self.market.bounds
        seconds, gpus = jobs.seconds[members][:, None], jobs.gpus[members][:, None]
        allowed = (starts >= jobs.earliest[members][:, None]) & (starts <= jobs.latest[members][:, None])
        least = np.full(starts.shape, NEVER, np.int64)
        place = np.zeros(starts.shape, np.int64)
        ends = np.minimum(starts + seconds, bounds[-1])
        for row in range(len(tariff.total)):
            cost = _at(tariff.total[row], tariff.price[row], bounds, ends) - _at(
                tariff.total[row], tariff.price[row], bounds, starts
            )
            if tariff.closed[row, -1]:
                blocked = _overlap(tariff.closed[row], bounds, starts, ends)
                cost = np.where(blocked, BLOCKED, cost)
            better = cost < least
            least, place = np.where(better, cost, least), np.where(better, row, place)
        paid = gpus * np.minimum(least, NEVER // (2 * gpus))
        fits = allowed & (least < BLOCKED)
        total = np.where(fits, jobs.weight[members][:, None] * starts + paid, NEVER)
        chosen = total.argmin(axis=1)
        rows = np.arange(len(members))
        return starts[rows, chosen], total[rows, chosen], place[rows, chosen]

    def _use(
        self, taste: Taste, tariff: _Tariff, members: Ints, start: Ints, place: Ints, totals: tuple[Ints, Ints, Ints]
    ) -> None:
        """Adds what these runs would use, slot by slot."""
        supply, headroom, budget = totals
        jobs = self.market.jobs
        for row, number in enumerate(taste.where):
            mine = place == row
            if not mine.any():
                continue
            used = (self._held(members[mine], start[mine]) * jobs.gpus[members[mine]][:, None]).sum(axis=0)
            supply[number] += used
            for offer, (rows, _) in enumerate(taste.offers or ()):
                share = np.where(tariff.payer[row] == offer, used, 0)
                if share.any():
                    for account in rows:
                        headroom[account] += share
                        budget[account] += share.sum() * taste.charged

    def _held(self, members: Ints, start: Ints) -> Ints:
        """Seconds of each slot during which each run would run, shape (members, slots)."""
        bounds = self.market.bounds
        last = np.minimum(start + self.market.jobs.seconds[members], bounds[-1])
        held = np.minimum(bounds[None, 1:], last[:, None]) - np.maximum(bounds[None, :-1], start[:, None])
        seconds: Ints = np.maximum(held, 0)
        return seconds


def _starts(market: Market, members: Ints) -> Ints:
    """Starts at which a cost can be least, shape (members, candidates): bounds, ends at bounds, first and last."""
    jobs, inner = market.jobs, market.bounds[:-1]
    seconds = jobs.seconds[members][:, None]
    first, last = jobs.earliest[members][:, None], jobs.latest[members][:, None]
    wide = np.broadcast_to(inner, (len(members), len(inner)))
    starts = np.concatenate([first, last, wide, market.bounds[None, 1:] - seconds], axis=1)
    kept: Ints = np.clip(starts, 0, market.horizon)
    return kept


def _at(total: Ints, price: Ints, bounds: Ints, instants: Ints) -> Ints:
    """The cumulated price at instants, exactly."""
    slot = np.minimum(np.searchsorted(bounds, instants, "right") - 1, len(price) - 1)
    result: Ints = total[slot] + price[slot] * (instants - bounds[slot])
    return result


def _overlap(closed: Ints, bounds: Ints, starts: Ints, ends: Ints) -> Flags:
    """Whether an interval meets a closed slot."""
    first = np.searchsorted(bounds, starts, "right") - 1
    last = np.searchsorted(bounds, ends, "left")
    flags: Flags = closed[last] > closed[np.minimum(first, len(closed) - 1)]
    return flags


def worth(price: Ints, there: Ints) -> int:
    """Everything there is, at its price."""
    return sum(each * much for each, much in zip(price.ravel().tolist(), there.ravel().tolist(), strict=True) if each)
