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


@dataclass(slots=True, kw_only=True)
class _Headroom:
    accounts: Mapping[AccountLabel, Account]
    gpus: dict[AccountLabel, int] = field(default_factory=dict)
    gpu_seconds: dict[AccountLabel, int]

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
    count what was charged before and what funded claims still need until their ends. Costs O(claims log claims).
    """
    headroom = _Headroom(accounts=accounts, gpu_seconds=dict(meter.spent))
    failed: set[Key] = set()
    classes: dict[int, FundingClass] = {}
    for unit in units_of([claim for claim in claims if claim.interval.holds(instant)]):
        funded = unit.run not in failed and _fits(unit, instant, headroom, meter)
        if not funded:
            failed.add(unit.run)
        for claim in unit.claims:
            classes[claim.index] = claim.funding if funded else FundingClass.UNFUNDED
    return dict(sorted(classes.items()))


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


def claim_rank(claim: HeldClaim) -> ClaimRank:
    """Envelope owner and loans first, then family by proximity, then admission instant, then key (semantics.md 4)."""
    return claim.rank


def _fits(unit: Unit, instant: Instant, headroom: _Headroom, meter: Meter) -> bool:
    if any(claim.funding is FundingClass.UNFUNDED or not window_open(claim, instant) for claim in unit.claims):
        return False
    gpus: dict[AccountLabel, int] = {}
    gpu_seconds: dict[AccountLabel, int] = {}
    for claim in unit.claims:
        _add(gpus, {entry.label: claim.gpus for entry in claim.charges})
        _add(gpu_seconds, dict(meter.needs(claim, instant)))
    return headroom.take(gpus, gpu_seconds)


def window_open(claim: HeldClaim, instant: Instant) -> bool:
    """Whether the payer may pay at the instant."""
    return claim.payable.holds(instant)


def _add(totals: dict[AccountLabel, int], more: Mapping[AccountLabel, int]) -> None:
    for label, count in more.items():
        totals[label] = totals.get(label, 0) + count
