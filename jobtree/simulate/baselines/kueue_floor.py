"""Kueue-rules model, machines: free GPUs now, and where the pods of a workload sit.

Page "Topology Aware Scheduling": capacity of a domain is what its ready and schedulable nodes have, less what admitted
workloads use. Pods go into one domain where they can (``podset-preferred-topology``), or must for a run that may not
spread (``podset-required-topology``), else into as few as possible. Time plays no part: nobody knows of an end.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from jobtree.base.identity import Key
from jobtree.base.instant import Interval
from jobtree.cover.offer import Coverage
from jobtree.model.catalog import Catalog
from jobtree.model.lease import Lease
from jobtree.model.run import Run
from jobtree.model.selector import Selector
from jobtree.plan.arrays import Flags, Ints
from jobtree.plan.demand import Demand, demand
from jobtree.plan.place import Room, place
from jobtree.plan.seat import Seat
from jobtree.plan.sites import Sites, sites_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Floor:
    """``free`` GPUs of the nodes of ``sites`` now, shape (nodes,), changed in place; ``index`` numbers them by name."""

    sites: Sites
    index: Mapping[str, int]
    horizon: Interval
    free: Ints
    demands: dict[Key, Demand]

    def demand(self, run: Run) -> Demand:
        """The run at full width, asked for once: partial admission is not modelled."""
        if run.key not in self.demands:
            nobody = Coverage(run=run.key, offers=(), denials=())
            self.demands[run.key] = demand(run, nobody, sites=self.sites, rows={}, horizon=self.horizon)
        return self.demands[run.key]

    def gpus(self, run: Run) -> int:
        """GPUs that the run holds at full width, spares included."""
        return self.demand(run).shapes[0].pods_with_spares * run.gpus_per_pod

    def seats(self, run: Run, selector: Selector, within: Flags) -> tuple[Seat, ...] | None:
        """Seats at full width on free nodes that the quota's selector matches, or None."""
        wanted = self.demand(run)
        allowed = wanted.idle_nodes & self.sites.selected(selector) & within
        free = np.where(allowed, np.maximum(self.free, 0), 0)
        room = Room(sites=self.sites, per_pod=run.gpus_per_pod, free=free, allowed=allowed)
        if int(room.pods.sum()) < wanted.shapes[0].pods_with_spares:
            return None
        return place(wanted.shapes[0], room)

    def take(self, run: Run, seats: Iterable[Seat], sign: int = -1) -> None:
        """Takes what seats hold, or with ``sign`` 1 gives it back."""
        for seat in seats:
            self.free[seat.node] += sign * seat.pods * run.gpus_per_pod

    def hold(self, leases: Iterable[Lease], sign: int = -1) -> None:
        """Takes what leases hold, or with ``sign`` 1 gives it back; a node that is gone has nothing to take."""
        for lease in leases:
            if lease.node in self.index:
                self.free[self.index[lease.node]] += sign * len(lease.slots)

    def clusters(self) -> Iterator[Flags]:
        """The nodes of each cluster: runs that start together share one."""
        for domains in self.sites.clusters():
            yield (self.sites.domain_of >= domains.start) & (self.sites.domain_of < domains.stop)


def floor_of(catalog: Catalog, leases: Iterable[Lease], horizon: Interval) -> Floor:
    """What leases that hold now leave free. O(nodes + leases)."""
    sites = sites_of(catalog.nodes)
    floor = Floor(
        sites=sites,
        index={node.name: number for number, node in enumerate(sites.nodes)},
        horizon=horizon,
        free=sites.gpus.astype(np.int64),
        demands={},
    )
    floor.hold(lease for lease in leases if lease.interval.holds(horizon.start))
    return floor
