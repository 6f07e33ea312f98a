"""A sweep at work: leases as they stand after the writes that it has decided on so far."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.model.lease import ClosedLease, Closure, ClosureReason, FundingClass, Lease, Role
from jobtree.runtime.status import incarnation
from jobtree.runtime.world import World
from jobtree.runtime.writes import Close, Open, Write

Occupied = tuple[str, int]
"""A slot: node and ordinal."""


@dataclass(slots=True, kw_only=True)
class Desk:
    """``lost`` and ``cordoned`` nodes, classes at ``now``, and the writes in order; leases by run and by slot."""

    now: Instant
    lost: frozenset[str]
    cordoned: frozenset[str]
    classes: Mapping[Lease, FundingClass]
    writes: list[Write] = field(default_factory=list)
    _open: dict[Key, list[Lease]] = field(default_factory=dict)
    _closed: dict[Key, list[ClosedLease]] = field(default_factory=dict)
    _holders: dict[Occupied, list[Lease]] = field(default_factory=dict)

    def leases(self, run: Key) -> Sequence[Lease]:
        """Open leases of a run."""
        return tuple(self._open.get(run, ()))

    def closed(self, run: Key) -> tuple[ClosedLease, ...]:
        """Closed leases of the run's current incarnation, in order of closing."""
        return incarnation(self._open.get(run, ()), self._closed.get(run, ()))

    def tenants(self, spare: Sequence[Lease]) -> tuple[Lease, ...]:
        """Open leases of other runs on the slots of a spare, in order of its slots."""
        first = spare[0]
        found = {
            lease: None
            for slot in first.slots
            for lease in self._holders.get((first.node, slot), ())
            if lease.run != first.run
        }
        return tuple(found)

    def funded(self, lease: Lease) -> bool:
        """Whether somebody pays; a lease without a class counts as paid for, because nobody said that it is not."""
        if lease.role is Role.OPPORTUNISTIC or lease.payer is None:
            return False
        return self.classes.get(lease) is not FundingClass.UNFUNDED

    def open(self, lease: Lease) -> None:
        """Writes that a lease begins."""
        self.writes.append(Open(lease=lease))
        self._hold(lease)

    def close(self, leases: Iterable[Lease], closure: Closure | ClosureReason) -> None:
        """Writes that leases end, in their order: now, unless the closure says when. Closed ones stay as they are."""
        how = closure if isinstance(closure, Closure) else Closure(time=self.now, reason=closure)
        for lease in leases:
            if lease not in self._open.get(lease.run, ()):
                continue
            self.writes.append(Close(lease=lease, closure=how))
            self._open[lease.run].remove(lease)
            for slot in lease.slots:
                self._holders[lease.node, slot].remove(lease)
            self._closed.setdefault(lease.run, []).append(ClosedLease(lease=lease, closure=how))

    def _hold(self, lease: Lease) -> None:
        self._open.setdefault(lease.run, []).append(lease)
        for slot in lease.slots:
            self._holders.setdefault((lease.node, slot), []).append(lease)

    def _remember(self, closed: Iterable[ClosedLease]) -> None:
        for one in closed:
            self._closed.setdefault(one.lease.run, []).append(one)


def desk_for(world: World, now: Instant, classes: Mapping[Lease, FundingClass]) -> Desk:
    """A desk with nothing decided yet. O(open slots + closed leases)."""
    desk = Desk(now=now, lost=frozenset(world.lost), cordoned=frozenset(world.cordoned), classes=classes)
    for lease in world.leases:
        desk._hold(lease)
    desk._remember(world.closed)
    return desk
