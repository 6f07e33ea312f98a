"""Ways to pay for a run over one interval: an offer whose window covers it, or a chain of offers (semantics.md 5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np

from jobtree.base.instant import ALWAYS, Instant, Interval, Window
from jobtree.base.quantity import charge
from jobtree.model.lease import Role
from jobtree.plan.arrays import Flags
from jobtree.plan.demand import Bid, Demand
from jobtree.plan.seat import Leg, Route

MOST_CHAINS = 32

Charges = Sequence[tuple[int, Window]]
"""Account rows, and when their GPU-seconds count."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fare:
    """A route and what one pod on it costs.

    ``nodes`` that all its offers match, shape (nodes,). ``gpus`` per (account row, stretch);
    ``seconds`` GPU-seconds per account row for a pod of each role, rounded up per lease.
    """

    route: Route
    nodes: Flags
    gpus: Mapping[tuple[int, int], int]
    seconds: Mapping[Role, Mapping[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tariff:
    """All fares of a run over one interval, in order of preference, and the stretches that their legs cut it into."""

    stretches: tuple[Interval, ...]
    fares: tuple[Fare, ...]


def tariff(demand: Demand, interval: Interval, spare_rate: Fraction) -> Tariff:
    """Fares in cover's order: whole-interval offers first, then chains that renew where a window closes."""
    chains = [*_whole(demand.bids, interval), *_chains(demand.bids, interval)]
    cuts = {instant for chain in chains for _, leg in chain for instant in (leg.start, leg.end)}
    instants = sorted(cuts | {interval.start, interval.end})
    stretches = tuple(Interval(first, last) for first, last in pairwise(instants))
    per_pod = demand.run.gpus_per_pod
    fares = tuple(_paid_fare(chain, stretches, per_pod, spare_rate) for chain in chains)
    return Tariff(stretches=stretches, fares=fares)


def unpaid(demand: Demand, interval: Interval, spare_rate: Fraction) -> Tariff:
    """The one fare of an unfunded start: nobody pays, but the run's trees are charged (semantics.md 5 and 9)."""
    leg = Leg(offer=None, charges=demand.dues, interval=interval)
    fare = _fare((leg,), demand.idle_nodes, (interval,), per_pod=demand.run.gpus_per_pod, spare_rate=spare_rate)
    return Tariff(stretches=(interval,), fares=(fare,))


def lease_cost(charges: Charges, interval: Interval, gpus: int, rate: Fraction) -> Iterator[tuple[int, int]]:
    """(account row, GPU-seconds) of one lease: gpus x seconds in the charge's window x rate, rounded up."""
    for row, window in charges:
        yield row, charge(gpus=gpus, seconds=window.overlap_seconds(interval), rate=rate)


_Chain = Sequence[tuple[Bid, Interval]]


def _whole(bids: Sequence[Bid], interval: Interval) -> Iterator[_Chain]:
    for bid in bids:
        if bid.offer.window.covers(interval):
            yield ((bid, interval),)


def _chains(bids: Sequence[Bid], interval: Interval) -> list[_Chain]:
    """Follows windows that close within the interval; a successor takes over in the very instant of closing.

    Only steps from which the end can be reached are taken. O(bids x windows that close + chains x their legs).
    """
    steps = _steps(bids, interval)
    found: list[_Chain] = []
    stack: list[tuple[tuple[tuple[Bid, Interval], ...], Instant | None]] = [((), interval.start)]
    while stack and len(found) < MOST_CHAINS:
        chain, at = stack.pop()
        if at is None:
            found.append(chain)
            continue
        further = (
            ((*chain, (bid, Interval(at, interval.end if until is None else until))), until)
            for bid, until in steps.get(at, ())
            if chain or until is not None
        )
        stack += reversed(list(further))
    return found


def _steps(bids: Sequence[Bid], interval: Interval) -> Mapping[Instant, Sequence[tuple[Bid, Instant | None]]]:
    """From each instant of handing over that leads to the end: who may pay, and until when; None for to the end."""
    ends = {bid.offer.window.end for bid in bids}
    inner = (end for end in ends if end is not None and interval.start < end < interval.end)
    steps: dict[Instant, Sequence[tuple[Bid, Instant | None]]] = {}
    for instant in sorted({interval.start, *inner}, reverse=True):
        able = [bid for bid in bids if bid.offer.window.holds(instant)]
        until = [None if (end := bid.offer.window.end) is None or end >= interval.end else end for bid in able]
        further = [(bid, end) for bid, end in zip(able, until, strict=True) if end is None or end in steps]
        steps |= {instant: further} if further else {}
    return steps


def _paid_fare(chain: _Chain, stretches: Sequence[Interval], per_pod: int, spare_rate: Fraction) -> Fare:
    if len(chain) == len(stretches) == 1 and all(window.covers(chain[0][1]) for _, window in chain[0][0].charges):
        bid, interval = chain[0]
        gpus, seconds = _whole_cost(bid, interval.seconds, per_pod, spare_rate)
        leg = Leg(offer=bid.offer, charges=bid.charges, interval=interval)
        return Fare(route=(leg,), nodes=bid.nodes, gpus=gpus, seconds=seconds)
    route = tuple(Leg(offer=bid.offer, charges=bid.charges, interval=interval) for bid, interval in chain)
    nodes = np.logical_and.reduce([bid.nodes for bid, _ in chain])
    return _fare(route, nodes, stretches, per_pod=per_pod, spare_rate=spare_rate)


@lru_cache(maxsize=1 << 14)
def _whole_cost(
    bid: Bid, seconds: int, per_pod: int, spare_rate: Fraction
) -> tuple[Mapping[tuple[int, int], int], Mapping[Role, Mapping[int, int]]]:
    """What a pod costs where one payer pays throughout, and all that it charges counts throughout."""
    route = (Leg(offer=bid.offer, charges=bid.charges, interval=Interval(Instant(0), Instant(seconds))),)
    always = tuple((row, ALWAYS) for row, _ in bid.charges)
    fare = _fare(
        (replace(route[0], charges=always),),
        bid.nodes,
        (route[0].interval,),
        per_pod=per_pod,
        spare_rate=spare_rate,
    )
    return fare.gpus, fare.seconds


def _fare(route: Route, nodes: Flags, stretches: Sequence[Interval], *, per_pod: int, spare_rate: Fraction) -> Fare:
    gpus: dict[tuple[int, int], int] = {}
    seconds: dict[Role, dict[int, int]] = {Role.ACTIVE: {}, Role.SPARE: {}}
    for leg in route:
        for index, stretch in enumerate(stretches):
            if leg.interval.overlaps(stretch):
                for row, _ in leg.charges:
                    gpus[row, index] = gpus.get((row, index), 0) + per_pod
        for role, rate in ((Role.ACTIVE, Fraction(1)), (Role.SPARE, spare_rate)):
            for row, cost in lease_cost(leg.charges, leg.interval, per_pod, rate):
                seconds[role][row] = seconds[role].get(row, 0) + cost
    return Fare(route=route, nodes=nodes, gpus=gpus, seconds=seconds)
