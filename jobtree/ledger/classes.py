"""Classes of leases, at an instant and over time: derived, never stored (semantics.md 4)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval
from jobtree.ledger.account import Account, AccountLabel
from jobtree.ledger.charging import accounts_of
from jobtree.ledger.crowding import doubtful_runs
from jobtree.ledger.fill import fill, is_loan, units_of
from jobtree.ledger.held import HeldClaim, held_claims
from jobtree.ledger.meter import elapsed
from jobtree.model.catalog import Catalog
from jobtree.model.lease import FundingClass, Lease


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
    Costs O(leases log leases), and O(critical instants x leases) for those that charge a crowded account.
    """
    claims = held_claims(catalog, leases)
    return spans_of(claims, as_of, accounts=accounts_of(catalog))


def spans_of(
    claims: Sequence[HeldClaim], as_of: Instant, *, accounts: Mapping[AccountLabel, Account]
) -> tuple[FundedSpan, ...]:
    """``funded_claims`` of leases that were read already: whoever is not doubtful is funded while it lasts."""
    doubtful = doubtful_runs(claims, as_of, accounts=accounts, meter=elapsed(claims, as_of))
    close = [claim for claim in claims if claim.run in doubtful]
    found = [*certain_spans(claims, as_of, doubtful), *spans_filled(close, as_of, accounts=accounts)]
    return tuple(sorted(found, key=lambda span: (span.index, span.interval.start)))


def certain_spans(claims: Iterable[HeldClaim], as_of: Instant, doubtful: frozenset[Key]) -> Iterator[FundedSpan]:
    """Spans of all runs that are not among these: each is funded throughout, in the class of its payer."""
    runs: dict[Key, list[HeldClaim]] = {}
    for claim in claims:
        if claim.run not in doubtful and claim.interval.end > as_of:
            runs.setdefault(claim.run, []).append(claim)
    for own in runs.values():
        yield from _undisputed(own, as_of)


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


def spans_filled(
    claims: Sequence[HeldClaim], as_of: Instant, *, accounts: Mapping[AccountLabel, Account]
) -> tuple[FundedSpan, ...]:
    """Fills again at every instant at which a class can change. Nobody else may charge what is short among these."""
    meter = elapsed(claims, as_of)
    alive = [claim for claim in claims if claim.interval.end > as_of]
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
