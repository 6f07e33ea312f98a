"""Lease objects as the checker reads them, open or closed (semantics.md 3)."""

from dataclasses import dataclass

from jobtree.verify.budgets import EnvelopeKey, spell
from jobtree.verify.field import Field
from jobtree.verify.runs import Key
from jobtree.verify.units import Interval

ACTIVE, SPARE, OPPORTUNISTIC = "Active", "Spare", "Opportunistic"
ROLES = (ACTIVE, SPARE, OPPORTUNISTIC)
BEGUN, GROW, SWAP, RENEW = "Start", "Grow", "Swap", "Renew"
REASONS = (BEGUN, GROW, SWAP, RENEW)
COMPLETED, SHRINK, DROP_SPARE = "Completed", "Shrink", "DropSpare"
RANDOM_PREEMPT, RECLAIM_UNFUNDED = "RandomPreempt", "ReclaimUnfunded"
RECLAIMED_BY_SPARE, SWAP_DECLINED, NODE_FAILURE = "ReclaimedBySpare", "SwapDeclined", "NodeFailure"
WORKLOAD_FAILED, RUN_DELETED = "WorkloadFailed", "RunDeleted"
SEEDED = (RANDOM_PREEMPT, RECLAIM_UNFUNDED)
_PLAIN = (
    COMPLETED, RENEW, SHRINK, DROP_SPARE, RECLAIMED_BY_SPARE, SWAP, SWAP_DECLINED, NODE_FAILURE, WORKLOAD_FAILED,
    RUN_DELETED,
)  # fmt: skip

Mark = tuple[Key, int, str, int, str, tuple[int, ...]]
"""Whose pod it is and where: run, group, role, rank, node, slots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One pod on its slots for one payer and one interval."""

    name: Key
    run: Key
    owner: str
    group: int
    rank: int
    role: str
    node: str
    slots: tuple[int, ...]
    payer: EnvelopeKey | None
    payer_owner: str | None
    interval: Interval
    reason: str

    @property
    def mark(self) -> Mark:
        """The pod that it is of."""
        return (self.run, self.group, self.role, self.rank, self.node, self.slots)

    def __str__(self) -> str:
        return f"lease {spell(self.name)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A lease that is over. ``seed`` is None for a reason that has none."""

    lease: Lease
    time: int
    reason: str
    seed: str | None

    @property
    def held(self) -> Interval:
        """When it held its slots; empty if it was closed before it began."""
        start, end = self.lease.interval
        return (start, max(start, min(end, self.time)))


def read_lease(document: Field) -> Lease:
    """Reads a Lease object."""
    metadata, spec = document["metadata"], document["spec"]
    paid = spec["paidBy"]
    return Lease(
        name=(metadata["namespace"].text(), metadata["name"].text()),
        run=(spec["runRef"]["namespace"].text(), spec["runRef"]["name"].text()),
        owner=spec["owner"].text(),
        group=spec["group"].integer(),
        rank=spec["rank"].integer(),
        role=spec["role"].word(ROLES),
        node=spec["slice"]["node"].text(),
        slots=tuple(slot.integer() for slot in spec["slice"]["slots"]),
        payer=(paid["namespace"].text(), paid["budget"].text(), paid["envelope"].text()) if paid else None,
        payer_owner=paid["owner"].text() if paid else None,
        interval=(spec["interval"]["start"].instant(), spec["interval"]["expectedEnd"].instant()),
        reason=spec["reason"].word(REASONS),
    )


def read_closed(document: Field) -> Closed:
    """Reads a Lease object with the status of a closed one."""
    status = document["status"]
    if not status["closed"].flag(default=False):
        raise status["closed"].wrong("true")
    reason, seed = read_reason(status["closureReason"])
    return Closed(lease=read_lease(document), time=status["ended"].instant(), reason=reason, seed=seed)


def read_reason(field: Field) -> tuple[str, str | None]:
    """Word and seed of ``Completed`` or ``RandomPreempt(<seed>)``."""
    word, bracket, rest = field.text().partition("(")
    if bracket and word in SEEDED and rest.endswith(")"):
        return word, rest[:-1]
    if bracket or word not in _PLAIN:
        raise field.wrong("a reason of a closure")
    return word, None
