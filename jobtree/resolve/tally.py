"""What cuts supply to the needs of a claim, counted as units are cut and returned (docs/lottery.md, Needs)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from jobtree.model.contention import CutUnit, Need, NodeGpus

Step = tuple[int, int]
"""A row (one node of one need) and the GPUs that a unit frees there."""


class Tally:
    """How many pods each need still lacks, with some of the units cut.

    A row is one node of one need; a need is met when the sum over its rows of ``max(0, free) // per_pod`` reaches its
    pods. Supply never falls when a unit is cut and does not depend on the order of cutting. Built in O(rows + frees).
    """

    __slots__ = ("_free", "_idle", "_lacking", "_missing", "_rows", "_steps")

    def __init__(self, needs: Sequence[Need], units: Sequence[CutUnit]) -> None:
        self._rows = [(number, need.per_pod) for number, need in enumerate(needs) for _ in need.free]
        self._idle = [on.gpus for need in needs for on in need.free]
        self._lacking = [need.pods - sum(max(0, on.gpus) // need.per_pod for on in need.free) for need in needs]
        places: dict[str, list[int]] = {}
        for row, on in enumerate(on for need in needs for on in need.free):
            places.setdefault(on.node, []).append(row)
        self._steps = [tuple(_steps(unit, places)) for unit in units]
        self.clear()

    def clear(self) -> None:
        """Nothing is cut any more. O(rows), as a copy."""
        self._free = self._idle.copy()
        self._missing = self._lacking.copy()

    @property
    def met(self) -> bool:
        """Whether every need has its pods. O(needs)."""
        return max(self._missing, default=0) <= 0

    def add(self, unit: int) -> None:
        """Cuts the unit with this index. O(its nodes)."""
        free, missing, rows = self._free, self._missing, self._rows
        for row, gpus in self._steps[unit]:
            need, per_pod = rows[row]
            before = free[row]
            after = free[row] = before + gpus
            missing[need] += (before // per_pod if before > 0 else 0) - (after // per_pod if after > 0 else 0)

    def remove(self, unit: int) -> None:
        """Returns a unit that is cut. O(its nodes)."""
        free, missing, rows = self._free, self._missing, self._rows
        for row, gpus in self._steps[unit]:
            need, per_pod = rows[row]
            before = free[row]
            after = free[row] = before - gpus
            missing[need] += (before // per_pod if before > 0 else 0) - (after // per_pod if after > 0 else 0)


def raised(needs: Iterable[Need], cut: Iterable[CutUnit]) -> tuple[Need, ...]:
    """The needs as they stand after these cuts: ``free`` raised by what they free. O(rows + frees)."""
    freed: dict[str, int] = {}
    for on in (on for unit in cut for on in unit.frees):
        freed[on.node] = freed.get(on.node, 0) + on.gpus
    return tuple(
        replace(need, free=tuple(NodeGpus(node=on.node, gpus=on.gpus + freed.get(on.node, 0)) for on in need.free))
        for need in needs
    )


def _steps(unit: CutUnit, places: dict[str, list[int]]) -> Iterable[Step]:
    return ((row, on.gpus) for on in unit.frees for row in places.get(on.node, ()))
