"""Prices of GPU-seconds, and what they prove of the wait of some runs, in exact integers (semantics.md 7).

Give every GPU-second at instant t the price max(0, theta - t). In any plan, each run either waits the whole horizon,
or starts at some S, waits weight x S, and uses GPUs worth width x price(S, S + duration); and all runs together use no
more than there is. So for every theta

    wait >= sum over runs of min(weight x horizon, min over S of (weight x S + worth of its GPUs)) - worth of all GPUs

whatever the plan is. The same holds for the headroom of accounts in place of GPUs, for the runs that must charge them.
What there is counts only as far as sums of the runs' widths reach it: two runs of 128 cannot share 200. Runs
below a threshold may be left out of the sums, at no price. Instants count from ``as_of``; prices are
doubled, so that halves stay integers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

STEPS = 24
THRESHOLDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the bound knows of a run: the fewest GPUs it holds, spares included, and the instants it may start."""

    weight: int
    gpus: int
    seconds: int
    earliest: int
    latest: int

    def cost(self, theta: int, horizon: int) -> int:
        """Twice the least of waiting and paying, over all starts and over not starting. Convex in the start."""
        refused = 2 * self.weight * horizon
        if self.latest < self.earliest:
            return refused
        turns = [self.earliest]
        if self.weight < self.gpus * self.seconds:  # cheaper later, until the slope turns at theta - weight / gpus
            turn = theta - self.weight // self.gpus
            turns += [min(max(start, self.earliest), self.latest) for start in (turn - 1, turn)]
        return min(refused, *(self._at(start, theta) for start in turns))

    def _at(self, start: int, theta: int) -> int:
        ahead, behind = max(0, theta - start), max(0, theta - start - self.seconds)
        return 2 * self.weight * start + self.gpus * (ahead * ahead - behind * behind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A supply over time: ``levels[k]`` on ``[times[k], times[k + 1])``, the last one for ever."""

    times: tuple[int, ...]
    levels: tuple[int, ...]

    def reachable(self, widths: Sequence[int]) -> "Pool":
        """Each level cut down to the largest sum of some of the widths that it holds."""
        sums = 1
        for width in widths:
            sums |= sums << width
        most = sums.bit_length() - 1
        levels = tuple((sums & ((1 << min(level, most) + 1) - 1)).bit_length() - 1 for level in self.levels)
        return Pool(times=self.times, levels=levels)

    def worth(self, theta: int) -> int:
        """Twice the price of everything in the pool."""
        total = 0
        for index, level in enumerate(self.levels):
            if self.times[index] >= theta:
                break
            ahead = theta - self.times[index]
            behind = max(0, theta - self.times[index + 1]) if index + 1 < len(self.times) else 0
            total += level * (ahead * ahead - behind * behind)
        return total


class Curve:
    """Twice the bound of one payer group over theta, as far as it was looked at."""

    def __init__(self, jobs: Sequence[Job], pool: Pool, horizon: int, limit: int) -> None:
        self.jobs, self.horizon = jobs, horizon
        self.pool = pool.reachable([job.gpus for job in jobs])
        self.values: dict[int, int] = {}
        self.peak = highest(self.at, limit)

    def at(self, theta: int) -> int:
        """Least costs minus the worth of the pool."""
        if theta not in self.values:
            costs = sum(job.cost(theta, self.horizon) for job in self.jobs)
            self.values[theta] = costs - self.pool.worth(theta)
        return self.values[theta]

    def above(self, theta: int) -> int:
        """The best value at or above theta, with what the pool is worth below it left to another price."""
        own = self.at(theta)
        return max(own, *(value for other, value in self.values.items() if other >= theta)) + self.pool.worth(theta)


def best_price(jobs: Sequence[Job], pool: Pool, horizon: int) -> int:
    """The highest bound over thresholds of width and a fixed search of theta: all are valid, so it may be rough."""
    widths = sorted({job.gpus for job in jobs})
    thresholds = widths[:: max(1, len(widths) // THRESHOLDS)]
    return max(_priced(jobs, pool, horizon, threshold) for threshold in thresholds)


def _priced(jobs: Sequence[Job], pool: Pool, horizon: int, threshold: int) -> int:
    free = sum(job.cost(0, horizon) for job in jobs if job.gpus < threshold)
    priced = [job for job in jobs if job.gpus >= threshold]
    reachable = pool.reachable([job.gpus for job in priced])

    def bound(theta: int) -> int:
        return -(-(free + sum(job.cost(theta, horizon) for job in priced) - reachable.worth(theta)) // 2)

    return highest(bound, horizon + max(job.seconds for job in jobs))


def highest(bound: Callable[[int], int], limit: int) -> int:
    """The highest value found, or 0, on a grid up to ``limit`` and then ever closer around the best so far."""
    tried = {limit * step // STEPS: 0 for step in range(STEPS + 1)}
    values = {theta: bound(theta) for theta in tried}
    reach = limit // STEPS
    while reach > 0:
        best = max(values, key=lambda theta: (values[theta], -theta))
        for theta in (best - reach, best + reach):
            if theta >= 0 and theta not in values:
                values[theta] = bound(theta)
        reach //= 2
    return max(0, max(values.values()))
