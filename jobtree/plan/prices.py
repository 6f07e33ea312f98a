"""Prices of GPU-seconds, and what they prove of the wait of all runs, in exact integers (semantics.md 7).

Give every GPU-second of a supply, of an account's headroom and of its budget a price. In any plan each run either waits
the whole horizon, or starts at some S, waits weight x S, and uses GPU-seconds that cost at least its GPUs times the
least price of a GPU and of somebody who may pay for it (hours only while the payer is charged for them); and all runs
together use no more than there is. So

    wait >= sum over runs of min(weight x horizon, min over S of (weight x S + GPUs x price of [S, S + seconds)))
            - worth of all supplies, headroom and budgets

whatever the prices are, as long as none is negative. Prices are constant in each slot, so the least is found at the
bounds of slots, or where the run ends at one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from jobtree.plan.arrays import Flags, Ints
from jobtree.plan.market import Market, Taste, Way

NEVER = 1 << 62
BLOCKED, SHUT = NEVER >> 4, NEVER >> 22
"""Above what a GPU costs for all of any run's time, and above what a GPU-second does: prices are ``HIGHEST`` times the
horizon at most."""
HIGHEST = 4
FEWEST = 4_000


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

    def __init__(self, taste: Taste, payers: "_Payers", supply: Ints, dues: "_Dues", seconds: Ints) -> None:
        gpu = supply[list(taste.where)]
        self.payer = np.full(gpu.shape, -1, np.int64)
        closed = np.zeros(gpu.shape, np.bool_)
        each = payers.dues(dues, charged=taste.charged)
        for places, able in payers.patterns:
            if len(able):
                mine = each[able]
                least = mine.min(axis=0)
                shut = least >= SHUT
                closed[places] = shut
                self.payer[places] = np.where(shut, -1, able[mine.argmin(axis=0)])
                gpu[places] += np.where(shut, 0, least)
            else:
                closed[places] = True
        self.price = gpu
        self.total = _cumulated(gpu * seconds)
        self.closed = _cumulated(closed * seconds) if closed.any() else None


class _Payers:
    """The offers of a taste as arrays: accounts of each, filled up with one that costs nothing, and open slots.

    ``patterns`` are places that the same offers pay for, and these offers; none where nobody need pay.
    """

    __slots__ = ("accounts", "counted", "opens", "patterns")

    def __init__(self, taste: Taste, slots: int) -> None:
        offers = taste.offers or ()
        most = max((len(way.rows) for way in offers), default=0)
        padded = [[*way.rows, *(-1 for _ in range(most - len(way.rows)))] for way in offers]
        self.accounts = np.array(padded, np.int64).reshape(len(offers), most)
        self.opens = np.array([way.opens for way in offers], np.bool_).reshape(len(offers), slots)
        self.counted = _counted(offers, most, slots)
        self.patterns = _patterns(taste)

    def dues(self, dues: "_Dues", *, charged: bool) -> Ints:
        """What each payer costs in each slot, shape (offers, slots), with the hours of its accounts if ``charged``."""
        if charged and self.counted is not None:
            budgets = np.where(self.counted, dues.budget[self.accounts][:, :, None], 0)
            total = (dues.free[self.accounts] + budgets).sum(axis=1)
        else:
            total = (dues.charged if charged else dues.free)[self.accounts].sum(axis=1)
        found: Ints = np.where(self.opens, total, SHUT)
        return found


def _counted(offers: Sequence[Way], most: int, slots: int) -> Flags | None:
    """Slots in which hours are charged, shape (offers, most accounts, slots); None if they are in all."""
    if all(way.counted is None for way in offers):
        return None
    found = np.ones((len(offers), most, slots), np.bool_)
    for number, way in enumerate(offers):
        if way.counted is not None:
            found[number, : len(way.rows)] = way.counted
    return found


def _patterns(taste: Taste) -> list[tuple[Ints, Ints]]:
    if taste.offers is None:
        return []
    alike: dict[bytes, list[int]] = {}
    for place, offers in enumerate(taste.reaches):
        alike.setdefault(offers.tobytes(), []).append(place)
    return [(np.array(places), np.flatnonzero(taste.reaches[places[0]])) for places in alike.values()]


class _Dues:
    """What accounts cost in each slot, (accounts + 1, slots), with their budget or without; the last costs nothing.

    ``budget``: what the hours of each account cost, (accounts + 1,).
    """

    __slots__ = ("budget", "charged", "free")

    def __init__(self, prices: Prices) -> None:
        nothing = np.zeros((1, prices.headroom.shape[1]), np.int64)
        self.free = np.concatenate([prices.headroom, nothing])
        self.charged = np.concatenate([prices.headroom + prices.budget[:, None], nothing])
        self.budget = np.append(prices.budget, 0)


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
        self.moves = [_moves(market, members) for members in self.members]
        self.payers = [_Payers(taste, len(self.seconds)) for taste in market.tastes]
        self.refused: Ints = market.jobs.weight * market.horizon

    @property
    def looks(self) -> int:
        """Costs that one reply compares: starts of runs on supplies, at least ``FEWEST`` for each kind of run."""
        counts = zip(self.moves, self.market.tastes, strict=True)
        return sum(max(moves.starts.size, FEWEST) * len(taste.where) for moves, taste in counts)

    def least(self, prices: Prices, tastes: Iterable[int]) -> int:
        """What runs of these tastes cost at the least, together; 0 for nobody."""
        total, dues = 0, _Dues(prices)
        for number in tastes:
            members = self.members[number]
            tariff = _Tariff(self.market.tastes[number], self.payers[number], prices.supply, dues, self.seconds)
            _, cost, _ = self._cheapest(tariff, members, self.moves[number])
            total += sum(np.minimum(cost, self.refused[members]).tolist())
        return total

    def reply(self, prices: Prices) -> Reply:
        """What every run would do, and the bound that follows. O(runs x slots x supplies)."""
        market, jobs = self.market, self.market.jobs
        refused = self.refused
        start, least = np.full(len(jobs.keys), -1, np.int64), refused.copy()
        supply, headroom = np.zeros_like(market.supply), np.zeros_like(market.headroom)
        budget, dues = np.zeros_like(market.budget), _Dues(prices)
        for taste, members, moves, payers in zip(market.tastes, self.members, self.moves, self.payers, strict=True):
            tariff = _Tariff(taste, payers, prices.supply, dues, self.seconds)
            best, cost, place = self._cheapest(tariff, members, moves)
            takes = cost < refused[members]
            start[members] = np.where(takes, best, -1)
            least[members] = np.minimum(cost, refused[members])
            self._use(taste, tariff, members[takes], best[takes], place[takes], (supply, headroom, budget))
        there = worth(prices.supply, market.supply) + worth(prices.headroom, market.headroom)
        bound = sum(least.tolist()) - there - worth(prices.budget, market.budget)
        return Reply(bound=bound, start=start, supply=supply, headroom=headroom, budget=budget)

    def _cheapest(self, tariff: _Tariff, members: Ints, moves: "_Moves") -> tuple[Ints, Ints, Ints]:
        """Start, cost and supply of each member; the first of the cheapest."""
        jobs = self.market.jobs
        gpus = jobs.gpus[members][:, None]
        least, place = np.full(moves.starts.shape, NEVER, np.int64), np.zeros(moves.starts.shape, np.int64)
        for row in range(len(tariff.total)):
            cost = moves.cost(tariff, row)
            better = cost < least
            least, place = np.where(better, cost, least), np.where(better, row, place)
        paid = gpus * np.minimum(least, NEVER // (2 * gpus))
        fits = moves.allowed & (least < BLOCKED)
        total = np.where(fits, moves.waits + paid, NEVER)
        chosen = total.argmin(axis=1)
        rows = np.arange(len(members))
        return moves.starts[rows, chosen], total[rows, chosen], place[rows, chosen]

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
            for offer, way in enumerate(taste.offers or ()):
                share = np.where(tariff.payer[row] == offer, used, 0)
                if share.any():
                    for at, account in enumerate(way.rows):
                        headroom[account] += share
                        hours = share if way.counted is None else share[way.counted[at]]
                        budget[account] += hours.sum() * taste.charged

    def _held(self, members: Ints, start: Ints) -> Ints:
        """Seconds of each slot during which each run would run, shape (members, slots)."""
        bounds = self.market.bounds
        last = np.minimum(start + self.market.jobs.seconds[members], bounds[-1])
        held = np.minimum(bounds[None, 1:], last[:, None]) - np.maximum(bounds[None, :-1], start[:, None])
        seconds: Ints = np.maximum(held, 0)
        return seconds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Moves:
    """Starts at which the cost of some runs can be least, and what does not depend on prices, each (runs, candidates).

    ``waits``: weight x start. ``first`` and ``last``: the slots in which the run starts and ends, ``into`` and
    ``upto`` the seconds since they began. ``until``: the slots before which it has ended.
    """

    starts: Ints
    allowed: Flags
    waits: Ints
    first: Ints
    into: Ints
    last: Ints
    upto: Ints
    until: Ints

    def cost(self, tariff: _Tariff, row: int) -> Ints:
        """What a GPU costs for as long as each run would run, exactly; BLOCKED where a slot of it is closed."""
        total, price = tariff.total[row], tariff.price[row]
        cost: Ints = total[self.last] - total[self.first] + price[self.last] * self.upto - price[self.first] * self.into
        if tariff.closed is None:
            return cost
        closed = tariff.closed[row]
        return np.where(closed[self.until] > closed[self.first], BLOCKED, cost) if closed[-1] else cost


def _moves(market: Market, members: Ints) -> _Moves:
    """Candidates are bounds of slots, starts that end at one, the earliest and the latest."""
    jobs, bounds = market.jobs, market.bounds
    seconds = jobs.seconds[members][:, None]
    earliest, latest = jobs.earliest[members][:, None], jobs.latest[members][:, None]
    wide = np.broadcast_to(bounds[:-1], (len(members), len(bounds) - 1))
    starts = np.clip(np.concatenate([earliest, latest, wide, bounds[None, 1:] - seconds], axis=1), 0, market.horizon)
    ends = np.minimum(starts + seconds, bounds[-1])
    first, last = (_slot(bounds, instants) for instants in (starts, ends))
    return _Moves(
        starts=starts,
        allowed=(starts >= earliest) & (starts <= latest),
        waits=jobs.weight[members][:, None] * starts,
        first=first,
        into=starts - bounds[first],
        last=last,
        upto=ends - bounds[last],
        until=np.searchsorted(bounds, ends, "left"),
    )


def _slot(bounds: Ints, instants: Ints) -> Ints:
    slot: Ints = np.minimum(np.searchsorted(bounds, instants, "right") - 1, len(bounds) - 2)
    return slot


def worth(price: Ints, there: Ints) -> int:
    """Everything there is, at its price."""
    return sum(each * much for each, much in zip(price.ravel().tolist(), there.ravel().tolist(), strict=True) if each)
