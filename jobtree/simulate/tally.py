"""Counts while a simulation runs: GPU-seconds, waits, work that was lost, cuts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jobtree.base.identity import Domain, Key, Owner
from jobtree.base.instant import Instant
from jobtree.model.lease import ClosureReason, Lease, Role
from jobtree.model.topology import Node
from jobtree.simulate.job import Job
from jobtree.simulate.outcome import OwnerPoint, Point

Slot = tuple[str, int]


@dataclass(slots=True)
class Tally:
    """``used`` and ``usable`` are GPU-seconds by domain up to ``at``; ``lost`` GPU-seconds of work by cause.

    A spare is in use, for nobody else has its GPUs; its guest does not use them twice.
    """

    at: Instant
    domains: Mapping[str, Domain]
    used: dict[Domain, int] = field(default_factory=dict)
    usable: dict[Domain, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    closures: dict[str, int] = field(default_factory=dict)
    openings: dict[str, int] = field(default_factory=dict)
    cuts: dict[str, int] = field(default_factory=dict)
    failures: int = 0
    returns: int = 0
    cycles: int = 0
    events: int = 0
    slips: int = 0
    points: list[Point] = field(default_factory=list)
    _room: dict[Domain, int] = field(default_factory=dict)
    _held: dict[Domain, int] = field(default_factory=dict)
    _owners: dict[Owner, int] = field(default_factory=dict)
    _slots: dict[Slot, int] = field(default_factory=dict)
    _of_run: dict[Key, list[Lease]] = field(default_factory=dict)

    def advance(self, at: Instant) -> None:
        """Time passes."""
        seconds = at - self.at
        for domain, gpus in self._held.items():
            self.used[domain] = self.used.get(domain, 0) + gpus * seconds
        for domain, gpus in self._room.items():
            self.usable[domain] = self.usable.get(domain, 0) + gpus * seconds
        self.at = at

    def nodes(self, nodes: Iterable[Node]) -> None:
        """These nodes take pods now."""
        self._room = {}
        for node in nodes:
            self._room[node.domain] = self._room.get(node.domain, 0) + node.gpus

    def hold(self, leases: Iterable[Lease]) -> None:
        """These leases, and no others, hold their slots now."""
        self._held, self._owners, self._slots, self._of_run = {}, {}, {}, {}
        for lease in leases:
            if lease.interval.holds(self.at):
                self._of_run.setdefault(lease.run, []).append(lease)
                self._count(lease, 1)

    def release(self, run: Key) -> None:
        """The pods of a run are gone."""
        for lease in self._of_run.pop(run, ()):
            self._count(lease, -1)

    def lose(self, cause: ClosureReason, gpu_seconds: int) -> None:
        """Work is lost that no checkpoint kept."""
        if gpu_seconds:
            self.lost[cause] = self.lost.get(cause, 0) + gpu_seconds

    def point(self, jobs: Iterable[Job]) -> None:
        """How the fleet stands after a compile; jobs are those that have arrived and are not over."""
        waiting = [job for job in jobs if not job.is_running]
        queued: dict[Owner, int] = {}
        for job in waiting:
            queued[job.run.owner] = queued.get(job.run.owner, 0) + 1
        owners = sorted({*self._owners, *queued})
        self.points.append(
            Point(
                at=self.at,
                usable=sum(self._room.values()),
                in_use=sum(self._held.values()),
                waiting_runs=len(waiting),
                waiting_gpus=sum(job.run.total_gpus for job in waiting),
                owners=tuple(
                    OwnerPoint(owner=owner, in_use=self._owners.get(owner, 0), waiting=queued.get(owner, 0))
                    for owner in owners
                ),
            )
        )

    def _count(self, lease: Lease, by: int) -> None:
        domain = self.domains[lease.node]
        for ordinal in lease.slots:
            slot = (lease.node, ordinal)
            before = self._slots.get(slot, 0)
            self._slots[slot] = before + by
            if not (before and before + by):
                self._held[domain] = self._held.get(domain, 0) + by
        if lease.role is not Role.OPPORTUNISTIC:
            self._owners[lease.owner] = self._owners.get(lease.owner, 0) + by * len(lease.slots)
