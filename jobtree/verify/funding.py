"""Which claims are funded, derived anew at every instant that matters (semantics.md 4)."""

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

from jobtree.verify.accounts import AccountKey, Accounts
from jobtree.verify.claims import UNFUNDED, Claim
from jobtree.verify.sweep import Meter, Span, Totals, excesses

if TYPE_CHECKING:
    from jobtree.verify.runs import Key


def fill(claims: Iterable[Claim], instant: int, accounts: Accounts, meter: Meter) -> dict[int, bool]:
    """Whether each claim that is open at the instant is funded, by ``id``: greedy, in global rank order."""
    gpus: Totals = {}
    seconds = dict(meter.charged)
    failed: set[Key] = set()
    funded: dict[int, bool] = {}
    for unit in _units([claim for claim in claims if claim.interval[0] <= instant < claim.interval[1]]):
        fits = unit[0].run not in failed and _take(unit, instant, accounts, meter, (gpus, seconds))
        if not fits:
            failed.add(unit[0].run)
        funded.update((id(claim), fits) for claim in unit)
    return funded


def funded_spans(claims: list[Claim], as_of: int, accounts: Accounts) -> list[Span]:
    """When each claim is funded from ``as_of`` on.

    Where all of them fit together, only runs that somebody may not pay for throughout need a closer look, so that the
    usual case is linear; otherwise every stretch between two instants that matter is filled: O(instants x claims).
    """
    alive = [claim for claim in claims if claim.interval[1] > as_of]
    meter = Meter(claims, as_of)
    whole = [Span(claim=claim, interval=(max(as_of, claim.interval[0]), claim.interval[1])) for claim in alive]
    if any(excess.account.binds_running for excess in excesses(whole, accounts, meter)):
        return by_stretches(alive, as_of, accounts, meter)
    troubled = {span.claim.run for span in whole if not _payable_throughout(span)}
    sound = [span for span in whole if span.claim.run not in troubled]
    rest = [claim for claim in alive if claim.run in troubled]
    return sound + (by_stretches(rest, as_of, accounts, meter) if rest else [])


def by_stretches(alive: list[Claim], as_of: int, accounts: Accounts, meter: Meter) -> list[Span]:
    """Fills every stretch between two instants that matter, which adds to the meter; there must be some claim."""
    last = max(claim.interval[1] for claim in alive)
    instants = {as_of}
    for claim in alive:
        instants.update(bound for bound in (*claim.interval, *claim.payable) if as_of < bound <= last)
    found: list[Span] = []
    for stretch in pairwise(sorted(instants)):
        funded = fill(alive, stretch[0], accounts, meter)
        for claim in alive:
            if funded.get(id(claim)):
                meter.add(claim, stretch)
                found.append(Span(claim=claim, interval=stretch))
    return found


def _payable_throughout(span: Span) -> bool:
    claim = span.claim
    return claim.fundable and claim.payable[0] <= span.interval[0] and span.interval[1] <= claim.payable[1]


def _units(claims: list[Claim]) -> list[list[Claim]]:
    """A fixed run, or one group of a malleable one, ranked as its lowest claim and never above a lower group."""
    members: dict[tuple[Key, int], list[Claim]] = {}
    for claim in sorted(claims, key=lambda claim: (claim.run, claim.group)):
        members.setdefault((claim.run, 0 if claim.whole else claim.group), []).append(claim)
    worst: dict[Key, tuple[int, int, int, Key]] = {}
    ranked = []
    for (run, group), unit in members.items():
        worst[run] = max([claim.rank for claim in unit] + ([worst[run]] if run in worst else []))
        ranked.append((worst[run], group, unit))
    ranked.sort(key=lambda row: row[:2])
    return [unit for _, _, unit in ranked]


def _take(unit: list[Claim], instant: int, accounts: Accounts, meter: Meter, taken: tuple[Totals, Totals]) -> bool:
    if not all(claim.fundable and claim.payable[0] <= instant < claim.payable[1] for claim in unit):
        return False
    gpus: Totals = {}
    seconds: Totals = {}
    for claim in unit:
        for charge in claim.charges:
            gpus[charge.account] = gpus.get(charge.account, 0) + claim.gpus
        for account, more in meter.price(claim, (instant, claim.interval[1])):
            seconds[account] = seconds.get(account, 0) + more
    if not all(_room(accounts, key, (taken[0], taken[1]), (gpus[key], seconds.get(key, 0))) for key in gpus):
        return False
    for total, more_of in zip(taken, (gpus, seconds), strict=True):
        for key, count in more_of.items():
            total[key] = total.get(key, 0) + count
    return True


def _room(accounts: Accounts, key: AccountKey, taken: tuple[Totals, Totals], more: tuple[int, int]) -> bool:
    account = accounts.of[key]
    if not account.binds_running:
        return True
    gpus, seconds = account.limits.gpus, account.limits.gpu_seconds
    if gpus is not None and taken[0].get(key, 0) + more[0] > gpus:
        return False
    return seconds is None or more[1] == 0 or taken[1].get(key, 0) + more[1] <= seconds


def class_of(claim: Claim, *, funded: bool) -> str:
    """The claim's class: its relation while funded."""
    return claim.relation if funded else UNFUNDED
