"""Every account over time: GPUs that it carries, and GPU-seconds that it has been charged (semantics.md 4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from jobtree.base.instant import Instant, Interval
from jobtree.ledger.account import AccountLabel, Charge
from jobtree.ledger.charging import lease_charge, until
from jobtree.ledger.held import HeldClaim

Curve = list[int]
"""Triples in a row: seconds from the plan's instant, GPUs from then on, GPU-seconds charged up to then."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Claims that charge an account alike; how many there are is kept beside it."""

    interval: Interval
    gpus: int
    rate: Fraction
    entry: Charge

    def charged(self, instant: Instant) -> int:
        """GPU-seconds up to an instant, rounded up once for each lease."""
        return lease_charge(self.gpus, self.rate, entry=self.entry, interval=until(self.interval, instant))


def curves_of(claims: Iterable[HeldClaim], *, as_of: Instant, shown_from: Instant) -> Mapping[AccountLabel, Curve]:
    """Accounts that any claim charges. Between two instants of a curve charges grow evenly, but for rounding.

    Costs O(claims log claims + instants x claims open at once), account by account.
    """
    kinds: dict[AccountLabel, dict[_Kind, int]] = {}
    for claim in claims:
        for entry in claim.charges:
            kind = _Kind(claim.interval, claim.gpus, claim.rate, entry)
            own = kinds.setdefault(entry.label, {})
            own[kind] = own.get(kind, 0) + 1
    return {label: _curve(own, as_of, shown_from) for label, own in kinds.items()}


def _curve(kinds: Mapping[_Kind, int], as_of: Instant, shown_from: Instant) -> Curve:
    ordered = sorted(kinds.items(), key=lambda item: item[0].interval)
    points: Curve = []
    over, at = 0, 0
    current: list[tuple[_Kind, int]] = []
    for instant in _instants(ordered, as_of, shown_from):
        while at < len(ordered) and ordered[at][0].interval.start <= instant:
            current.append(ordered[at])
            at += 1
        over += sum(kind.charged(instant) * count for kind, count in current if kind.interval.end <= instant)
        current = [(kind, count) for kind, count in current if kind.interval.end > instant]
        gpus = sum(kind.gpus * count for kind, count in current)
        charged = over + sum(kind.charged(instant) * count for kind, count in current)
        points += (instant - as_of, gpus, charged)
    return points


def _instants(ordered: Sequence[tuple[_Kind, int]], as_of: Instant, shown_from: Instant) -> list[Instant]:
    """Starts, ends, bounds of windows, and the plan's own instant, from the first that is shown on."""
    found = {as_of}
    for kind, _ in ordered:
        window = kind.entry.window
        bounds = (window.start, window.end) if kind.interval.seconds else ()
        found.update((kind.interval.start, kind.interval.end))
        found.update(one for one in bounds if one is not None and kind.interval.start < one < kind.interval.end)
    before = [instant for instant in found if instant < shown_from]
    later = [instant for instant in found if instant >= shown_from]
    return sorted([*later, *([shown_from] if before else [])])
