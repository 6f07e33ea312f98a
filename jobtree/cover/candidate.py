"""Candidates: every envelope that a user could expect to pay, nearest first (semantics.md 5)."""

from collections.abc import Iterator
from dataclasses import dataclass

from jobtree.base.identity import Owner
from jobtree.cover.desk import Desk
from jobtree.cover.offer import Tier
from jobtree.ledger.family import NEAR
from jobtree.model.budget import Envelope
from jobtree.model.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An envelope of the run's flavor. ``distance`` orders within the tier: links to family, position of a sponsor.

    ``foreign``: none of the owner's own envelopes of the flavor selects any node that this one selects.
    """

    envelope: Envelope
    tier: Tier
    distance: int
    foreign: bool


def candidates(run: Run, desk: Desk) -> tuple[Candidate, ...]:
    """Own, then family by distance, then sponsors in the run's order; within that by key. Family is never a sponsor.

    Costs O(relatives + sponsors + candidates).
    """
    home = 0
    for envelope in desk.shelf.get((run.flavor, run.owner), ()):
        home |= desk.reach.bits(run.flavor, envelope.selector)
    return tuple(
        Candidate(
            envelope=envelope,
            tier=tier,
            distance=distance,
            foreign=tier is not Tier.OWN and not home & desk.reach.bits(run.flavor, envelope.selector),
        )
        for payer, tier, distance in sorted(_payers(run, desk), key=lambda row: row[1:])
        for envelope in desk.shelf.get((run.flavor, payer), ())
    )


def _payers(run: Run, desk: Desk) -> Iterator[tuple[Owner, Tier, int]]:
    kin = desk.family.kin(run.owner)
    yield (run.owner, Tier.OWN, 0)
    for relative, kinship in kin.items():
        yield (relative, Tier.NEAR_FAMILY if kinship.tier == NEAR else Tier.FAR_FAMILY, kinship.distance)
    for position, sponsor in enumerate(dict.fromkeys(run.funding.sponsors)):
        if sponsor != run.owner and sponsor not in kin:
            yield (sponsor, Tier.SPONSOR, position)
