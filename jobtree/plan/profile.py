"""Integer step functions of time: free GPUs of nodes, and headroom of accounts (semantics.md 4 and 7)."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import numpy as np

from jobtree.base.instant import Interval
from jobtree.plan.arrays import Flags, Ints


class Profile:
    """Several step functions over shared event times.

    ``times`` has shape (K,), ascending; ``level`` has shape (rows, K); column k holds on
    ``[times[k], times[k + 1])`` and the last column for ever. Nothing is known before ``times[0]``. An event time at
    which nothing changes is harmless.
    """

    __slots__ = ("level", "times")
    ORDER: ClassVar[Literal["C", "F"]] = "C"
    """How levels lie in memory: by row, or by event time."""

    def __init__(self, times: Ints, level: Ints) -> None:
        self.times = times
        self.level = np.asarray(level, order=self.ORDER)

    @classmethod
    def constant(cls, level: Ints, *, since: int) -> Self:
        """Rows that keep their level, shape (rows,), from ``since`` on."""
        return cls(np.array([since], np.int64), level.reshape(-1, 1).copy())

    def copy(self) -> Self:
        """An independent copy."""
        return type(self)(self.times.copy(), self.level.copy(order=self.ORDER))

    def equals(self, other: "Profile") -> bool:
        """Whether the levels are the same at all times, event by event."""
        return np.array_equal(self.times, other.times) and np.array_equal(self.level, other.level)

    def mark(self, instant: int) -> None:
        """Makes the instant an event time, if it is not before the first."""
        if instant > int(self.times[0]):
            self._split(instant)

    def add(self, amounts: Mapping[int, int], interval: Interval) -> None:
        """Adds amounts to rows during the interval; the part of it before ``times[0]`` is ignored. O(rows x K)."""
        start = max(interval.start, int(self.times[0]))
        if interval.end <= start or not amounts:
            return
        first, last = self._split(start), self._split(interval.end)
        self._raise(amounts, first, last)

    def lowest(self, interval: Interval) -> Ints:
        """The lowest level of each row during the interval, shape (rows,). O(rows x columns in the interval)."""
        first, last = self._columns(interval)
        lowest: Ints = self.level[:, first:last].min(axis=1)
        return lowest

    def always(self, good: Flags, starts: Ints, seconds: int) -> Flags:
        """For each start, whether all columns of ``[start, start + seconds)`` are good. O(K + starts)."""
        bad = np.concatenate([np.zeros(1, np.int64), np.cumsum(~good)])
        first = np.searchsorted(self.times, starts, "right") - 1
        last = np.searchsorted(self.times, starts + seconds, "left")
        clear: Flags = bad[last] == bad[first]
        return clear

    def _raise(self, amounts: Mapping[int, int], first: int, last: int) -> None:
        """Adds amounts to rows in the columns ``first`` to ``last - 1``."""
        rows = np.fromiter(amounts.keys(), np.int64, len(amounts))
        self.level[rows, first:last] += np.fromiter(amounts.values(), np.int64, len(amounts))[:, None]

    def _columns(self, interval: Interval) -> tuple[int, int]:
        first = int(np.searchsorted(self.times, interval.start, "right")) - 1
        return max(first, 0), int(np.searchsorted(self.times, interval.end, "left"))

    def _split(self, instant: int) -> int:
        """The column that begins at the instant, made if there is none."""
        column = int(np.searchsorted(self.times, instant, "left"))
        if column == len(self.times) or self.times[column] != instant:
            self.times = np.insert(self.times, column, instant)
            level = np.empty((len(self.level), len(self.times)), self.level.dtype, order=self.ORDER)
            level[:, :column], level[:, column:] = self.level[:, :column], self.level[:, column - 1 :]
            self.level = level
        return column
