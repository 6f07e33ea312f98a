"""When each slot is taken, and by whom: what can be told of many runs at once, before one of them is looked at closely.

Everything here is necessary and nothing is sufficient: what is said to be out of the question is, and the rest may be.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval
from jobtree.model.run import Run
from jobtree.model.topology import Node
from jobtree.plan.arrays import Flags, Ints
from jobtree.plan.demand import shape
from jobtree.plan.sites import Sites, sites_of
from jobtree.plan.standing import Hold


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SlotTimes:
    """Entries (slot, start, end, run) of shape (entries,), over all usable nodes.

    Slots are numbered through from ``first_slot`` of their node, shape (nodes,); ``by`` is the number of the run.
    """

    sites: Sites
    first_slot: Ints
    slot: Ints
    start: Ints
    end: Ints
    by: Ints
    number: dict[Key, int]

    @classmethod
    def of(cls, nodes: Iterable[Node], taken: Sequence[tuple[Key, Hold]]) -> Self:
        """Who takes which slots when. O(nodes log nodes + slots taken)."""
        sites = sites_of(node for node in nodes if node.usable and node.gpus)
        first_slot = np.cumsum(sites.gpus) - sites.gpus
        offset = {node.name: int(first) for node, first in zip(sites.nodes, first_slot, strict=True)}
        number = {key: index for index, key in enumerate(dict.fromkeys(key for key, _ in taken))}
        held = [(key, hold) for key, hold in taken if hold.node in offset]
        rows = [(offset[hold.node], hold.interval.start, hold.interval.end, number[key]) for key, hold in held]
        table = np.array(rows, np.int64).reshape(-1, 4)
        sizes = [len(hold.slots) for _, hold in held]
        ordinals = np.fromiter(chain.from_iterable(hold.slots for _, hold in held), np.int64, sum(sizes))
        first, start, end, by = np.repeat(table, sizes, axis=0).T
        return cls(
            sites=sites, first_slot=first_slot, slot=first + ordinals, start=start, end=end, by=by, number=number
        )

    def could_seat(self, run: Run, starts: Interval) -> bool:
        """Whether the narrowest shape might sit somewhere at some start, on slots not taken throughout.

        An entry of another run takes its slot at every start if it overlaps the run's time for the first and the last.
        Spares and payers are left out. O(entries + nodes).
        """
        others = self.by != self.number.get(run.key, -1)
        taken = others & (self.start < starts.start + run.duration) & (self.end >= starts.end)
        free = np.ones(int(self.sites.gpus.sum()), np.bool_)
        free[self.slot[taken]] = False
        return self._holds(run, free)

    def _holds(self, run: Run, free: Flags) -> bool:
        if not self.sites.nodes:
            return False
        wanted = shape(run, run.start_widths[-1])
        per_node = np.add.reduceat(free, self.first_slot, dtype=np.int64)
        pods = per_node // run.gpus_per_pod * self.sites.open_to(run)
        by_domain = self.sites.by_domain(pods)
        most = by_domain.max() if wanted.one_domain else self.sites.by_cluster(by_domain).max()
        return bool(most >= wanted.pods)


def only(instant: Instant) -> Interval:
    """Starts of which there is one."""
    return Interval(instant, Instant(instant + 1))
