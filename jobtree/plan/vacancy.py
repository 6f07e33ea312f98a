"""Free GPUs of nodes over time, and how many pods of a size fit in each domain (semantics.md 6 and 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from jobtree.base.instant import Interval
from jobtree.plan.arrays import Flags, Ints
from jobtree.plan.profile import Profile
from jobtree.plan.sites import Sites

MOST_COUNTS = 16
MOST_CELLS, MOST_WORK = 250_000_000, 1_000_000_000_000
"""Where a plan in the making stops: half a gibibyte, and cells that were read or moved."""


@dataclass(slots=True, eq=False)
class _Count:
    """Pods of one size on some nodes: ``pods`` has shape (domains, K), over the event times of the vacancy."""

    nodes: Flags
    per_pod: int
    domain_of: Ints
    pods: Ints

    def copy(self) -> "_Count":
        return _Count(self.nodes, self.per_pod, self.domain_of, self.pods.copy())

    def change(self, rows: Ints, columns: slice, before: Ints, after: Ints) -> None:
        counted = self.nodes[rows]
        more = _pods(after[counted], self.per_pod) - _pods(before[counted], self.per_pod)
        np.add.at(self.pods[:, columns], self.domain_of[rows[counted]], more)

    def split(self, column: int) -> None:
        self.pods = np.insert(self.pods, column, self.pods[:, column - 1], axis=1)


def _pods(free: Ints, per_pod: int) -> Ints:
    whole: Ints = np.maximum(free, 0).astype(np.int64) // per_pod
    return whole


class Vacancy(Profile):
    """A profile whose rows are the nodes of ``sites``. Pods are counted once, and kept in step with what changes.

    Levels of an event time lie together: to find the lowest of many nodes during an interval is what is asked most.
    ``work`` counts cells that were read or moved since it was made.
    """

    __slots__ = ("_counts", "sites", "work")
    ORDER = "F"

    def __init__(self, times: Ints, level: Ints, sites: Sites) -> None:
        super().__init__(times, level)
        self.sites = sites
        self.work = 0
        self._counts: dict[tuple[int, bytes], _Count] = {}

    @classmethod
    def of(cls, free: Ints, sites: Sites, *, since: int) -> "Vacancy":
        """Nodes that keep their free GPUs, shape (nodes,), from ``since`` on."""
        flat = Profile.constant(free, since=since)
        return cls(flat.times, flat.level, sites)

    def copy(self) -> Self:
        """An independent copy. O(nodes x K)."""
        other = type(self)(self.times.copy(), self.level.copy(order=self.ORDER), self.sites)
        other._counts = {key: count.copy() for key, count in self._counts.items()}
        return other

    @property
    def is_full(self) -> bool:
        """Whether no more may be put in: it takes too much memory, or has cost too much work. Both are counts."""
        return self.level.size >= MOST_CELLS or self.work >= MOST_WORK

    def lowest(self, interval: Interval) -> Ints:
        """The lowest free GPUs of each node during the interval, shape (nodes,). O(nodes x columns in the interval)."""
        first, last = self._columns(interval)
        self.work += len(self.level) * (last - first)
        return super().lowest(interval)

    def pods(self, nodes: Flags, per_pod: int) -> Ints:
        """Pods that fit on these nodes, shape (domains, K). O(nodes x K) the first time, O(nodes) after."""
        key = (per_pod, nodes.tobytes())
        count = self._counts.get(key)
        if count is None:
            self.work += self.level.size
            pods = self.sites.by_domain(_pods(np.where(nodes[:, None], self.level, 0), per_pod))
            count = _Count(nodes, per_pod, self.sites.domain_of, pods)
            if len(self._counts) == MOST_COUNTS:
                del self._counts[next(iter(self._counts))]
            self._counts[key] = count
        return count.pods

    def _raise(self, amounts: Mapping[int, int], first: int, last: int) -> None:
        rows = np.fromiter(amounts.keys(), np.int64, len(amounts))
        before = self.level[rows, first:last]
        super()._raise(amounts, first, last)
        for count in self._counts.values():
            count.change(rows, slice(first, last), before, self.level[rows, first:last])

    def _split(self, instant: int) -> int:
        known = len(self.times)
        column = super()._split(instant)
        self.work += self.level.size if len(self.times) > known else 0
        for count in self._counts.values() if len(self.times) > known else ():
            count.split(column)
        return column
