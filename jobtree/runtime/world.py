"""The world as the runtime sees it: leases, and facts about runs and nodes (semantics.md 10)."""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import reduce
from typing import assert_never

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.model.lease import ClosedLease, Lease, LeaseReason, lease_order
from jobtree.model.run import Run
from jobtree.runtime.writes import Close, Cordon, Fail, Open, Requeue, Write

NEVER = Instant(-(1 << 62))
"""Before every instant: when a fact that nobody observed was observed."""


class Ending(IntEnum):
    """How a run ends for good; of two endings in the same second the smaller counts."""

    COMPLETED = 0
    FAILED = 1
    DELETED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A run that is not Running or Pending any more. Of several endings the earliest counts."""

    run: Key
    ending: Ending
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFacts:
    """What was last observed of a node, and when; of contrary facts in the same second, ``True`` counts.

    ``lost``: its object is gone or tainted out-of-service. ``cordoned`` outlives a return under the same name: only an
    explicit uncordon ends it.
    """

    node: str
    lost: bool = False
    lost_at: Instant = NEVER
    cordoned: bool = False
    cordoned_at: Instant = NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that a sweep decides on; it must be complete.

    ``leases`` are those without a closure, in ``lease_order``; terms that begin later (Renew) are among them. Who takes
    a lease to be over by its interval closes it first, and never just leaves it out. ``closed`` is at least what was
    closed since the current start of every run that has leases, in order of closing. ``runs`` by key, as they were when
    they started; a run that is not here has been deleted. ``pending`` are the runs whose status says so already,
    ``ended`` by run, ``nodes`` by name. Active and Opportunistic pods of a group share their ranks.
    """

    leases: tuple[Lease, ...] = ()
    closed: tuple[ClosedLease, ...] = ()
    runs: tuple[Run, ...] = ()
    pending: tuple[Key, ...] = ()
    ended: tuple[Ended, ...] = ()
    nodes: tuple[NodeFacts, ...] = ()

    @property
    def lost(self) -> tuple[str, ...]:
        """Names of the nodes that are lost, sorted."""
        return tuple(facts.node for facts in self.nodes if facts.lost)

    @property
    def cordoned(self) -> tuple[str, ...]:
        """Names of the nodes that are cordoned, sorted."""
        return tuple(facts.node for facts in self.nodes if facts.cordoned)


def apply_all(world: World, writes: Iterable[Write]) -> World:
    """The world after all writes, in order."""
    return reduce(apply, writes, world)


def apply(world: World, write: Write) -> World:
    """The world after one write; a write that was made before changes nothing. O(leases + runs + nodes)."""
    match write:
        case Cordon():
            return learn_node(world, NodeFacts(node=write.node, cordoned=True, cordoned_at=write.at))
        case Open():
            return _opened(world, write.lease)
        case Close():
            return _closed(world, write)
        case Requeue():
            return replace(world, pending=tuple(sorted({*world.pending, write.run})))
        case Fail():
            return learn_ending(world, Ended(run=write.run, ending=Ending.FAILED, at=write.at))
    assert_never(write)


def learn_node(world: World, facts: NodeFacts) -> World:
    """Joins what is known of a node with more of it: the latest of each kind, in whatever order they arrive."""
    known = {one.node: one for one in world.nodes}
    old = known.get(facts.node, facts)
    lost_at, lost = max((old.lost_at, old.lost), (facts.lost_at, facts.lost))
    cordoned_at, cordoned = max((old.cordoned_at, old.cordoned), (facts.cordoned_at, facts.cordoned))
    known[facts.node] = NodeFacts(
        node=facts.node, lost=lost, lost_at=lost_at, cordoned=cordoned, cordoned_at=cordoned_at
    )
    return replace(world, nodes=tuple(known[name] for name in sorted(known)))


def learn_ending(world: World, ended: Ended) -> World:
    """Joins endings of a run: the earliest counts, in whatever order they arrive."""
    known = {one.run: one for one in world.ended}
    known[ended.run] = min(known.get(ended.run, ended), ended, key=lambda one: (one.at, one.ending))
    return replace(world, ended=tuple(known[key] for key in sorted(known)))


def _opened(world: World, lease: Lease) -> World:
    if lease in world.leases or any(one.lease == lease for one in world.closed):
        return world
    leases = list(world.leases)
    insort(leases, lease, key=lease_order)
    started = lease.reason is LeaseReason.START
    pending = tuple(key for key in world.pending if not (started and key == lease.run))
    return replace(world, leases=tuple(leases), pending=pending)


def _closed(world: World, write: Close) -> World:
    if write.lease not in world.leases:
        return world
    leases = tuple(lease for lease in world.leases if lease != write.lease)
    return replace(world, leases=leases, closed=(*world.closed, ClosedLease(lease=write.lease, closure=write.closure)))
