"""What contention decided before a plan is made: runs that begin now, and reservations that stand (semantics.md 8)."""

from collections.abc import Iterable
from dataclasses import dataclass

from jobtree.base.identity import Domain, Key, Owner
from jobtree.base.instant import Interval
from jobtree.ledger.account import Books
from jobtree.model.certificate import Certificate
from jobtree.model.lease import Lease, LeaseReason, Role
from jobtree.model.plan import Placement, Reserve, RunPlan, Share
from jobtree.plan.carry import leases_of

NOBODY = Key("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Slots of a node that nobody else may be planned on during the interval."""

    node: str
    slots: tuple[int, ...]
    interval: Interval

    @property
    def as_lease(self) -> Lease:
        """The hold as a lease of nobody, for whoever hands out slots."""
        return Lease(
            run=NOBODY,
            owner=Owner(""),
            group=0,
            rank=0,
            role=Role.ACTIVE,
            node=self.node,
            slots=self.slots,
            payer=None,
            interval=self.interval,
            reason=LeaseReason.START,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A reservation that stands: its run is not planned again.

    ``yields`` are leases that may be cut for it: its intended slots may be theirs. With ``drawn`` a lottery chooses
    among them, else all of them are cut. ``scope`` are the slots that it may come to use, where nobody else may be
    planned for its time; ``holds`` are the same from when they are free: now, or when the leases there end.
    """

    plan: RunPlan
    yields: tuple[Lease, ...] = ()
    drawn: bool = False
    scope: tuple[Hold, ...] = ()
    holds: tuple[Hold, ...] = ()

    @property
    def placement(self) -> Placement:
        """Where and when it is meant to start."""
        if not isinstance(self.plan.decision, Reserve):
            raise TypeError(f"{self.plan.run} has no reservation")
        return self.plan.decision.placement

    @property
    def domains(self) -> frozenset[Domain]:
        """Where it is meant to start."""
        return frozenset(group.domain for group in self.placement.groups)

    @property
    def leases(self) -> tuple[Lease, ...]:
        """What it will hold, as leases that lie ahead."""
        return leases_of(self.plan.run, self.plan.owner, self.placement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What an earlier plan decided of ``runs`` and still holds, as they share nothing with any that changed.

    ``plans`` are those that have not begun; ``shares`` and ``certificate`` are what was proven of them.
    """

    runs: frozenset[Key] = frozenset()
    plans: tuple[RunPlan, ...] = ()
    shares: tuple[Share, ...] = ()
    certificate: Certificate = Certificate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """``books`` hold what leases and claims use; ``started`` are runs that begin with this plan, and hold leases."""

    books: Books
    started: frozenset[Key] = frozenset()
    claims: tuple[Claim, ...] = ()
    kept: Kept = Kept()


def leases_ahead(claims: Iterable[Claim]) -> tuple[Lease, ...]:
    """What standing reservations will hold."""
    return tuple(lease for claim in claims for lease in claim.leases)
