"""Who pays for what at the plan's instant, and what each envelope carries (semantics.md 4).

Derived from the plan and the budgets alone, so that a plan and the same plan read back as history say the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.instant import Instant
from jobtree.base.quantity import GpuSeconds
from jobtree.ledger.account import Charge, EnvelopeAccount
from jobtree.ledger.books import charged_leases
from jobtree.ledger.charging import lease_charge, rate_of, until
from jobtree.ledger.classes import classes_at
from jobtree.ledger.family import Family, family_of
from jobtree.ledger.held import relation
from jobtree.model.budget import Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.lease import ClosedLease, FundingClass, Lease, Payer, Role
from jobtree.model.plan import Finished, Placement, Plan, Refuse, Reserve, RunPlan
from jobtree.plan.carry import leases_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerShare:
    """GPUs that one payer holds at an instant; ``payer`` None is unfunded."""

    payer: Payer | None
    gpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayingShare:
    """GPUs of one run that one payer holds, all of one class; ``payer`` None is unfunded."""

    payer: Payer | None
    funding: FundingClass
    gpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeUse:
    """GPUs at the plan's instant by class (``Spare`` counts spares, which are in their class too), and GPU-seconds.

    ``spent`` is charged up to the plan's instant, ``planned`` after it: open leases and reservations.
    """

    envelope: Envelope
    used: Mapping[str, int]
    spent: GpuSeconds
    planned: GpuSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Payers by run, sorted by envelope with the unfunded last; envelopes by key."""

    payers: Mapping[Key, tuple[PayingShare, ...]]
    envelopes: tuple[EnvelopeUse, ...]


def standing_of(plan: Plan, catalog: Catalog, past: Sequence[ClosedLease] = ()) -> Standing:
    """Classes are those of the plan's instant for open leases, and the payer's relation to the owner for all others."""
    held = [lease for run in plan.runs if not isinstance(run.decision, Reserve) for lease in _leases(run)]
    leases = charged_leases(History(leases=tuple(held), closures=plan.closures, past=tuple(past)))
    classes = classes_at(catalog, leases, plan.as_of)
    is_open = [(lease, classes[at]) for at, lease in enumerate(leases) if lease.interval.holds(plan.as_of)]
    now = _shares_by_run(is_open)
    family = family_of(catalog.budgets)
    later = [lease for run in plan.runs if isinstance(run.decision, Reserve) for lease in _leases(run)]
    return Standing(
        payers={run.run: now.get(run.run) or _shares_at_start(run, family) for run in plan.runs},
        envelopes=_envelope_uses(catalog, is_open, charged=[*leases, *later], as_of=plan.as_of),
    )


def _leases(run: RunPlan) -> tuple[Lease, ...]:
    if isinstance(run.decision, Refuse | Finished):
        return ()
    return leases_of(run.run, run.owner, run.decision.placement)


def _shares_by_run(is_open: Sequence[tuple[Lease, FundingClass]]) -> Mapping[Key, tuple[PayingShare, ...]]:
    gpus: dict[Key, dict[tuple[Payer | None, FundingClass], int]] = {}
    for lease, funding in is_open:
        of_run = gpus.setdefault(lease.run, {})
        of_run[lease.payer, funding] = of_run.get((lease.payer, funding), 0) + len(lease.slots)
    return {run: _sorted_shares(of_run) for run, of_run in gpus.items()}


def _sorted_shares(gpus: Mapping[tuple[Payer | None, FundingClass], int]) -> tuple[PayingShare, ...]:
    shares = [PayingShare(payer=payer, funding=funding, gpus=count) for (payer, funding), count in gpus.items()]
    return tuple(sorted(shares, key=lambda share: (share.payer is None, str(share.payer), share.funding)))


def _shares_at_start(run: RunPlan, family: Family) -> tuple[PayingShare, ...]:
    if isinstance(run.decision, Refuse | Finished):
        return ()
    placement = run.decision.placement
    return tuple(
        PayingShare(payer=share.payer, funding=_relation(share.payer, run.owner, family), gpus=share.gpus)
        for share in payers_at(placement, placement.interval.start)
    )


def payers_at(placement: Placement, instant: int) -> Iterator[PayerShare]:
    """GPUs by payer of the terms that hold the instant, spares in full, sorted by envelope, unfunded last."""
    gpus: dict[Payer | None, int] = {}
    for group in placement.groups:
        for pod in group.pods:
            for term in pod.terms:
                if term.interval.start <= instant < term.interval.end:
                    gpus[term.payer] = gpus.get(term.payer, 0) + len(pod.slots)
    for payer in sorted((payer for payer in gpus if payer), key=lambda payer: (payer.envelope, payer.owner)):
        yield PayerShare(payer=payer, gpus=gpus[payer])
    if None in gpus:
        yield PayerShare(payer=None, gpus=gpus[None])


def _relation(payer: Payer | None, owner: Owner, family: Family) -> FundingClass:
    return relation(payer.owner, owner, family)[0] if payer else FundingClass.UNFUNDED


def _envelope_uses(
    catalog: Catalog, is_open: Sequence[tuple[Lease, FundingClass]], *, charged: Sequence[Lease], as_of: Instant
) -> tuple[EnvelopeUse, ...]:
    used = {key: dict.fromkeys([*FundingClass, Role.SPARE], 0) for key in catalog.envelopes}
    for lease, funding in is_open:
        if lease.payer and lease.payer.envelope in used:
            of_envelope = used[lease.payer.envelope]
            of_envelope[funding] += len(lease.slots)
            of_envelope[Role.SPARE] += len(lease.slots) if lease.role is Role.SPARE else 0
    spent, total = _charges(catalog, charged, as_of=as_of)
    return tuple(
        EnvelopeUse(
            envelope=catalog.envelopes[key],
            used={str(name): count for name, count in used[key].items()},
            spent=GpuSeconds(spent[key]),
            planned=GpuSeconds(total[key] - spent[key]),
        )
        for key in sorted(catalog.envelopes)
    )


def _charges(
    catalog: Catalog, charged: Sequence[Lease], *, as_of: Instant
) -> tuple[dict[EnvelopeKey, int], dict[EnvelopeKey, int]]:
    """GPU-seconds by envelope: charged up to the instant, and in all."""
    spent, total = dict.fromkeys(catalog.envelopes, 0), dict.fromkeys(catalog.envelopes, 0)
    for lease in charged:
        envelope = catalog.envelopes.get(lease.payer.envelope) if lease.payer else None
        if envelope is None:
            continue
        rate = rate_of(lease.role, catalog.fleet.planning.spare_rate)
        entry = Charge(label=EnvelopeAccount(envelope.key), window=envelope.window)
        gpus = len(lease.slots)
        spent[envelope.key] += lease_charge(gpus, rate, entry=entry, interval=until(lease.interval, as_of))
        total[envelope.key] += lease_charge(gpus, rate, entry=entry, interval=lease.interval)
    return spent, total
