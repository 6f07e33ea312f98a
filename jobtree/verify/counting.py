"""Whole pods that a need finds while units are cut and put back (docs/lottery.md, Needs)."""

from collections.abc import Iterable

from jobtree.verify.contention import Need

Frees = Iterable[tuple[str, int]]


class Tally:
    """Supply of each need. A change costs O(nodes of the unit)."""

    def __init__(self, needs: Iterable[Need]) -> None:
        self._needs = tuple(needs)
        self._free = [dict(need.free) for need in self._needs]
        self._supply = [
            sum(max(0, gpus) // need.per_pod for gpus in free.values())
            for need, free in zip(self._needs, self._free, strict=True)
        ]

    @property
    def met(self) -> bool:
        """Whether every need finds all its pods."""
        return all(supply >= need.pods for need, supply in zip(self._needs, self._supply, strict=True))

    def within(self, other: "Tally") -> bool:
        """Whether the other has at least as much free on every node, need by need."""
        return len(self._free) == len(other._free) and all(
            mine.keys() == theirs.keys() and all(gpus <= theirs[node] for node, gpus in mine.items())
            for mine, theirs in zip(self._free, other._free, strict=True)
        )

    def cut_all(self, units: Iterable[Frees]) -> "Tally":
        """Cuts several; returns itself."""
        for frees in units:
            self.cut(frees)
        return self

    def cut(self, frees: Frees) -> None:
        """Adds what a unit frees."""
        self._change(tuple(frees), 1)

    def put_back(self, frees: Frees) -> None:
        """Takes away what a unit had freed."""
        self._change(tuple(frees), -1)

    def _change(self, frees: tuple[tuple[str, int], ...], sign: int) -> None:
        for position, (need, free) in enumerate(zip(self._needs, self._free, strict=True)):
            for node, gpus in frees:
                if node in free:
                    before = max(0, free[node]) // need.per_pod
                    free[node] += sign * gpus
                    self._supply[position] += max(0, free[node]) // need.per_pod - before
