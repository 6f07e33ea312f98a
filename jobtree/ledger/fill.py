"""The greedy fill: which claims are funded at one instant (semantics.md 4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.ledger.account import Account, AccountLabel, BorrowAccount, LendingAccount
from jobtree.ledger.held import ClaimRank, HeldClaim
from jobtree.ledger.meter import Meter
from jobtree.model.lease import FundingClass

UnitRank = tuple[ClaimRank, int]
"""Rank of the unit's lowest ranked claim, then its first group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Claims that are funded together or not at all: a fixed run, or one group of a malleable one."""

    run: Key
    rank: UnitRank
    claims: tuple[HeldClaim, ...]

    @property
    def group(self) -> int:
        """Its group, 0 for a fixed run."""
        return self.rank[1]

    @property
    def loans(self) -> tuple[HeldClaim, ...]:
        """Loans that rank above the unit, because family pays for others of its claims."""
        return tuple(claim for claim in self.claims if is_loan(claim) and claim_rank(claim) < self.rank[0])


@dataclass(slots=True)
class _Headroom:
    accounts: Mapping[AccountLabel, Account]
    gpu_seconds: dict[AccountLabel, int]
    gpus: dict[AccountLabel, int] = field(default_factory=dict)

    def take(self, gpus: Mapping[AccountLabel, int], gpu_seconds: Mapping[AccountLabel, int]) -> bool:
        """Books the unit if every account can hold it, GPUs and GPU-seconds alike."""
        for label, count in gpus.items():
            if not gpus_fit(self.accounts[label], self.gpus.get(label, 0), count):
                return False
        for label, count in gpu_seconds.items():
            if not gpu_seconds_fit(self.accounts[label], self.gpu_seconds.get(label, 0), count):
                return False
        _add(self.gpus, gpus)
        _add(self.gpu_seconds, gpu_seconds)
        return True


def gpus_fit(account: Account, used: int, more: int) -> bool:
    """Whether used + more <= max_gpus. Lending and borrow limits bound new loans, never a running one: a contract."""
    if isinstance(account.label, LendingAccount | BorrowAccount) or account.max_gpus is None:
        return True
    return used + more <= account.max_gpus


def gpu_seconds_fit(account: Account, used: int, more: int) -> bool:
    """Whether used + more <= max_gpu_seconds, where the claim still needs any; loans as in ``gpus_fit``."""
    if isinstance(account.label, LendingAccount | BorrowAccount) or account.max_gpu_seconds is None:
        return True
    return more == 0 or used + more <= account.max_gpu_seconds


def fill(
    claims: Iterable[HeldClaim], instant: Instant, *, accounts: Mapping[AccountLabel, Account], meter: Meter
) -> Mapping[int, FundingClass]:
    """Class of each claim that is open at the instant, by index.

    Units are taken in global rank order and funded where concurrency, hours, caps and quotas have room; one that does
    not fit is Unfunded and those after it still try, but no group of a malleable run above one that failed. Hours
    count what was charged before and what funded claims still need until their ends. A loan keeps its place even where
    its run ranks lower, because family pays for a part of it; where family takes that part back, the run is Unfunded
    and all is filled again without its loans. Costs O(claims log claims) for each time that this happens.
    """
    units = units_of([claim for claim in claims if claim.interval.holds(instant)])
    waived: dict[Key, int] = {}
    while True:
        turns = _Turns(instant=instant, meter=meter, headroom=_Headroom(accounts, dict(meter.spent)))
        broken = turns.take(_in_rank_order(units, waived))
        if broken is None:
            return dict(sorted(turns.classes.items()))
        waived[broken.run] = min(broken.group, waived.get(broken.run, broken.group))


_Turn = tuple[Unit, tuple[HeldClaim, ...], bool]
"""A unit, those of its claims that are to be booked, and whether that settles it."""


def _in_rank_order(units: Sequence[Unit], waived: Mapping[Key, int]) -> list[_Turn]:
    """Each unit at its rank, and before it, at their own, its loans; not those of runs from a waived group up."""
    turns: list[tuple[UnitRank, bool, _Turn]] = []
    for unit in units:
        early = unit.loans if unit.run not in waived or unit.group < waived[unit.run] else ()
        late = tuple(claim for claim in unit.claims if claim not in early) if early else unit.claims
        turns.append((unit.rank, True, (unit, late, True)))
        if early:
            turns.append(((max(map(claim_rank, early)), unit.group), False, (unit, early, False)))
    return [turn for _, _, turn in sorted(turns, key=lambda row: row[:2])]


@dataclass(slots=True, kw_only=True)
class _Turns:
    """One pass over all units: what they book, and what becomes of their claims."""

    instant: Instant
    meter: Meter
    headroom: _Headroom
    classes: dict[int, FundingClass] = field(default_factory=dict)
    failed: dict[Key, int] = field(default_factory=dict)
    lent: set[tuple[Key, int]] = field(default_factory=set)

    def take(self, turns: Iterable[_Turn]) -> Unit | None:
        """Books units in this order; or stops at one that failed after its loans were booked, which is then given."""
        for unit, claims, settles in turns:
            fits = not self._is_failed(unit) and _fits(claims, self.instant, self.headroom, self.meter)
            if not fits:
                self.failed[unit.run] = min(unit.group, self.failed.get(unit.run, unit.group))
            if settles and not fits and (unit.run, unit.group) in self.lent:
                return unit
            if settles:
                self.classes.update(
                    (claim.index, claim.funding if fits else FundingClass.UNFUNDED) for claim in unit.claims
                )
            elif fits:
                self.lent.add((unit.run, unit.group))
        return None

    def _is_failed(self, unit: Unit) -> bool:
        return unit.run in self.failed and self.failed[unit.run] <= unit.group


def units_of(claims: Sequence[HeldClaim]) -> tuple[Unit, ...]:
    """Splits open claims into units, in rank order.

    A unit ranks as its lowest ranked claim, so that what family or a sponsor adds to a run never rides above the
    owner of the envelope; a group never ranks above a lower group of its run.
    """
    members: dict[tuple[Key, int], list[HeldClaim]] = {}
    for claim in sorted(claims, key=lambda claim: (claim.run, claim.group, claim.index)):
        members.setdefault((claim.run, 0 if claim.whole else claim.group), []).append(claim)
    worst: dict[Key, ClaimRank] = {}
    units = []
    for (run, group), together in members.items():
        ranks = [claim_rank(claim) for claim in together]
        worst[run] = max(worst.get(run, ranks[0]), *ranks)
        units.append(Unit(run=run, rank=(worst[run], group), claims=tuple(together)))
    return tuple(sorted(units, key=lambda unit: unit.rank))


def is_loan(claim: HeldClaim) -> bool:
    """Whether a sponsor pays: a contract, which nobody recalls."""
    return claim.funding is FundingClass.BORROWED


def claim_rank(claim: HeldClaim) -> ClaimRank:
    """Envelope owner and loans first, then family by proximity, then admission instant, then key (semantics.md 4)."""
    return claim.rank


def _fits(claims: Sequence[HeldClaim], instant: Instant, headroom: _Headroom, meter: Meter) -> bool:
    if any(claim.funding is FundingClass.UNFUNDED or not window_open(claim, instant) for claim in claims):
        return False
    gpus: dict[AccountLabel, int] = {}
    gpu_seconds: dict[AccountLabel, int] = {}
    for claim in claims:
        _add(gpus, {entry.label: claim.gpus for entry in claim.charges})
        _add(gpu_seconds, dict(meter.needs(claim, instant)))
    return headroom.take(gpus, gpu_seconds)


def window_open(claim: HeldClaim, instant: Instant) -> bool:
    """Whether the payer may pay at the instant."""
    return claim.payable.holds(instant)


def _add(totals: dict[AccountLabel, int], more: Mapping[AccountLabel, int]) -> None:
    for label, count in more.items():
        totals[label] = totals.get(label, 0) + count
