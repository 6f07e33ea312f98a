"""Sweeps over time: GPUs at every start, GPU-seconds in all, account by account."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from jobtree.verify.accounts import Account, AccountKey, Accounts
from jobtree.verify.claims import Claim
from jobtree.verify.units import Interval, cost, overlap

Totals = dict[AccountKey, int]
_Event = tuple[int, int, int]
"""Instant, change in GPUs, of these by claims under test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A claim that is funded throughout an interval. ``tested``: an excess needs one of these to be an excess."""

    claim: Claim
    interval: Interval
    tested: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """An account over its limit: at its first instant, or (``instant`` None) in GPU-seconds."""

    account: Account
    instant: int | None
    used: int
    allowed: int


class Meter:
    """GPU-seconds charged so far by account, rounded up once for each claim and not once for each stretch."""

    def __init__(self, claims: Iterable[Claim], instant: int) -> None:
        self.charged: Totals = {}
        self._seconds: dict[int, tuple[int, ...]] = {}
        for claim in claims:
            if claim.interval[0] < instant:
                self.add(claim, (claim.interval[0], min(claim.interval[1], instant)))

    def add(self, claim: Claim, stretch: Interval) -> None:
        """Charges a stretch of the claim's time."""
        for account, more in self.price(claim, stretch):
            self.charged[account] = self.charged.get(account, 0) + more
        before = self._seconds.get(id(claim), (0,) * len(claim.charges))
        added = [overlap(stretch, charge.window) for charge in claim.charges]
        self._seconds[id(claim)] = tuple(map(sum, zip(before, added, strict=True)))

    def price(self, claim: Claim, stretch: Interval) -> Iterator[tuple[AccountKey, int]]:
        """What a stretch costs on top of what was charged before."""
        before = self._seconds.get(id(claim), (0,) * len(claim.charges))
        for charge, seconds in zip(claim.charges, before, strict=True):
            after = seconds + overlap(stretch, charge.window)
            yield charge.account, cost(claim.gpus, after, claim.rate) - cost(claim.gpus, seconds, claim.rate)


def excesses(spans: Iterable[Span], accounts: Accounts, meter: Meter) -> Iterator[Excess]:
    """Accounts over their limits where a tested span takes part. Use rises at starts only, so starts are enough.

    Costs O(n log n).
    """
    events: dict[AccountKey, list[_Event]] = {}
    seconds = dict(meter.charged)
    added: Totals = {}
    for span in spans:
        for charge in span.claim.charges:
            events.setdefault(charge.account, []).extend(_events(span))
        for account, more in meter.price(span.claim, span.interval):
            seconds[account] = seconds.get(account, 0) + more
            added[account] = added.get(account, 0) + (more if span.tested else 0)
    for key, line in events.items():
        limited = accounts.of[key]
        if limited.limits.gpus is not None:
            yield from _peak(limited, sorted(line), limited.limits.gpus)
        allowed = limited.limits.gpu_seconds
        if allowed is not None and seconds.get(key, 0) > allowed and added.get(key, 0):
            yield Excess(account=limited, instant=None, used=seconds[key], allowed=allowed)


def _events(span: Span) -> tuple[_Event, _Event]:
    gpus = span.claim.gpus
    tested = gpus if span.tested else 0
    return (span.interval[0], gpus, tested), (span.interval[1], -gpus, -tested)


def _peak(account: Account, line: list[_Event], allowed: int) -> Iterator[Excess]:
    used = tested = 0
    for instant, changes in groupby(line, key=itemgetter(0)):
        for _, change, of_tested in changes:
            used += change
            tested += of_tested
        if used > allowed and tested:
            yield Excess(account=account, instant=instant, used=used, allowed=allowed)
            return
