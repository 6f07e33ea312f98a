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


def kin_candidates(run: Run, desk: Desk) -> tuple[Candidate, ...]:
    """Own envelopes, then those of near and of far family by distance; within that by key. Costs O(family)."""
    payers = [(Tier.OWN, 0, run.owner)]
    for relative, kinship in desk.family.kin(run.owner).items():
        tier = Tier.NEAR_FAMILY if kinship.tier == NEAR else Tier.FAR_FAMILY
        payers.append((tier, kinship.distance, relative))
    keyed = [row for payer in payers for row in _candidates(payer, run, desk)]
    return tuple(sorted(keyed, key=lambda item: (item.tier, item.distance, item.envelope.key)))


def sponsor_candidates(run: Run, desk: Desk) -> tuple[Candidate, ...]:
    """Sponsors in the run's order, each one's envelopes by key. Family pays as family, never as a sponsor."""
    kin = desk.family.kin(run.owner)
    outsiders = [name for name in dict.fromkeys(run.funding.sponsors) if name != run.owner and name not in kin]
    payers = [(Tier.SPONSOR, position, name) for position, name in enumerate(outsiders)]
    return tuple(row for payer in payers for row in _candidates(payer, run, desk))


def _candidates(payer: tuple[Tier, int, Owner], run: Run, desk: Desk) -> Iterator[Candidate]:
    tier, distance, owner = payer
    home = desk.home(run.flavor, run.owner)
    for envelope in desk.shelf.get((run.flavor, owner), ()):
        foreign = tier is not Tier.OWN and not home & desk.reach.bits(run.flavor, envelope.selector)
        yield Candidate(envelope=envelope, tier=tier, distance=distance, foreign=foreign)
