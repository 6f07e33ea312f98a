"""Which accounts there are, and which of them a payment uses (semantics.md 4 and 5)."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from jobtree.base.identity import EnvelopeKey
from jobtree.base.instant import ALWAYS, Instant, Interval
from jobtree.base.quantity import GpuSeconds, charge
from jobtree.ledger.account import (
    Account,
    AccountLabel,
    BorrowAccount,
    CapAccount,
    Charge,
    EnvelopeAccount,
    LendingAccount,
    QuotaAccount,
)
from jobtree.model.budget import Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.lease import FundingClass, Role
from jobtree.model.run import Run

CapsOf = Mapping[EnvelopeKey, tuple[CapAccount, ...]]
"""Envelope to the caps that contain it, sorted; envelopes without a cap are absent."""


def accounts_of(catalog: Catalog) -> Mapping[AccountLabel, Account]:
    """Every account of the fleet: envelopes, lending of those that lend, caps, borrow limits, tree quotas.

    A run without ``maxBorrowGPUs`` has no borrow account, and an envelope that does not lend no lending account.
    """
    return {account.label: account for account in _accounts(catalog)}


def _accounts(catalog: Catalog) -> Iterator[Account]:
    envelopes = catalog.envelopes.values()
    for envelope in envelopes:
        yield _account(EnvelopeAccount(envelope.key), envelope.concurrency, envelope.max_gpu_seconds)
    for envelope in envelopes:
        if envelope.lending.allow:
            limits = envelope.lending
            yield _account(LendingAccount(envelope.key), limits.max_concurrency, limits.max_gpu_seconds)
    for budget in catalog.budgets:
        for cap in budget.caps:
            yield _account(CapAccount(budget.key, cap.name), cap.max_concurrency, cap.max_gpu_seconds)
    for run in catalog.runs:
        if run.funding.max_borrow_gpus is not None:
            yield _account(BorrowAccount(run.key), run.funding.max_borrow_gpus, None)
    for run in catalog.runs:
        for quota in run.quotas:
            yield _account(QuotaAccount(quota.key), quota.max_gpus, quota.max_gpu_seconds)


def _account(label: AccountLabel, gpus: int | None, gpu_seconds: GpuSeconds | None) -> Account:
    return Account(label=label, max_gpus=gpus, max_gpu_seconds=gpu_seconds)


def caps_by_envelope(catalog: Catalog) -> CapsOf:
    """Turns the caps around: for each envelope, the caps it counts against."""
    pairs = sorted(
        (key, CapAccount(budget.key, cap.name))
        for budget in catalog.budgets
        for cap in budget.caps
        for key in dict.fromkeys(cap.envelopes)
    )
    caps: dict[EnvelopeKey, tuple[CapAccount, ...]] = {}
    for key, cap in pairs:
        caps[key] = (*caps.get(key, ()), cap)
    return caps


def charges_for(envelope: Envelope, run: Run | None, *, caps: CapsOf, funding: FundingClass) -> tuple[Charge, ...]:
    """All accounts that a payment by this envelope for this run uses; ``run`` None: its document is gone.

    GPU-seconds count within the envelope's window for the envelope, its lending and its caps, and always for tree
    quotas. A borrow limit counts GPUs alone. Every label is one of ``accounts_of``.
    """
    labels: list[AccountLabel] = [EnvelopeAccount(envelope.key)]
    if funding is FundingClass.BORROWED and envelope.lending.allow:
        labels.append(LendingAccount(envelope.key))
    labels.extend(caps.get(envelope.key, ()))
    charges = [Charge(label=label, window=envelope.window) for label in labels]
    if run is None:
        return tuple(charges)
    if funding is FundingClass.BORROWED and run.funding.max_borrow_gpus is not None:
        charges.append(Charge(label=BorrowAccount(run.key), window=ALWAYS))
    return (*charges, *quota_charges(run))


def quota_charges(run: Run) -> tuple[Charge, ...]:
    """The quotas of the run's trees: they count whoever pays, and work that nobody pays for as well."""
    return tuple(Charge(label=QuotaAccount(quota.key), window=ALWAYS) for quota in run.quotas)


def rate_of(role: Role, spare_rate: Fraction) -> Fraction:
    """1, or the fleet's ``spareRate`` for a spare (semantics.md 4)."""
    return spare_rate if role is Role.SPARE else Fraction(1)


def charged_seconds(entry: Charge, interval: Interval) -> int:
    """Seconds of the interval that the account is charged for: those in its window, and none for a borrow limit."""
    return 0 if isinstance(entry.label, BorrowAccount) else entry.window.overlap_seconds(interval)


def until(interval: Interval, instant: Instant) -> Interval:
    """The part of the interval before the instant; of length 0 when there is none."""
    return Interval(interval.start, max(interval.start, min(interval.end, instant)))


def since(interval: Interval, instant: Instant) -> Interval:
    """The part of the interval from the instant on; of length 0 when there is none."""
    return Interval(min(interval.end, max(interval.start, instant)), interval.end)


def lease_charge(gpus: int, rate: Fraction, *, entry: Charge, interval: Interval) -> GpuSeconds:
    """What a lease over the interval costs the account, rounded up once."""
    return charge(gpus=gpus, seconds=charged_seconds(entry, interval), rate=rate)
