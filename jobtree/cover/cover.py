"""Cover: the offers for a run, in order, and why other envelopes may not pay (semantics.md 5)."""

from collections.abc import Iterable, Mapping

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.cover.candidate import Candidate, kin_candidates, sponsor_candidates
from jobtree.cover.desk import Answer, Asking, Desk, open_desk
from jobtree.cover.objections import objection
from jobtree.cover.offer import Coverage, Denial, Offer, Tier
from jobtree.ledger.charging import charges_for
from jobtree.ledger.held import payable_window
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import CoverOrder
from jobtree.model.lease import FundingClass, Payer
from jobtree.model.run import Run

CLASS_OF = {
    Tier.OWN: FundingClass.OWNED,
    Tier.NEAR_FAMILY: FundingClass.SHARED,
    Tier.FAR_FAMILY: FundingClass.SHARED,
    Tier.SPONSOR: FundingClass.BORROWED,
}


def cover(run: Run, catalog: Catalog, *, as_of: Instant) -> Coverage:
    """Who may pay for one run, from ``as_of`` on; for all runs of a catalog use ``cover_all``.

    Offers come by tier, then distance (family) or listed position (sponsors), then envelope key; with ``coverOrder:
    location`` those at home come before foreign ones. Denials name every other envelope of the flavor that is own,
    family or of a listed sponsor, nearest first, with JT401, JT402, JT403, JT404, JT407 or JT408. Costs O(catalog).
    """
    return coverage(run, open_desk(catalog, as_of=as_of))


def cover_all(catalog: Catalog, *, as_of: Instant) -> Mapping[Key, Coverage]:
    """``cover`` of every run, by key in order. Costs O(catalog + runs) and O(candidates) for each distinct asking."""
    desk = open_desk(catalog, as_of=as_of)
    return {run.key: coverage(run, desk) for run in catalog.runs}


def coverage(run: Run, desk: Desk) -> Coverage:
    """``cover`` at an open desk: runs that ask alike get the same offers without another look."""
    kin, sponsors = _kin_answer(run, desk), _sponsor_answer(run, desk)
    offers = kin.offers + sponsors.offers
    if desk.cover_order is CoverOrder.LOCATION:
        offers = tuple(sorted(offers, key=lambda offer: offer.foreign))
    return Coverage(run=run.key, offers=offers, denials=kin.denials + sponsors.denials)


def _kin_answer(run: Run, desk: Desk) -> Answer:
    asking = Asking(
        owner=run.owner, flavor=run.flavor, selector=run.selector, gpus_per_pod=run.gpus_per_pod, quotas=run.quotas
    )
    if asking not in desk.answers:
        desk.answers[asking] = _answer(kin_candidates(run, desk), run, desk)
    return desk.answers[asking]


def _sponsor_answer(run: Run, desk: Desk) -> Answer:
    if not run.funding.sponsors:
        return Answer()
    asking = Asking(
        owner=run.owner,
        flavor=run.flavor,
        selector=run.selector,
        gpus_per_pod=run.gpus_per_pod,
        quotas=run.quotas,
        funding=run.funding,
        run=None if run.funding.max_borrow_gpus is None else run.key,
    )
    if asking not in desk.answers:
        desk.answers[asking] = _answer(sponsor_candidates(run, desk), run, desk)
    return desk.answers[asking]


def _answer(candidates: Iterable[Candidate], run: Run, desk: Desk) -> Answer:
    judged = [(candidate, objection(candidate, run, desk)) for candidate in candidates]
    return Answer(
        offers=tuple(_offer(candidate, run, desk) for candidate, reason in judged if reason is None),
        denials=tuple(Denial(envelope=it.envelope.key, reason=reason) for it, reason in judged if reason is not None),
    )


def _offer(candidate: Candidate, run: Run, desk: Desk) -> Offer:
    envelope, funding = candidate.envelope, CLASS_OF[candidate.tier]
    return Offer(
        payer=Payer(envelope=envelope.key, owner=envelope.owner),
        tier=candidate.tier,
        funding=funding,
        selector=envelope.selector,
        window=payable_window(envelope),
        charges=charges_for(envelope, run, caps=desk.caps, funding=funding),
        foreign=candidate.foreign,
    )
