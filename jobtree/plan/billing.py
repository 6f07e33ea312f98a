"""Who pays for a schedule that stands, as an integer program: pods of a claim by fare, within all accounts.

Starts, nodes and widths are given, so that the rows are exact: a point that satisfies them is a plan, and every choice
of payers for this schedule is a point (semantics.md 4, 5, and 7, level 5).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np

from jobtree.base.identity import Key
from jobtree.milp.problem import Column, Problem, Relation, Row, Terms
from jobtree.model.lease import Role
from jobtree.plan.arrays import Flags, Ints
from jobtree.plan.demand import Demand
from jobtree.plan.formulate import AccountConcurrency, AccountSeconds
from jobtree.plan.profile import Profile
from jobtree.plan.routes import Fare
from jobtree.plan.seat import Seat


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Claim:
    """Pods of one run, of one role, on nodes that the same payers match; ``fares`` can pay for them, best first.

    ``first``: the column of its first fare; the others follow.
    """

    demand: Demand
    role: Role
    seats: tuple[Seat, ...]
    fares: tuple[Fare, ...]
    first: int

    @property
    def pods(self) -> int:
        """How many must be paid for."""
        return sum(seat.pods for seat in self.seats)

    @property
    def columns(self) -> range:
        """The columns of its fares."""
        return range(self.first, self.first + len(self.fares))


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """All pods of a run's role in a zone have a payer."""

    run: Key
    role: Role
    first: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A level that comes before this one keeps its least value."""


RowLabel = Paid | AccountConcurrency | AccountSeconds | Frozen


def bill(claims: Sequence[Claim], accounts: Profile, seconds: Ints, *, most: int) -> Problem[RowLabel] | None:
    """The model without an objective. ``accounts`` and ``seconds`` are left if nobody of the claims pays anything.

    None if its rows would have more than ``most`` terms. O(claims x fares x legs + rows x legs on their account).
    """
    columns = tuple(Column(upper=claim.pods) for claim in claims for _ in claim.fares)
    rows: list[Row[RowLabel]] = [
        Row(
            label=Paid(run=claim.demand.key, role=claim.role, first=claim.first),
            terms=tuple((column, 1) for column in claim.columns),
            relation=Relation.EQUAL,
            limit=claim.pods,
        )
        for claim in claims
    ]
    size = 0
    for row in (*_second_rows(claims, seconds), *_concurrency_rows(claims, accounts, most=most)):
        size += len(row.terms)
        if size > most:
            return None
        rows.append(row)
    return Problem(columns=columns, rows=tuple(rows), objective=())


def _second_rows(claims: Sequence[Claim], seconds: Ints) -> Iterator[Row[RowLabel]]:
    """Accounts whose GPU-seconds some choice of payers would exceed."""
    costs: dict[int, dict[int, dict[int, int]]] = defaultdict(dict)
    for number, claim in enumerate(claims):
        for column, fare in zip(claim.columns, claim.fares, strict=True):
            for account, cost in fare.seconds[claim.role].items():
                costs[account].setdefault(number, {})[column] = cost
    for account, by_claim in sorted(costs.items()):
        terms, limit = _net(claims, by_claim, max(0, int(seconds[account])))
        if _could_exceed(claims, by_claim, limit):
            yield _at_most(AccountSeconds(account=account), terms, limit)


def _net(claims: Sequence[Claim], by_claim: Mapping[int, Mapping[int, int]], limit: int) -> tuple[Terms, int]:
    """Terms and limit without what each claim costs at least, whoever pays: all its pods have a payer."""
    terms: list[tuple[int, int]] = []
    for number, cost_of in sorted(by_claim.items()):
        claim = claims[number]
        least = _least(claim, cost_of)
        limit -= least * claim.pods
        terms += [(column, net) for column in claim.columns if (net := cost_of.get(column, 0) - least)]
    return tuple(terms), limit


def _at_most(label: RowLabel, terms: Terms, limit: int) -> Row[RowLabel]:
    """The row in its common measure, such as nodes instead of GPUs, rounded down: no integer point is lost."""
    measure = gcd(*(each for _, each in terms))
    parts = tuple((column, each // measure) for column, each in terms)
    return Row(label=label, terms=parts, relation=Relation.AT_MOST, limit=limit // measure)


def _least(claim: Claim, cost_of: Mapping[int, int]) -> int:
    return min(cost_of.values()) if len(cost_of) == len(claim.fares) else 0


def _could_exceed(claims: Sequence[Claim], by_claim: Mapping[int, Mapping[int, int]], limit: int) -> bool:
    """Whether there is a choice of payers that comes to more than the net limit."""
    extra = (
        (max(cost_of.values()) - _least(claims[one], cost_of)) * claims[one].pods for one, cost_of in by_claim.items()
    )
    return sum(extra) > limit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Legs:
    """Legs on one account, each an entry of arrays of shape (legs,); ``gpus`` of one pod."""

    start: Ints
    end: Ints
    column: Ints
    claim: Ints
    gpus: Ints


def _concurrency_rows(claims: Sequence[Claim], accounts: Profile, *, most: int) -> Iterator[Row[RowLabel]]:
    """Instants at which some choice of payers would exceed an account, where no neighbour says as much or more."""
    size = 0
    for account, legs in sorted(_legs(claims).items()):
        times = np.unique(np.concatenate([legs.start, legs.end, accounts.times]))
        times = times[(times >= legs.start.min()) & (times < legs.end.max())]
        headroom = accounts.level[account, np.searchsorted(accounts.times, times, "right") - 1]
        for at in np.flatnonzero(_tight(claims, legs, times, headroom)).tolist():
            by_claim = _active(legs, int(times[at]))
            terms, limit = _net(claims, by_claim, max(0, int(headroom[at])))
            if _could_exceed(claims, by_claim, limit):
                label = AccountConcurrency(account=account, instant=int(times[at]))
                yield _at_most(label, terms, limit)
                size += len(terms)
            if size > most:
                return


def _legs(claims: Sequence[Claim]) -> Mapping[int, _Legs]:
    """Legs by account."""
    found: dict[int, list[tuple[int, int, int, int, int]]] = defaultdict(list)
    for number, claim in enumerate(claims):
        per_pod = claim.demand.run.gpus_per_pod
        for column, fare in zip(claim.columns, claim.fares, strict=True):
            for leg in fare.route:
                for account, _ in leg.charges:
                    found[account].append((leg.interval.start, leg.interval.end, column, number, per_pod))
    return {
        account: _Legs(**dict(zip(_Legs.__slots__, np.array(own, np.int64).T, strict=True)))
        for account, own in found.items()
    }


def _tight(claims: Sequence[Claim], legs: _Legs, times: Ints, headroom: Ints) -> Flags:
    """Instants (of ``times``) at which all legs together exceed the headroom, but for those that a neighbour implies.

    Shape (times,). An instant is implied by the next one if in between legs only start and headroom only shrinks, and
    by the one before if legs only end and headroom only grows.
    """
    first, last = np.searchsorted(times, legs.start), np.searchsorted(times, legs.end)
    pods = np.array([claim.pods for claim in claims], np.int64)[legs.claim]
    change = np.zeros(len(times) + 1, np.int64)
    np.add.at(change, first, pods * legs.gpus)
    np.add.at(change, last, -pods * legs.gpus)
    begins, ends = np.zeros(len(times) + 1, np.bool_), np.zeros(len(times) + 1, np.bool_)
    begins[first], ends[last] = True, True
    by_next = ~ends[1:-1] & (headroom[1:] <= headroom[:-1])
    by_previous = ~begins[1:-1] & (headroom[1:] >= headroom[:-1]) & ~by_next
    tight: Flags = np.cumsum(change)[:-1] > headroom
    tight[:-1] &= ~by_next
    tight[1:] &= ~by_previous
    return tight


def _active(legs: _Legs, instant: int) -> Mapping[int, Mapping[int, int]]:
    """GPUs of a pod by claim and column, of the legs that hold at the instant."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    held = np.flatnonzero((legs.start <= instant) & (instant < legs.end))
    for claim, column, gpus in zip(
        *(part[held].tolist() for part in (legs.claim, legs.column, legs.gpus)), strict=True
    ):
        own = found[claim]
        own[column] = own.get(column, 0) + gpus
    return found
