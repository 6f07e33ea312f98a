"""Seconds already charged, claim by claim: what makes the hours of one instant follow from those before it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from jobtree.base.instant import Instant, Interval
from jobtree.base.quantity import charge
from jobtree.ledger.account import AccountLabel
from jobtree.ledger.charging import charged_seconds, since, until
from jobtree.ledger.held import HeldClaim


@dataclass(slots=True, kw_only=True)
class Meter:
    """Charged seconds of each claim for each of its charges, and the GPU-seconds that they come to by account.

    A charge is rounded up once for the whole lease, so parts are differences of rounded sums and never rounded alone.
    """

    seconds: dict[int, list[int]] = field(default_factory=dict)
    spent: dict[AccountLabel, int] = field(default_factory=dict)

    def add(self, claim: HeldClaim, interval: Interval) -> None:
        """Charges the claim for the interval, to every account and within each account's window."""
        charged = self.seconds.setdefault(claim.index, [0] * len(claim.charges))
        for position, entry in enumerate(claim.charges):
            more = charged_seconds(entry, interval)
            self.spent[entry.label] = self.spent.get(entry.label, 0) + self._cost(claim, position, more)
            charged[position] += more

    def needs(self, claim: HeldClaim, instant: Instant) -> Sequence[tuple[AccountLabel, int]]:
        """GPU-seconds that the claim will still charge each account if it is funded from the instant to its end."""
        rest = since(claim.interval, instant)
        return [
            (entry.label, self._cost(claim, position, charged_seconds(entry, rest)))
            for position, entry in enumerate(claim.charges)
        ]

    def _cost(self, claim: HeldClaim, position: int, more: int) -> int:
        before = self.seconds[claim.index][position] if claim.index in self.seconds else 0
        return cost(claim, before + more) - cost(claim, before)


def cost(claim: HeldClaim, seconds: int) -> int:
    """GPU-seconds of the claim's lease after so many charged seconds, rounded up."""
    return charge(gpus=claim.gpus, seconds=seconds, rate=claim.rate)


def elapsed(claims: Sequence[HeldClaim], instant: Instant) -> Meter:
    """The facts at the instant: every lease is charged to the payer that it names, whatever its class is now.

    Classes follow from budgets, and budgets are edited; a charge that has elapsed must not change with them
    (semantics.md 4).
    """
    meter = Meter()
    for claim in claims:
        meter.add(claim, until(claim.interval, instant))
    return meter
