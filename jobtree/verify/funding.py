"""Which claims are funded, derived anew at every instant that matters (semantics.md 4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from jobtree.verify.accounts import AccountKey, Accounts
from jobtree.verify.claims import BORROWED, UNFUNDED, Claim
from jobtree.verify.runs import Key
from jobtree.verify.sweep import Meter, Span, Totals, excesses

Funded = dict[int, bool]
Rank = tuple[int, int, int, Key]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """A fixed run, or one group of a malleable one, ranked as its lowest claim and never above a lower group."""

    run: Key
    group: int
    rank: Rank
    claims: list[Claim]

    @property
    def contracts(self) -> list[Claim]:
        """What a sponsor pays for, where the rest ranks lower."""
        return [claim for claim in self.claims if _is_contract(claim) and claim.rank < self.rank]


def _is_contract(claim: Claim) -> bool:
    return claim.fundable and claim.relation == BORROWED


def _units(claims: list[Claim]) -> list[_Unit]:
    members: dict[tuple[Key, int], list[Claim]] = {}
    for claim in sorted(claims, key=lambda claim: (claim.run, claim.group)):
        members.setdefault((claim.run, 0 if claim.whole else claim.group), []).append(claim)
    worst: dict[Key, Rank] = {}
    units = []
    for (run, group), together in members.items():
        worst[run] = max([claim.rank for claim in together] + ([worst[run]] if run in worst else []))
        units.append(_Unit(run=run, group=group, rank=worst[run], claims=together))
    return units


class _Books:
    """What has been taken of the accounts, at one instant."""

    def __init__(self, instant: int, accounts: Accounts, meter: Meter) -> None:
        self.instant, self.accounts, self.meter = instant, accounts, meter
        self.gpus: Totals = {}
        self.seconds: Totals = dict(meter.charged)

    def take(self, claims: list[Claim]) -> bool:
        """Books all of the claims, or none."""
        if not all(claim.fundable and claim.payable[0] <= self.instant < claim.payable[1] for claim in claims):
            return False
        gpus: Totals = {}
        seconds: Totals = {}
        for claim in claims:
            for charge in claim.charges:
                gpus[charge.account] = gpus.get(charge.account, 0) + claim.gpus
            for account, more in self.meter.price(claim, (self.instant, claim.interval[1])):
                seconds[account] = seconds.get(account, 0) + more
        if not all(self._has_room(key, more, seconds.get(key, 0)) for key, more in gpus.items()):
            return False
        for total, more_of in ((self.gpus, gpus), (self.seconds, seconds)):
            for key, count in more_of.items():
                total[key] = total.get(key, 0) + count
        return True

    def _has_room(self, key: AccountKey, gpus: int, seconds: int) -> bool:
        account = self.accounts.of[key]
        if not account.binds_running:
            return True
        most, longest = account.limits.gpus, account.limits.gpu_seconds
        if most is not None and self.gpus.get(key, 0) + gpus > most:
            return False
        return longest is None or seconds == 0 or self.seconds.get(key, 0) + seconds <= longest


def fill(claims: Iterable[Claim], instant: int, accounts: Accounts, meter: Meter) -> Funded:
    """Whether each claim that is open at the instant is funded, by ``id``: greedy, in global rank order.

    A loan takes its GPUs at its own rank, though family may pay for the rest of its gang at a lower one. When that rest
    does not fit, the gang is unfunded, and everything is filled again as if it had borrowed nothing.
    """
    units = _units([claim for claim in claims if claim.interval[0] <= instant < claim.interval[1]])
    barred: set[tuple[Key, int]] = set()
    while True:
        funded, broken = _fill_once(units, barred, _Books(instant, accounts, meter))
        if broken is None:
            return funded
        barred.update((unit.run, unit.group) for unit in units if unit.run == broken.run and unit.group >= broken.group)


def _fill_once(units: list[_Unit], barred: set[tuple[Key, int]], books: _Books) -> tuple[Funded, _Unit | None]:
    queue: list[tuple[Rank, int, bool, _Unit, list[Claim]]] = []
    for unit in units:
        ahead = [] if (unit.run, unit.group) in barred else unit.contracts
        if ahead:
            queue.append((max(claim.rank for claim in ahead), unit.group, False, unit, ahead))
        queue.append((unit.rank, unit.group, True, unit, [claim for claim in unit.claims if claim not in ahead]))
    failed: dict[Key, int] = {}
    lent: set[tuple[Key, int]] = set()
    funded: Funded = {}
    for _, group, last, unit, claims in sorted(queue, key=lambda row: row[:3]):
        fits = failed.get(unit.run, group + 1) > group and books.take(claims)
        if not fits:
            failed[unit.run] = min(group, failed.get(unit.run, group))
        if last and not fits and (unit.run, group) in lent:
            return funded, unit
        if last:
            funded.update((id(claim), fits) for claim in unit.claims)
        elif fits:
            lent.add((unit.run, group))
    return funded, None


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


def class_of(claim: Claim, *, funded: bool) -> str:
    """The claim's class: its relation while funded."""
    return claim.relation if funded else UNFUNDED
