"""Which accounts are asked for more than they hold: only who charges one of them can lose by it (semantics.md 4)."""

from collections.abc import Iterable, Mapping, Sequence

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.ledger.account import Account, AccountLabel
from jobtree.ledger.fill import gpu_seconds_fit, gpus_fit
from jobtree.ledger.held import HeldClaim
from jobtree.ledger.meter import Meter
from jobtree.model.lease import FundingClass

Change = tuple[int, int]
"""An instant, and how many GPUs more from then on."""


def doubtful_runs(
    claims: Sequence[HeldClaim], as_of: Instant, *, accounts: Mapping[AccountLabel, Account], meter: Meter
) -> frozenset[Key]:
    """Runs that have to be looked at closely from ``as_of`` on, to know who of them is funded; all others are.

    Those that charge a crowded account, and those of which some payer may not pay for some of the time. Every account
    that they charge is either crowded, and all who charge it are among them, or holds everybody at once. O(claims log
    claims).
    """
    short = crowded(claims, as_of, accounts=accounts, meter=meter)
    return frozenset(
        claim.run
        for claim in claims
        if not _payable_throughout(claim, as_of) or any(entry.label in short for entry in claim.charges)
    )


def crowded(
    claims: Iterable[HeldClaim], as_of: Instant, *, accounts: Mapping[AccountLabel, Account], meter: Meter
) -> frozenset[AccountLabel]:
    """Accounts that would be short at some instant from ``as_of`` on, were all claims funded to their ends.

    Costs O(claims log claims).
    """
    changes: dict[AccountLabel, list[Change]] = {}
    needs: dict[AccountLabel, int] = {}
    for claim in claims:
        first = max(as_of, claim.interval.start)
        if claim.interval.end > first:
            for entry in claim.charges:
                changes.setdefault(entry.label, []).extend([(first, claim.gpus), (claim.interval.end, -claim.gpus)])
            for label, gpu_seconds in meter.needs(claim, first):
                needs[label] = needs.get(label, 0) + gpu_seconds
    wide = {label for label, line in changes.items() if not gpus_fit(accounts[label], 0, _peak(line))}
    long = {
        label for label, more in needs.items() if not gpu_seconds_fit(accounts[label], meter.spent.get(label, 0), more)
    }
    return frozenset(wide | long)


def _payable_throughout(claim: HeldClaim, as_of: Instant) -> bool:
    """Whether its payer may pay from now, or from its start, to its end; what is over asks for nothing."""
    window, first = claim.payable, max(as_of, claim.interval.start)
    return claim.interval.end <= as_of or (
        claim.funding is not FundingClass.UNFUNDED
        and (window.start is None or window.start <= first)
        and (window.end is None or claim.interval.end <= window.end)
    )


def _peak(changes: Iterable[Change]) -> int:
    """The most GPUs at any instant; at one instant ends come before starts."""
    used = most = 0
    for _, change in sorted(changes):
        used += change
        most = max(most, used)
    return most
