"""Whether all claims fit side by side, whatever their ranks (semantics.md 4)."""

from collections.abc import Iterable, Mapping, Sequence

from jobtree.base.instant import Instant
from jobtree.ledger.account import Account, AccountLabel
from jobtree.ledger.fill import gpu_seconds_fit, gpus_fit
from jobtree.ledger.held import HeldClaim
from jobtree.ledger.meter import Meter

Change = tuple[int, int]
"""An instant, and how many GPUs more from then on."""


def all_fit(
    claims: Sequence[HeldClaim], as_of: Instant, *, accounts: Mapping[AccountLabel, Account], meter: Meter
) -> bool:
    """Whether no account is ever short, were all claims funded to their ends. Costs O(claims log claims)."""
    changes: dict[AccountLabel, list[Change]] = {}
    needs: dict[AccountLabel, int] = {}
    for claim in claims:
        first = max(as_of, claim.interval.start)
        for entry in claim.charges:
            changes.setdefault(entry.label, []).extend([(first, claim.gpus), (claim.interval.end, -claim.gpus)])
        for label, gpu_seconds in meter.needs(claim, first):
            needs[label] = needs.get(label, 0) + gpu_seconds
    return all(gpus_fit(accounts[label], 0, _peak(line)) for label, line in changes.items()) and all(
        gpu_seconds_fit(accounts[label], meter.spent.get(label, 0), more) for label, more in needs.items()
    )


def _peak(changes: Iterable[Change]) -> int:
    """The most GPUs at any instant; at one instant ends come before starts."""
    used = most = 0
    for _, change in sorted(changes):
        used += change
        most = max(most, used)
    return most
