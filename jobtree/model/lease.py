"""Leases: what was consumed, as immutable facts (semantics.md 3 and 4)."""

from dataclasses import dataclass
from enum import StrEnum

from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.instant import Interval


class Role(StrEnum):
    """What a pod does on its slots."""

    ACTIVE = "Active"
    SPARE = "Spare"
    OPPORTUNISTIC = "Opportunistic"


class LeaseReason(StrEnum):
    """Why a lease began."""

    START = "Start"
    GROW = "Grow"
    SWAP = "Swap"
    RENEW = "Renew"


class FundingClass(StrEnum):
    """How a claim is paid at an instant; derived, never stored (semantics.md 4)."""

    OWNED = "Owned"
    SHARED = "Shared"
    BORROWED = "Borrowed"
    UNFUNDED = "Unfunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """The one envelope that pays for a lease, and whose it is."""

    envelope: EnvelopeKey
    owner: Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One pod on its slots for one payer and one interval; ``payer`` None is unfunded.

    ``rank`` counts within (group, role): the pod's rank in its group, or the index of the spare.
    """

    run: Key
    owner: Owner
    group: int
    rank: int
    role: Role
    node: str
    slots: tuple[int, ...]
    payer: Payer | None
    interval: Interval
    reason: LeaseReason
