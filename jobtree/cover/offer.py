"""Offers: an envelope that may pay for a run, on which nodes, when, and what that uses up."""

from dataclasses import dataclass
from enum import IntEnum

from jobtree.base.identity import EnvelopeKey, Key
from jobtree.base.instant import Window
from jobtree.ledger.account import Charge
from jobtree.model.lease import FundingClass, Payer
from jobtree.model.plan import Reason
from jobtree.model.selector import Selector


class Tier(IntEnum):
    """How far the payer is from the run's owner. The plan prefers lower tiers (semantics.md 7, level 5)."""

    OWN = 0
    NEAR_FAMILY = 1
    FAR_FAMILY = 2
    SPONSOR = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One way to pay for slots of one run.

    ``window`` must cover the term that it pays for; ``charges`` are all accounts that the term uses: the envelope, its
    caps, its lending and the run's borrow limit when borrowed, and the quotas of the run's trees. ``foreign`` says that
    none of the owner's own envelopes of this flavor has a selector like this one's (level 5, last).
    """

    payer: Payer
    tier: Tier
    funding: FundingClass
    selector: Selector
    window: Window
    charges: tuple[Charge, ...]
    foreign: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """An envelope that may not pay for the run, and why (a JT40x code with its numbers)."""

    envelope: EnvelopeKey
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Offers for one run in the order of semantics.md 5, and the denials that explain an empty list."""

    run: Key
    offers: tuple[Offer, ...]
    denials: tuple[Denial, ...]
