"""Step functions of time and their integrals, in exact integers; seconds count from the plan's instant."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from jobtree.verify.certificate import Steps

Opening = tuple[int, int]
"""``[start, end)`` in seconds from the plan's instant, of which only what is not before 0 counts."""


class Curve:
    """``values[i]`` from ``times[i]`` on, the last one for ever. ``times`` ascend from 0."""

    __slots__ = ("sums", "times", "values")

    def __init__(self, times: Sequence[int], values: Sequence[int]) -> None:
        self.times, self.values = times, values
        pieces = (value * (end - start) for value, (start, end) in zip(values, pairwise(times), strict=False))
        self.sums = [0, *accumulate(pieces)]

    def at(self, instant: int) -> int:
        """The value at an instant that is not before 0."""
        return self.values[bisect_right(self.times, instant) - 1]

    def until(self, instant: int) -> int:
        """The integral from 0 to an instant that is not before it."""
        piece = bisect_right(self.times, instant) - 1
        return self.sums[piece] + self.values[piece] * (instant - self.times[piece])

    def between(self, start: int, end: int) -> int:
        """The integral over a stretch."""
        return self.until(end) - self.until(start)


def curve(steps: Steps) -> Curve:
    """Prices as the certificate has them; 0 before the first step."""
    whole = steps if steps and steps[0][0] == 0 else ((0, 0), *steps)
    return Curve([time for time, _ in whole], [price for _, price in whole])


def during(opening: Opening, price: int) -> Curve:
    """A price in a stretch of time, and 0 before and after it."""
    start, end = max(0, opening[0]), max(0, opening[1])
    if price == 0 or start >= end:
        return Curve([0], [0])
    return Curve([start, end], [price, 0]) if start == 0 else Curve([0, start, end], [0, price, 0])


def least(curves: Sequence[tuple[Curve, Opening]]) -> tuple[Curve, Curve]:
    """The lowest of several prices at any instant, each while it is open; and 1 where none is."""
    bounds = {bound for _, opening in curves for bound in opening if bound > 0}
    ordered = sorted({0}.union(bounds, *(line.times for line, _ in curves)))
    best: list[int | None] = [None] * len(ordered)
    for line, (start, end) in curves:
        for place in range(bisect_left(ordered, max(0, start)), bisect_left(ordered, end)):
            price, known = line.at(ordered[place]), best[place]
            best[place] = price if known is None else min(price, known)
    return (
        Curve(ordered, [0 if price is None else price for price in best]),
        Curve(ordered, [int(price is None) for price in best]),
    )


def added(curves: Sequence[Curve]) -> Curve:
    """The sum of step functions."""
    times = sorted({0}.union(*(line.times for line in curves)))
    return Curve(times, [sum(line.at(time) for line in curves) for time in times])


def product(price: Curve, level: Curve) -> int:
    """The integral of a price times a level; the price ends at 0."""
    ends = [*level.times[1:], max(price.times[-1], level.times[-1])]
    return sum(
        much * price.between(start, end)
        for much, start, end in zip(level.values, level.times, ends, strict=True)
        if much
    )
