"""The ledger brought forward: leases that are over, summed up where only what they cost still counts (ADR 33).

Hours are the only thing that a plan asks of a lease that is over and whose run is gone (semantics.md 4). So all leases
of one owner at one envelope become two that cost as much, as a bookkeeper carries a balance to the next page. A month
of a busy fleet would be read again at every compile otherwise.
"""

from collections.abc import Sequence
from dataclasses import replace

from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.instant import Instant, Interval
from jobtree.model.budget import Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.lease import ClosedLease, Lease, Role, closing_order

Balance = tuple[EnvelopeKey, Owner]
"""Whose envelope paid, and for whom."""


def brought_forward(catalog: Catalog, past: Sequence[ClosedLease]) -> tuple[ClosedLease, ...]:
    """The same charges on fewer leases. All runs of ``past`` must be gone, and charge only what hours limit.

    Spares stay, as each is rounded up at its rate, and so does what lies in part outside of its envelope's window.
    """
    summed: dict[Balance, list[ClosedLease]] = {}
    kept: list[ClosedLease] = []
    for one in past:
        payer = one.lease.payer
        envelope = None if payer is None else catalog.envelopes.get(payer.envelope)
        if payer is None or envelope is None or not _is_plain(one, envelope):
            kept.append(one)
        else:
            summed.setdefault((payer.envelope, one.lease.owner), []).append(one)
    for balance, ones in sorted(summed.items()):
        kept += ones if len(ones) <= 2 else _sum(balance, ones)
    return tuple(sorted(kept, key=closing_order))


def _is_plain(one: ClosedLease, envelope: Envelope) -> bool:
    """Whether every second that it was held costs one GPU-second for each slot."""
    return one.lease.role is not Role.SPARE and envelope.window.covers(one.held)


def _sum(balance: Balance, ones: Sequence[ClosedLease]) -> list[ClosedLease]:
    """A lease of many slots for as long as the longest of them was held, and one of one slot for the rest."""
    longest = max(ones, key=lambda one: (one.held.seconds, -one.held.start))
    seconds = longest.held.seconds
    if seconds == 0:
        return []
    slots, rest = divmod(sum(len(one.lease.slots) * one.held.seconds for one in ones), seconds)
    found = [_lease(balance, longest, slots, seconds, rank=0)]
    return [*found, _lease(balance, longest, 1, rest, rank=1)] if rest else found


def _lease(balance: Balance, like: ClosedLease, slots: int, seconds: int, *, rank: int) -> ClosedLease:
    envelope, owner = balance
    start = like.held.start
    interval = Interval(start, Instant(start + seconds))
    name = Key("", f"{envelope} {owner}")
    lease: Lease = replace(
        like.lease, run=name, rank=rank, role=Role.ACTIVE, node="", slots=tuple(range(slots)), interval=interval
    )
    return ClosedLease(lease=lease, closure=replace(like.closure, time=interval.end))
