"""Classes of leases, at an instant and over time: derived, never stored (semantics.md 4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from jobtree.base.instant import Instant, Interval
from jobtree.ledger.account import Account, AccountLabel
from jobtree.ledger.charging import accounts_of
from jobtree.ledger.fill import fill, is_loan, units_of
from jobtree.ledger.fitting import all_fit
from jobtree.ledger.held import HeldClaim, held_claims
from jobtree.ledger.meter import Meter, elapsed
from jobtree.model.catalog import Catalog
from jobtree.model.lease import FundingClass, Lease

if TYPE_CHECKING:
    from jobtree.base.identity import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class FundedSpan:
    """The lease at ``index`` is funded, in one class, throughout ``interval``.

    ``recallable``: it ranks as family use, so that an owner's claim on an envelope of its own comes before it.
    """

    index: int
    interval: Interval
    funding: FundingClass
    recallable: bool


def classes_at(catalog: Catalog, leases: Sequence[Lease], instant: Instant) -> Mapping[int, FundingClass]:
    """Class of every lease that is open at the instant, by its index in ``leases``.

    Ranking, contracts and recall: ``ledger.held.relation`` and ``ledger.fill.fill``. Costs O(leases log leases).
    """
    claims = held_claims(catalog, leases)
    return fill(claims, instant, accounts=accounts_of(catalog), meter=elapsed(claims, instant))


def funded_claims(catalog: Catalog, leases: Sequence[Lease], *, as_of: Instant) -> tuple[FundedSpan, ...]:
    """When each lease is funded from ``as_of`` on, sorted by lease and time.

    Classes are derived at ``as_of`` and at every later start or end of a lease and bound of a payer's window; between
    two of these nothing changes but hours run down evenly. Work that is Unfunded charges nobody from ``as_of`` on.
    Costs O(leases log leases) where all of them fit side by side, else O(critical instants x leases).
    """
    claims = held_claims(catalog, leases)
    return spans_of(claims, as_of, accounts=accounts_of(catalog))


def spans_of(
    claims: Sequence[HeldClaim], as_of: Instant, *, accounts: Mapping[AccountLabel, Account]
) -> tuple[FundedSpan, ...]:
    """``funded_claims`` of leases that were read already.

    Where every account holds all of them at once, nobody competes: then each is funded while its payer may pay, and
    only runs with a payer that may not for some of the time are looked at closely.
    """
    meter = elapsed(claims, as_of)
    alive = [claim for claim in claims if claim.interval.end > as_of]
    if not all_fit(alive, as_of, accounts=accounts, meter=meter):
        return _by_stretches(alive, as_of, accounts=accounts, meter=meter)
    troubled = {claim.run for claim in alive if not _payable_throughout(claim, as_of)}
    runs: dict[Key, list[HeldClaim]] = {}
    for claim in alive:
        runs.setdefault(claim.run, []).append(claim)
    rest = [claim for claim in alive if claim.run in troubled]
    found = [span for run, own in runs.items() if run not in troubled for span in _undisputed(own, as_of)]
    found += _by_stretches(rest, as_of, accounts=accounts, meter=meter)
    return tuple(sorted(found, key=lambda span: (span.index, span.interval.start)))


def _payable_throughout(claim: HeldClaim, as_of: Instant) -> bool:
    """Whether its payer may pay from now, or from its start, to its end."""
    window, first = claim.payable, max(as_of, claim.interval.start)
    return (
        claim.funding is not FundingClass.UNFUNDED
        and (window.start is None or window.start <= first)
        and (window.end is None or claim.interval.end <= window.end)
    )


def _undisputed(claims: Sequence[HeldClaim], as_of: Instant) -> Iterator[FundedSpan]:
    """Spans of one run that is funded throughout; what ranks as family use may change when some of it ends."""
    bounds = {max(as_of, bound) for claim in claims for bound in (claim.interval.start, claim.interval.end)}
    spans: dict[int, list[FundedSpan]] = {}
    for here, there in pairwise(sorted(bounds)):
        family = _family_use(claims, here)
        for claim in claims:
            if claim.interval.holds(here):
                recallable = claim.index in family
                piece = Interval(here, there)
                span = FundedSpan(index=claim.index, interval=piece, funding=claim.funding, recallable=recallable)
                _extend(spans.setdefault(claim.index, []), span)
    for of_claim in spans.values():
        yield from of_claim


def _by_stretches(
    alive: Sequence[HeldClaim], as_of: Instant, *, accounts: Mapping[AccountLabel, Account], meter: Meter
) -> tuple[FundedSpan, ...]:
    """Fills again at every instant at which a class can change."""
    spans: dict[int, list[FundedSpan]] = {}
    here = as_of
    while alive:
        classes = fill(alive, here, accounts=accounts, meter=meter)
        there = _next_instant(alive, here, classes)
        family = _family_use(alive, here)
        for claim in alive:
            funding = classes.get(claim.index, FundingClass.UNFUNDED)
            if funding is not FundingClass.UNFUNDED:
                piece = Interval(here, min(there, claim.interval.end))
                meter.add(claim, piece)
                recallable = claim.index in family
                span = FundedSpan(index=claim.index, interval=piece, funding=funding, recallable=recallable)
                _extend(spans.setdefault(claim.index, []), span)
        here, alive = there, [claim for claim in alive if claim.interval.end > there]
    return tuple(span for _, of_claim in sorted(spans.items()) for span in of_claim)


def _family_use(claims: Sequence[HeldClaim], here: Instant) -> frozenset[int]:
    """Indices of open claims whose unit ranks below the owners of envelopes, but for loans, which keep their place."""
    units = units_of([claim for claim in claims if claim.interval.holds(here)])
    below = (claim for unit in units if unit.rank[0][0] > 0 for claim in unit.claims)
    return frozenset(claim.index for claim in below if not is_loan(claim))


def _next_instant(claims: Sequence[HeldClaim], here: Instant, classes: Mapping[int, FundingClass]) -> Instant:
    """The next instant at which a class can change; ends count only while a claim waits for what they free."""
    waiting = any(
        claim.funding is not FundingClass.UNFUNDED and classes.get(claim.index) is FundingClass.UNFUNDED
        for claim in claims
    )
    instants = [max(claim.interval.end for claim in claims)]
    for claim in claims:
        bounds = (claim.interval.start, claim.payable.start, claim.payable.end, claim.interval.end if waiting else None)
        instants.extend(bound for bound in bounds if bound is not None and bound > here)
    return min(instants)


def _extend(spans: list[FundedSpan], span: FundedSpan) -> None:
    last = spans[-1] if spans else None
    if last and last.interval.end == span.interval.start and last.recallable == span.recallable:
        spans[-1] = replace(span, interval=Interval(last.interval.start, span.interval.end))
    else:
        spans.append(span)
