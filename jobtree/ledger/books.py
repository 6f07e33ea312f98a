"""Opening the books: every account, and what history holds of it (semantics.md 4)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from jobtree.base.instant import Instant, Interval
from jobtree.base.quantity import GpuSeconds
from jobtree.ledger.account import AccountLabel, Books, Claim, Usage
from jobtree.ledger.charging import accounts_of, until
from jobtree.ledger.classes import FundedSpan, funded_claims, spans_of
from jobtree.ledger.held import HeldClaim, held_claims
from jobtree.ledger.meter import Meter, elapsed
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.lease import Lease

_Page = dict[Interval, int]


def open_books(catalog: Catalog, history: History, *, as_of: Instant, recalled: Instant | None = None) -> Books:
    """Accounts of the catalog with the usage of history's leases.

    ``claims`` are GPUs of funded leases from ``as_of`` on, summed over leases with the same interval and sorted;
    ``spent`` are GPU-seconds elapsed before ``as_of``: facts, whatever the class of the lease is now; ``committed``
    are those that funded leases charge after it. ``spent + committed`` of a lease that stays funded is its charge
    rounded up once. A lease without a payer charges nobody but, for what has elapsed, the quotas of its trees. Leases
    that are closed charge for the time that they were held. With ``recalled``, family use that has begun ends at that
    instant: it is what remains for a claim by an envelope's owner, who may recall it (semantics.md 4). Costs as
    ``ledger.classes.funded_claims``.
    """
    accounts = accounts_of(catalog)
    claims = held_claims(catalog, charged_leases(history))
    spans = spans_of(claims, as_of, accounts=accounts)
    if recalled is not None:
        held = [claims[span.index].interval.start < as_of for span in spans]
        spans = tuple(
            _until(span, recalled) if span.recallable and begun else span
            for span, begun in zip(spans, held, strict=True)
        )
    before, after = elapsed(claims, as_of), elapsed(claims, as_of)
    for span in spans:
        after.add(claims[span.index], span.interval)
    pages = _pages(claims, spans)
    usage = {label: _usage(pages.get(label, {}), label, before, after) for label in accounts}
    return Books(accounts=accounts, usage=usage)


def unpaid_at_times(catalog: Catalog, history: History, leases: Collection[Lease], *, as_of: Instant) -> bool:
    """Whether one of these leases of the history has a payer, but is not funded for all of its time from now on."""
    everything = charged_leases(history)
    funded: dict[Lease, int] = {}
    for span in funded_claims(catalog, everything, as_of=as_of):
        lease = everything[span.index]
        funded[lease] = funded.get(lease, 0) + span.interval.seconds
    return any(lease.payer is not None and funded.get(lease, 0) < lease.interval.seconds for lease in leases)


def charged_leases(history: History) -> tuple[Lease, ...]:
    """All leases that charge somebody: those that no record closes, and closed ones for the time they were held."""
    closed = (*history.past, *history.closures)
    return (*history.leases, *(replace(one.lease, interval=one.held) for one in closed if one.held.seconds))


def _until(span: FundedSpan, instant: Instant) -> FundedSpan:
    return replace(span, interval=until(span.interval, instant))


def _pages(claims: Sequence[HeldClaim], spans: Sequence[FundedSpan]) -> Mapping[AccountLabel, _Page]:
    pages: dict[AccountLabel, _Page] = {}
    for span in spans:
        claim = claims[span.index]
        for entry in claim.charges:
            page = pages.setdefault(entry.label, {})
            page[span.interval] = page.get(span.interval, 0) + claim.gpus
    return pages


def _usage(page: _Page, label: AccountLabel, before: Meter, after: Meter) -> Usage:
    spent = before.spent.get(label, 0)
    return Usage(
        claims=tuple(Claim(interval=interval, gpus=gpus) for interval, gpus in sorted(page.items())),
        spent=GpuSeconds(spent),
        committed=GpuSeconds(after.spent.get(label, 0) - spent),
    )
