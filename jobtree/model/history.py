"""What earlier compiles left behind, and what was observed since (contracts.md, Inputs; semantics.md 10)."""

from dataclasses import dataclass
from enum import StrEnum

from jobtree.base.identity import Domain, Key
from jobtree.base.instant import Instant
from jobtree.model.lease import ClosedLease, Lease
from jobtree.model.reservation import Promise


class Phase(StrEnum):
    """What a cluster says of a Run."""

    PENDING = "Pending"
    RUNNING = "Running"
    COMPLETED = "Completed"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """A Run as observed. ``at`` is when it finished, where it did."""

    run: Key
    phase: Phase
    at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStatus:
    """A Node as observed: ``lost`` is dead (semantics.md 10); one that is not ``usable`` only takes no new pods."""

    node: str
    usable: bool
    lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What a state file mentions: runs by key, nodes by name. ``digest`` is that of the file, None without one."""

    digest: str | None = None
    runs: tuple[RunStatus, ...] = ()
    nodes: tuple[NodeStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What stands before a compile.

    ``leases`` of the output tree that no record closes, sorted by (run, group, role, rank, start); they may be over by
    their interval. ``closures`` were observed and are in no ledger yet, ``past`` is the ledger, both in order of
    closing. ``promises`` by run. ``domains`` are those of the nodes that had leases, by node name: a lease itself names
    only its node.
    """

    leases: tuple[Lease, ...] = ()
    promises: tuple[Promise, ...] = ()
    domains: tuple[tuple[str, Domain], ...] = ()
    closures: tuple[ClosedLease, ...] = ()
    past: tuple[ClosedLease, ...] = ()
    observed: Observed = Observed()
