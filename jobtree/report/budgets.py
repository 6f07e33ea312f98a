"""Owners and their family, envelopes, and all accounts with their curves (semantics.md 3 and 4)."""

from collections.abc import Iterable, Mapping

from jobtree.base.identity import Owner
from jobtree.base.instant import Instant
from jobtree.ledger.account import (
    AccountLabel,
    BorrowAccount,
    CapAccount,
    EnvelopeAccount,
    LendingAccount,
    QuotaAccount,
)
from jobtree.ledger.charging import accounts_of
from jobtree.ledger.family import family_of
from jobtree.model.budget import Envelope, Lending
from jobtree.model.catalog import Catalog
from jobtree.report.curves import Curve
from jobtree.report.names import Names, Table, table
from jobtree.report.plan_file import PlanFile, UseEntry

CLASSES = ("Owned", "Shared", "Borrowed", "Unfunded", "Spare")
ENVELOPES = ("key", "owner", "flavor", "selector", "concurrency", "cap", "start", "end", "shared", "lends")


def owners_table(catalog: Catalog, others: Iterable[Owner], names: Names) -> tuple[Table, Mapping[Owner, int]]:
    """Every owner that anything names, sorted, with its parents; and the row of each."""
    links = family_of(catalog.budgets).parents
    named = [entry.name for entry in catalog.fleet.owners]
    everybody = {*named, *others, *links, *(parent for parents in links.values() for parent in parents)}
    everybody.update(budget.owner for budget in catalog.budgets)
    ordered = sorted(everybody)
    number = {owner: at for at, owner in enumerate(ordered)}
    rows = [(names.of(owner), [number[parent] for parent in links.get(owner, ())]) for owner in ordered]
    return table(("name", "parents"), rows), number


def envelopes_table(plan: PlanFile, catalog: Catalog, owners: Mapping[Owner, int], names: Names) -> Table:
    """Each envelope with its terms, and what plan.json says it carries; null where the plan does not know it."""
    uses = {use.envelope: use for use in plan.uses}
    columns = (*ENVELOPES, *CLASSES, "spent", "planned")
    rows = [
        (*_terms(catalog.envelopes[key], plan.as_of, owners, names), *_use(uses.get(key)))
        for key in sorted(catalog.envelopes)
    ]
    return table(columns, rows)


def _terms(envelope: Envelope, as_of: Instant, owners: Mapping[Owner, int], names: Names) -> tuple[object, ...]:
    window = envelope.window
    return (
        names.of(envelope.key),
        owners[envelope.owner],
        names.of(envelope.flavor),
        names.of(envelope.selector),
        envelope.concurrency,
        envelope.max_gpu_seconds,
        None if window.start is None else window.start - as_of,
        None if window.end is None else window.end - as_of,
        int(envelope.shared_with_family),
        names.of(_lends(envelope.lending)),
    )


def _lends(lending: Lending) -> str:
    if not lending.allow:
        return ""
    limit = "" if lending.max_concurrency is None else f", at most {lending.max_concurrency:,} GPUs at once"
    return f"to {', '.join(lending.to) or 'anyone'}{limit}"


def _use(use: UseEntry | None) -> tuple[object, ...]:
    if use is None:
        return (*(None for _ in CLASSES), None, None)
    used = dict(use.used)
    return (*(used.get(name, 0) for name in CLASSES), use.spent, use.planned)


def accounts_table(
    catalog: Catalog, curves: Mapping[AccountLabel, Curve], owners: Mapping[Owner, int], names: Names
) -> Table:
    """All limits, each with its curve; limits of runs and trees only where something is charged to them."""
    caps = {CapAccount(budget.key, cap.name): cap.envelopes for budget in catalog.budgets for cap in budget.caps}
    whose = _whose(catalog)
    rows = []
    for label, account in accounts_of(catalog).items():
        if label in curves or not isinstance(label, BorrowAccount | QuotaAccount):
            members = [names.of(key) for key in caps.get(label, ())] if isinstance(label, CapAccount) else []
            kind, _, name = str(label).rpartition(" ")
            limits = (account.max_gpus, account.max_gpu_seconds)
            rows.append((names.of(kind), names.of(name), owners[whose[label]], *limits, members, curves.get(label, [])))
    return table(("kind", "name", "owner", "gpus", "cap", "members", "curve"), rows)


def _whose(catalog: Catalog) -> Mapping[AccountLabel, Owner]:
    """The owner of each limit: of the budget that sets it, or of the runs that it is about."""
    whose: dict[AccountLabel, Owner] = {}
    for envelope in catalog.envelopes.values():
        whose[EnvelopeAccount(envelope.key)] = whose[LendingAccount(envelope.key)] = envelope.owner
    for budget in catalog.budgets:
        whose.update({CapAccount(budget.key, cap.name): budget.owner for cap in budget.caps})
    for run in catalog.runs:
        whose[BorrowAccount(run.key)] = run.owner
        whose.update({QuotaAccount(quota.key): run.owner for quota in run.quotas})
    return whose
