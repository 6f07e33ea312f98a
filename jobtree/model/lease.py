"""Leases: what was consumed, as immutable facts (semantics.md 3 and 4)."""

from dataclasses import dataclass
from enum import StrEnum

from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.instant import Instant, Interval


class Role(StrEnum):
    """What a pod does on its slots."""

    ACTIVE = "Active"
    SPARE = "Spare"
    OPPORTUNISTIC = "Opportunistic"


class LeaseReason(StrEnum):
    """Why a lease began."""

    START = "Start"
    GROW = "Grow"
    SWAP = "Swap"
    RENEW = "Renew"


class ClosureReason(StrEnum):
    """Why a lease ended (semantics.md 3)."""

    COMPLETED = "Completed"
    RENEW = "Renew"
    SHRINK = "Shrink"
    DROP_SPARE = "DropSpare"
    RANDOM_PREEMPT = "RandomPreempt"
    RECLAIM_UNFUNDED = "ReclaimUnfunded"
    RECLAIMED_BY_SPARE = "ReclaimedBySpare"
    SWAP = "Swap"
    SWAP_DECLINED = "SwapDeclined"
    NODE_FAILURE = "NodeFailure"
    WORKLOAD_FAILED = "WorkloadFailed"
    RUN_DELETED = "RunDeleted"


SEEDED = (ClosureReason.RANDOM_PREEMPT, ClosureReason.RECLAIM_UNFUNDED)
"""Reasons that name the seed of the lottery that drew the lease; the seed is empty where nothing had to be drawn."""


class FundingClass(StrEnum):
    """How a claim is paid at an instant; derived, never stored (semantics.md 4)."""

    OWNED = "Owned"
    SHARED = "Shared"
    BORROWED = "Borrowed"
    UNFUNDED = "Unfunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """The one envelope that pays for a lease, and whose it is."""

    envelope: EnvelopeKey
    owner: Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One pod on its slots for one payer and one interval; ``payer`` None is unfunded.

    ``rank`` counts within (group, role): the pod's rank in its group, or the index of the spare.
    """

    run: Key
    owner: Owner
    group: int
    rank: int
    role: Role
    node: str
    slots: tuple[int, ...]
    payer: Payer | None
    interval: Interval
    reason: LeaseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """How a lease ended: written once. ``seed`` is the hex seed of the lottery that drew it, where one did."""

    time: Instant
    reason: ClosureReason
    seed: str = ""

    def __str__(self) -> str:
        return f"{self.reason.value}({self.seed})" if self.reason in SEEDED else self.reason.value


def parse_closure(time: Instant, text: str) -> Closure:
    """Reads ``Completed`` or ``RandomPreempt(<seed>)``; ValueError for anything else."""
    word, bracket, rest = text.partition("(")
    reason = ClosureReason(word)
    if (reason in SEEDED) != bool(bracket) or (bracket and not rest.endswith(")")):
        raise ValueError(f"{text} is no reason of a closure")
    return Closure(time=time, reason=reason, seed=rest.removesuffix(")"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedLease:
    """A lease that is over, and how it ended."""

    lease: Lease
    closure: Closure

    @property
    def held(self) -> Interval:
        """When it really held its slots; of length 0 if it was closed before it began."""
        start, end = self.lease.interval.start, self.lease.interval.end
        return Interval(start, max(start, min(end, self.closure.time)))


LeaseOrder = tuple[Key, int, str, int, Interval, str, tuple[int, ...]]


def lease_order(lease: Lease) -> LeaseOrder:
    """The order of leases wherever they are listed: (run, group, role, rank, interval), then node and slots.

    The last two matter for a pod and its replacement, which may begin together.
    """
    return (lease.run, lease.group, lease.role.value, lease.rank, lease.interval, lease.node, lease.slots)


def closing_order(closed: ClosedLease) -> tuple[Instant, LeaseOrder, str]:
    """The order of closing: by instant, then lease, then reason."""
    return (closed.closure.time, lease_order(closed.lease), str(closed.closure))
