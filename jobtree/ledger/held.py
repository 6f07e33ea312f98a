"""Leases read as claims: who would pay, with which rank, out of which accounts (semantics.md 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant, Interval, Window
from jobtree.ledger.account import Charge
from jobtree.ledger.charging import CapsOf, caps_by_envelope, charges_for, quota_charges, rate_of
from jobtree.ledger.family import Family, family_of
from jobtree.model.budget import Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.lease import FundingClass, Lease
from jobtree.model.topology import Node

ClaimRank = tuple[int, int, int, Key]
"""Tier, distance, admission instant, run: smaller ranks higher."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldClaim:
    """The lease at ``index`` as a claim. ``funding`` is its class while it is funded; Unfunded: it never can be.

    ``payable`` are the instants at which the envelope may pay; ``charges`` are facts even where ``funding`` is
    Unfunded, because what has elapsed stays charged.
    """

    index: int
    run: Key
    group: int
    whole: bool
    gpus: int
    rate: Fraction
    interval: Interval
    payable: Window
    funding: FundingClass
    rank: ClaimRank
    charges: tuple[Charge, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reader:
    """What of a catalog it takes to read leases as claims."""

    catalog: Catalog
    family: Family
    caps: CapsOf
    registered: frozenset[Owner]
    nodes: dict[str, Node]

    def claims(self, leases: Sequence[Lease], *, first: int = 0) -> tuple[HeldClaim, ...]:
        """One claim for each lease, numbered from ``first`` on. All leases of a run must be among them. O(leases)."""
        admitted = _admissions(self.catalog, leases)
        return tuple(_held(number, lease, self, admitted[lease.run]) for number, lease in enumerate(leases, first))


def reader(catalog: Catalog) -> Reader:
    """Prepares reading. O(budgets + nodes)."""
    return Reader(
        catalog=catalog,
        family=family_of(catalog.budgets),
        caps=caps_by_envelope(catalog),
        registered=registered_owners(catalog),
        nodes={node.name: node for node in catalog.nodes},
    )


def held_claims(catalog: Catalog, leases: Sequence[Lease]) -> tuple[HeldClaim, ...]:
    """One claim for each lease, in the order of the leases. Costs O(leases + budgets + nodes)."""
    return reader(catalog).claims(leases)


def registered_owners(catalog: Catalog) -> frozenset[Owner]:
    """Owners that may pay, lend and borrow at all: those of the registry (semantics.md 5)."""
    return frozenset(entry.name for entry in catalog.fleet.owners if entry.name)


def payable_window(envelope: Envelope) -> Window:
    """When the envelope may pay: its window, or from ever before it with ``preActivation.allowAdmission``."""
    if envelope.pre_activation.allow_admission:
        return Window(None, envelope.window.end)
    return envelope.window


def relation(payer: Owner, owner: Owner, family: Family) -> tuple[FundingClass, int, int]:
    """Class and proximity (tier, distance) of a claim by ``owner`` on an envelope of ``payer``.

    A loan is a contract and keeps its place: it ranks in the tier of the envelope's owner, by its admission instant
    like any of the owner's own claims. So an owner's claim admitted later cannot take back what was lent, one
    admitted earlier is not pushed out by the loan, and family, which ranks below both, can be recalled for either.
    """
    if payer == owner:
        return (FundingClass.OWNED, 0, 0)
    kinship = family.kin(owner).get(payer)
    if kinship is None:
        return (FundingClass.BORROWED, 0, 0)
    return (FundingClass.SHARED, kinship.tier, kinship.distance)


def _held(index: int, lease: Lease, reading: Reader, admitted: int) -> HeldClaim:
    run = reading.catalog.run_of.get(lease.run)
    envelope = reading.catalog.envelopes.get(lease.payer.envelope) if lease.payer else None
    funding, tier, distance = FundingClass.UNFUNDED, 0, 0
    charges = quota_charges(run) if run is not None and lease.payer is None else ()
    if envelope is not None and lease.payer is not None:
        funding, tier, distance = relation(lease.payer.owner, lease.owner, reading.family)
        charges = charges_for(envelope, run, caps=reading.caps, funding=funding)
        if not _may_still_pay(envelope, lease, funding, reading):
            funding = FundingClass.UNFUNDED
    return HeldClaim(
        index=index,
        run=lease.run,
        group=lease.group,
        whole=run is None or run.elastic is None,
        gpus=len(lease.slots),
        rate=rate_of(lease.role, reading.catalog.fleet.planning.spare_rate),
        interval=lease.interval,
        payable=payable_window(envelope) if envelope else Window(),
        funding=funding,
        rank=(tier, distance, admitted, lease.run),
        charges=charges,
    )


def _may_still_pay(envelope: Envelope, lease: Lease, funding: FundingClass, reading: Reader) -> bool:
    """Whether budgets as they stand let this envelope pay; lending rules bind new loans, never a running one."""
    node = reading.nodes.get(lease.node)
    return (
        lease.payer is not None
        and lease.payer.owner == envelope.owner
        and {envelope.owner, lease.owner} <= reading.registered
        and (funding is not FundingClass.SHARED or envelope.shared_with_family)
        and (node is None or (node.flavor == envelope.flavor and envelope.selector.matches(dict(node.labels))))
    )


def _admissions(catalog: Catalog, leases: Sequence[Lease]) -> dict[Key, int]:
    """Admission instant by run; where none is known, the start of the run's first lease: by then it was admitted."""
    first: dict[Key, Instant] = {}
    for lease in leases:
        first[lease.run] = min(first.get(lease.run, lease.interval.start), lease.interval.start)
    return {key: _admitted(catalog, key, start) for key, start in first.items()}


def _admitted(catalog: Catalog, key: Key, first_start: Instant) -> int:
    run = catalog.run_of.get(key)
    return first_start if run is None or run.admitted is None else run.admitted
