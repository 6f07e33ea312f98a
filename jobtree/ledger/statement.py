"""Statements: how full each envelope is, and what it has spent (contracts.md, ``envelopes`` of plan.json)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.identity import EnvelopeKey
from jobtree.base.instant import Instant
from jobtree.base.quantity import GpuSeconds
from jobtree.ledger.account import EnvelopeAccount
from jobtree.ledger.charging import accounts_of, since
from jobtree.ledger.fill import fill
from jobtree.ledger.held import HeldClaim, held_claims
from jobtree.ledger.meter import Meter, elapsed
from jobtree.model.budget import Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.lease import FundingClass, Lease, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeStatement:
    """One envelope. ``used`` counts GPUs at the instant by class, every class present; ``spare`` those of spare leases,
    which also count in their class. ``cap``, ``spent`` and ``planned`` are GPU-seconds; ``cap`` None is unlimited.
    """

    envelope: EnvelopeKey
    concurrency: int
    used: Mapping[FundingClass, int]
    spare: int
    cap: GpuSeconds | None
    spent: GpuSeconds
    planned: GpuSeconds


def statements(catalog: Catalog, leases: Sequence[Lease], *, as_of: Instant) -> tuple[EnvelopeStatement, ...]:
    """A statement for every envelope, sorted by key; ``leases`` are those of history and of the plan together.

    ``used`` looks at leases open at ``as_of``. ``spent`` was charged before ``as_of``; ``planned`` is what leases
    charge from then on, but for those that are Unfunded at ``as_of``. Costs O(leases log leases + envelopes).
    """
    claims = held_claims(catalog, leases)
    before, after = elapsed(claims, as_of), elapsed(claims, as_of)
    classes = fill(claims, as_of, accounts=accounts_of(catalog), meter=before)
    for claim in claims:
        if claim.interval.end > as_of and classes.get(claim.index, claim.funding) is not FundingClass.UNFUNDED:
            after.add(claim, since(claim.interval, as_of))
    open_on = _open_by_envelope(claims, leases, classes)
    return tuple(
        _statement(envelope, open_on.get(key, []), before, after) for key, envelope in sorted(catalog.envelopes.items())
    )


def _open_by_envelope(
    claims: Sequence[HeldClaim], leases: Sequence[Lease], classes: Mapping[int, FundingClass]
) -> Mapping[EnvelopeKey, list[tuple[FundingClass, Role, int]]]:
    rows: dict[EnvelopeKey, list[tuple[FundingClass, Role, int]]] = {}
    for index, funding in classes.items():
        payer = leases[index].payer
        if payer is not None:
            rows.setdefault(payer.envelope, []).append((funding, leases[index].role, claims[index].gpus))
    return rows


def _statement(
    envelope: Envelope, rows: Sequence[tuple[FundingClass, Role, int]], before: Meter, after: Meter
) -> EnvelopeStatement:
    label = EnvelopeAccount(envelope.key)
    spent = before.spent.get(label, 0)
    return EnvelopeStatement(
        envelope=envelope.key,
        concurrency=envelope.concurrency,
        used={kind: sum(gpus for funding, _, gpus in rows if funding is kind) for kind in FundingClass},
        spare=sum(gpus for _, role, gpus in rows if role is Role.SPARE),
        cap=envelope.max_gpu_seconds,
        spent=GpuSeconds(spent),
        planned=GpuSeconds(after.spent.get(label, 0) - spent),
    )
