"""Kueue-rules model, one scheduling pass: who is admitted, and who is preempted for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant
from jobtree.model.lease import Lease
from jobtree.model.run import Run
from jobtree.plan.arrays import Flags
from jobtree.plan.seat import Seat
from jobtree.plan.unit import Unit
from jobtree.simulate.baselines.kueue_floor import Floor
from jobtree.simulate.baselines.kueue_quota import ClusterQueue, Quota, ResourceFlavor, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of every ClusterQueue.

    ``strict`` is queueingStrategy StrictFIFO, else BestEffortFIFO (the documented default). ``reclaim`` is
    reclaimWithinCohort Any, as in the example of page "Cluster Queue", Preemption; else Never (the documented default).
    ``borrowing_limit`` in GPUs, of every flavor; None, the default, borrows all that the cohort has unused.
    withinClusterQueue is Never or LowerPriority, which are the same here: runs have no priorities.
    """

    strict: bool = False
    reclaim: bool = True
    borrowing_limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Where one run of an admitted workload sits, and the quota that it is counted in."""

    run: Run
    quota: Quota
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A workload that runs: ``shares`` are its GPUs by flavor in its queue.

    It holds ``leases``, or if it was admitted in this very pass, ``parts``.
    """

    name: Key
    queue: Owner
    since: Instant
    leases: tuple[Lease, ...] = ()
    parts: tuple[Part, ...] = ()
    shares: tuple[tuple[ResourceFlavor, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preemption:
    """Workloads that were preempted for one that was admitted."""

    claim: Unit
    targets: tuple[Admitted, ...]


@dataclass(slots=True, kw_only=True)
class Cycle:
    """Passes over queues until nobody more can be admitted.

    ``running`` are the workloads that run so far, with those that this pass has admitted.
    """

    settings: Settings
    usage: Usage
    floor: Floor
    running: list[Admitted]
    preemptions: list[Preemption] = field(default_factory=list)
    _vain: set[tuple[object, ...]] = field(default_factory=set)

    def run(self, waiting: Mapping[Owner, Sequence[Unit]]) -> None:
        """Heads of all queues compete, pass after pass, as in Kueue's scheduling cycles.

        Among heads, one that need not borrow comes before one that must ("Cluster Queue", Borrowing example: a queue's
        nominalQuota is met before another borrows more), then the older one. A preempted workload waits for a later
        plan: its pods are still ending. BestEffortFIFO goes on behind a workload that cannot be admitted, StrictFIFO
        does not ("Cluster Queue", Queueing strategy).
        """
        left = {owner: list(units)[::-1] for owner, units in sorted(waiting.items()) if owner in self.usage.queues}
        while any(left.values()):
            heads = [(owner, units.pop()) for owner, units in left.items() if units]
            order = sorted(heads, key=lambda head: (self._must_borrow(*head), min(run.rank for run in head[1].runs)))
            for owner, unit in order:
                if not self._admit(self.usage.queues[owner], unit) and self.settings.strict:
                    left[owner].clear()

    def _must_borrow(self, owner: Owner, unit: Unit) -> bool:
        """Whether its first flavor's nominalQuota is too small for it, with what is in use."""
        queue, run = self.usage.queues[owner], unit.runs[0]
        quota = next((quota for quota in queue.quotas if quota.flavor[0] == run.flavor), None)
        gpus = sum(self.floor.gpus(one) for one in unit.runs if one.flavor == run.flavor)
        return quota is None or self.usage.of(owner, quota.flavor) + gpus > quota.nominal

    def _admit(self, queue: ClusterQueue, unit: Unit) -> bool:
        asks = (queue.owner, *(_asks(run) for run in unit.runs))
        if asks in self._vain:
            return False
        parts = self._assign(queue, unit, most_borrowed=self.settings.borrowing_limit)
        if parts is None and self.settings.reclaim:
            parts = self._preempt(queue, unit)
        if parts is None:
            self._vain.add(asks)
            return False
        now = self.floor.horizon.start
        shares = tuple((part.quota.flavor, self.floor.gpus(part.run)) for part in parts)
        self.running.append(Admitted(name=unit.key, queue=queue.owner, since=now, parts=parts, shares=shares))
        return True

    def _assign(self, queue: ClusterQueue, unit: Unit, *, most_borrowed: int | None) -> tuple[Part, ...] | None:
        """Quota and seats for all runs of a workload, taken, or for none: all or nothing."""
        everywhere: Sequence[Flags] = (np.ones(len(self.floor.free), np.bool_),)
        for within in everywhere if len(unit.runs) == 1 else tuple(self.floor.clusters()):
            parts: list[Part] = []
            for run in unit.runs:
                part = self._assign_run(queue, run, within, most_borrowed=most_borrowed)
                if part is None:
                    break
                parts.append(part)
                self._count(queue, part, 1)
            if len(parts) == len(unit.runs):
                return tuple(parts)
            for part in parts:
                self._count(queue, part, -1)
        return None

    def _assign_run(self, queue: ClusterQueue, run: Run, within: Flags, *, most_borrowed: int | None) -> Part | None:
        """The first flavor of the queue that fits, by borrowing too ("Cluster Queue", FlavorFungibility: Borrow)."""
        for quota in queue.quotas:
            gpus = self.floor.gpus(run)
            if quota.flavor[0] == run.flavor and self.usage.fits(queue, quota, gpus, most_borrowed=most_borrowed):
                seats = self.floor.seats(run, quota.flavor[1], within)
                if seats is not None:
                    return Part(run=run, quota=quota, seats=seats)
        return None

    def _preempt(self, queue: ClusterQueue, unit: Unit) -> tuple[Part, ...] | None:
        """Page "Preemption", Classic Preemption, heuristic 3 and the last step.

        A workload that fits its queue's nominalQuota takes workloads of queues of its cohort that borrow what it needs,
        those admitted last first, until it fits without borrowing. Then, in reverse, each goes free that was not
        needed. Heuristics 1, 2 and 4 need priorities. One that this very pass admitted has not begun: it only waits.
        """
        taken: list[Admitted] = []
        parts = None
        for one in self._candidates(queue, unit):
            if any(self.usage.borrowed(one.queue, flavor) for flavor, _ in one.shares):
                self._release(one, 1)
                taken.append(one)
                parts = self._assign(queue, unit, most_borrowed=0)
                if parts is not None:
                    break
        for one in reversed(tuple(taken)):
            parts = self._without(queue, unit, parts, one, taken)
        if parts is not None:
            gone = {one.name for one in taken}
            self.running = [one for one in self.running if one.name not in gone]
            self.preemptions.append(Preemption(claim=unit, targets=tuple(one for one in taken if one.leases)))
            self._vain.clear()
        return parts

    def _without(
        self, queue: ClusterQueue, unit: Unit, parts: tuple[Part, ...] | None, one: Admitted, taken: list[Admitted]
    ) -> tuple[Part, ...] | None:
        """Seats of the workload if this target goes on; else as they are, and it stays a target."""
        for part in parts or ():
            self._count(queue, part, -1)
        self._release(one, -1)
        found = None if parts is None else self._assign(queue, unit, most_borrowed=0)
        if parts is None or found is not None:
            taken.remove(one)
            return found
        self._release(one, 1)
        for part in parts:
            self._count(queue, part, 1)
        return parts

    def _candidates(self, queue: ClusterQueue, unit: Unit) -> Sequence[Admitted]:
        """Workloads of borrowing queues of the cohort that hold a flavor it could use, admitted most recently first."""
        flavors = {quota.flavor for quota in queue.quotas if quota.flavor[0] in {run.flavor for run in unit.runs}}
        if not self._is_entitled(queue, unit):
            return ()
        found = [
            one
            for one in self.running
            if one.queue != queue.owner
            and one.queue in self.usage.queues
            and self.usage.queues[one.queue].cohort == queue.cohort
            and any(flavor in flavors and self.usage.borrowed(one.queue, flavor) for flavor, _ in one.shares)
        ]
        return sorted(found, key=lambda one: (-one.since, one.name))

    def _is_entitled(self, queue: ClusterQueue, unit: Unit) -> bool:
        """Whether all its runs fit some flavor's nominalQuota, with what its own queue uses."""
        return all(
            any(
                quota.flavor[0] == run.flavor
                and self.usage.of(queue.owner, quota.flavor) + self.floor.gpus(run) <= quota.nominal
                for quota in queue.quotas
            )
            for run in unit.runs
        )

    def _count(self, queue: ClusterQueue, part: Part, sign: int) -> None:
        self.usage.add(queue.owner, part.quota.flavor, sign * self.floor.gpus(part.run))
        self.floor.take(part.run, part.seats, -sign)

    def _release(self, one: Admitted, sign: int) -> None:
        self.floor.hold(one.leases, sign)
        for part in one.parts:
            self.floor.take(part.run, part.seats, sign)
        for flavor, gpus in one.shares:
            self.usage.add(one.queue, flavor, -sign * gpus)


def _asks(run: Run) -> tuple[object, ...]:
    """Runs of a queue that ask alike fit alike."""
    return (run.flavor, run.total_gpus, run.gpus_per_pod, run.group_size, run.spares, run.spread, run.selector)


def shares_of(leases: Iterable[tuple[Lease, ResourceFlavor | None]]) -> tuple[tuple[ResourceFlavor, int], ...]:
    """GPUs by flavor of leases that are counted somewhere."""
    found: dict[ResourceFlavor, int] = {}
    for lease, flavor in leases:
        if flavor is not None:
            found[flavor] = found.get(flavor, 0) + len(lease.slots)
    return tuple(found.items())
