"""Ideas about budgets: a limit that is raised, a window that is longer, somebody who lends (semantics.md 4 and 5)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from jobtree.base.identity import EnvelopeKey, Owner
from jobtree.base.instant import Instant, Window, format_instant
from jobtree.base.quantity import HOUR, GpuSeconds
from jobtree.base.words import count, gpu_time
from jobtree.cover.cover import cover
from jobtree.cover.lending import lends_to
from jobtree.ledger.account import (
    Account,
    AccountLabel,
    BorrowAccount,
    CapAccount,
    EnvelopeAccount,
    LendingAccount,
    QuotaAccount,
)
from jobtree.ledger.charging import accounts_of
from jobtree.ledger.family import family_of
from jobtree.model.altered import with_budgets, with_envelope, with_run
from jobtree.model.budget import AggregateCap, Budget, Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.plan import Refuse
from jobtree.model.run import TreeQuota
from jobtree.whatif.idea import Case, Chain, Idea

LENDERS = 3
"""So many lenders are tried, those with the most GPUs to spare first."""


def more_gpus(case: Case) -> Chain:
    """What the account lacks at an instant, in GPUs."""
    account, need, have = _account(case), case.number("need"), case.number("have")
    is_hours = case.reason.facts.get("unit") == "GPU-seconds"
    if account is None or account.max_gpus is None or need is None or have is None or is_hours or need <= have:
        return ()
    raised = replace(account, max_gpus=account.max_gpus + need - have)
    field = _FIELDS[type(account.label)][0]
    return (
        Idea(
            words=f"{count(need - have, 'more GPU')} in {account.label}",
            edit=f"{field}: {raised.max_gpus} of {account.label}",
            catalog=with_account(case.catalog, raised),
        ),
    )


def more_hours(case: Case) -> Chain:
    """What the account lacks over time, in whole GPU-hours."""
    account, missing = _account(case), _missing_seconds(case)
    if account is None or account.max_gpu_seconds is None or missing <= 0:
        return ()
    total = -(-(account.max_gpu_seconds + missing) // HOUR) * HOUR
    raised = replace(account, max_gpu_seconds=GpuSeconds(total))
    field = _FIELDS[type(account.label)][1]
    return (
        Idea(
            words=f"{gpu_time(total - account.max_gpu_seconds).replace(' ', ' more ')} in {account.label}",
            edit=f"{field}: {total // HOUR} of {account.label}",
            catalog=with_account(case.catalog, raised),
        ),
    )


def lenders(case: Case) -> tuple[Chain, ...]:
    """Owners outside the family that would lend to the run's owner, and are not asked yet."""
    funding = case.run.funding
    asked = funding.sponsors if funding.allow_borrow else ()
    return tuple((_lender(case, owner),) for owner in _lending(case, asked)[:LENDERS])


def longer_windows(case: Case) -> Chain:
    """Windows that open now and last as long as the run: those that the reason names, or that coverage refused."""
    return tuple(_window(case, key) for key in _closed(case))


def with_account(catalog: Catalog, account: Account) -> Catalog:
    """The catalog with the limits of one account. O(catalog)."""
    match account.label:
        case EnvelopeAccount(envelope=key):
            return with_envelope(catalog, key, lambda one: _limited(one, account))
        case LendingAccount(envelope=key):
            return with_envelope(catalog, key, lambda one: _lent(one, account))
        case CapAccount():
            return with_budgets(catalog, lambda budget: _capped(budget, account))
        case BorrowAccount(run=key):
            run = catalog.run_of[key]
            return with_run(catalog, replace(run, funding=replace(run.funding, max_borrow_gpus=account.max_gpus)))
        case QuotaAccount(tree=key):
            quota = TreeQuota(key=key, max_gpus=account.max_gpus, max_gpu_seconds=account.max_gpu_seconds)
            runs = (
                replace(run, quotas=tuple(quota if one.key == key else one for one in run.quotas))
                for run in catalog.runs
            )
            return replace(catalog, runs=tuple(runs))
        case _:
            assert_never(account.label)


_FIELDS: dict[type[AccountLabel], tuple[str, str]] = {
    EnvelopeAccount: ("concurrency", "maxGPUHours"),
    LendingAccount: ("lending.maxConcurrency", "lending.maxGPUHours"),
    CapAccount: ("maxConcurrency", "maxGPUHours"),
    BorrowAccount: ("spec.funding.maxBorrowGPUs", ""),
    QuotaAccount: ("spec.quota.maxGPUs", "spec.quota.maxGPUHours"),
}
"""Where the limits of each kind of account are written: GPUs, and GPU-hours."""


def _account(case: Case) -> Account | None:
    """The account that the reason names."""
    named = case.reason.facts.get("account")
    return next((one for label, one in accounts_of(case.catalog).items() if str(label) == named), None)


def _missing_seconds(case: Case) -> int:
    need, have = case.number("need"), case.number("have")
    if need is None or have is None:
        return 0
    if case.reason.facts.get("unit") == "GPU-seconds":
        return need - have
    return (need - have) * case.run.duration if case.reason.code == "JT512" else 0


def _limited(envelope: Envelope, account: Account) -> Envelope:
    gpus = envelope.concurrency if account.max_gpus is None else account.max_gpus
    return replace(envelope, concurrency=gpus, max_gpu_seconds=account.max_gpu_seconds)


def _lent(envelope: Envelope, account: Account) -> Envelope:
    lending = replace(envelope.lending, max_concurrency=account.max_gpus, max_gpu_seconds=account.max_gpu_seconds)
    return replace(envelope, lending=lending)


def _capped(budget: Budget, account: Account) -> Budget:
    def changed(cap: AggregateCap) -> AggregateCap:
        if CapAccount(budget.key, cap.name) != account.label:
            return cap
        return replace(cap, max_concurrency=account.max_gpus, max_gpu_seconds=account.max_gpu_seconds)

    return replace(budget, caps=tuple(changed(cap) for cap in budget.caps))


def _lending(case: Case, asked: tuple[Owner, ...]) -> list[Owner]:
    """Most GPUs to spare first, then by name."""
    run, kin = case.run, family_of(case.catalog.budgets).kin(case.run.owner)
    spare: dict[Owner, int] = {}
    for use in case.uses:
        envelope = use.envelope
        outsider = envelope.owner != run.owner and envelope.owner not in kin and envelope.owner not in asked
        if outsider and envelope.flavor == run.flavor and lends_to(envelope.lending, run.owner):
            held = sum(gpus for name, gpus in use.used.items() if name != "Spare")
            limit = envelope.lending.max_concurrency
            free = envelope.concurrency - held if limit is None else min(limit, envelope.concurrency - held)
            spare[envelope.owner] = spare.get(envelope.owner, 0) + max(0, free)
    return sorted(spare, key=lambda owner: (-spare[owner], owner))


def _lender(case: Case, owner: Owner) -> Idea:
    funding = case.run.funding
    sponsors = (*(one for one in funding.sponsors if one != owner), owner)
    changed = replace(case.run, funding=replace(funding, allow_borrow=True, sponsors=sponsors))
    return Idea(
        words=f"sponsor {owner} lends",
        edit=f"spec.funding: {{allowBorrow: true, sponsors: [{', '.join(sponsors)}]}}",
        catalog=with_run(case.catalog, changed),
        lender=owner,
    )


def _closed(case: Case) -> Iterator[EnvelopeKey]:
    """Envelopes whose window stands in the way, by key."""
    named = case.reason.facts.get("envelopes")
    wanted = {*(named if isinstance(named, list | tuple) else ()), str(case.reason.facts.get("account", ""))}
    if isinstance(case.decided.decision, Refuse):
        denials = cover(case.run, case.catalog, as_of=case.as_of).denials
        wanted |= {str(denial.envelope) for denial in denials if denial.reason.code == "JT402"}
    yield from (key for key in sorted(case.catalog.envelopes) if str(key) in wanted)


def _window(case: Case, key: EnvelopeKey) -> Idea:
    window, until = case.catalog.envelopes[key].window, Instant(case.as_of + case.run.duration)
    start = None if window.start is None else min(window.start, case.as_of)
    end = None if window.end is None else Instant(max(window.end, until))
    words, edit = [], []
    if start != window.start and start is not None:
        words.append("opens now")
        edit.append(f"start: {format_instant(start)}")
    if end != window.end and end is not None:
        words.append(f"closes at {format_instant(end)}")
        edit.append(f"end: {format_instant(end)}")
    changed = with_envelope(case.catalog, key, lambda one: replace(one, window=Window(start, end)))
    return Idea(words=f"{key} {' and '.join(words)}", edit=f"{', '.join(edit)} of envelope {key}", catalog=changed)
