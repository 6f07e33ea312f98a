"""A plan in the making: seats taken so far, and what they leave of nodes and accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from jobtree.base.identity import Key
from jobtree.base.instant import Interval
from jobtree.model.lease import Role
from jobtree.plan.arrays import Ints
from jobtree.plan.demand import Demand
from jobtree.plan.profile import Profile
from jobtree.plan.purse import Purse
from jobtree.plan.routes import Tariff, lease_cost, tariff, unpaid
from jobtree.plan.seat import Seat, Seating
from jobtree.plan.sites import Sites
from jobtree.plan.vacancy import Vacancy


@dataclass(slots=True, kw_only=True, eq=False)
class Draft:
    """``nodes``: free GPUs per site over time; ``accounts`` and ``seconds``: what is left of each account.

    ``unseen`` are the keys of units that were not looked at, because no more may be put in.
    """

    sites: Sites
    spare_rate: Fraction
    nodes: Vacancy
    accounts: Profile
    seconds: Ints
    seatings: dict[Key, Seating]
    unseen: set[Key] = field(default_factory=set)

    def copy(self) -> "Draft":
        """An independent copy. O(sites x event times)."""
        return Draft(
            sites=self.sites,
            spare_rate=self.spare_rate,
            nodes=self.nodes.copy(),
            accounts=self.accounts.copy(),
            seconds=self.seconds.copy(),
            seatings=dict(self.seatings),
            unseen=set(self.unseen),
        )

    def equals(self, other: "Draft") -> bool:
        """Whether as much is left of everything, for the same seats. O(sites x event times)."""
        return (
            self.sites.nodes == other.sites.nodes
            and self.nodes.equals(other.nodes)
            and self.accounts.equals(other.accounts)
            and np.array_equal(self.seconds, other.seconds)
            and self.seatings == other.seatings
        )

    def purse(self, demand: Demand, interval: Interval) -> Purse:
        """What the accounts allow a run during the interval."""
        return self._purse(tariff(demand, interval, self.spare_rate))

    def unpaid_purse(self, demand: Demand, interval: Interval) -> Purse:
        """What the accounts allow a run that nobody pays for during the interval."""
        return self._purse(unpaid(demand, interval, self.spare_rate))

    def commit(self, demand: Demand, seating: Seating) -> None:
        """Takes seats."""
        self._apply(demand, seating, -1)
        self.seatings[demand.key] = seating

    def remove(self, demand: Demand) -> None:
        """Gives a run's seats back."""
        self._apply(demand, self.seatings.pop(demand.key), +1)

    def refund(self, demand: Demand) -> None:
        """Gives back what a run's payers gave, and leaves its seats."""
        self._charge(demand, self.seatings[demand.key], +1)

    def pay(self, demand: Demand, seats: tuple[Seat, ...]) -> None:
        """The same seats of a run that was refunded, with other routes."""
        seating = replace(self.seatings[demand.key], seats=seats)
        self._charge(demand, seating, -1)
        self.seatings[demand.key] = seating

    def _purse(self, fares: Tariff) -> Purse:
        lowest = [self.accounts.lowest(stretch) for stretch in fares.stretches]
        return Purse(fares, np.stack(lowest, axis=1), self.seconds.copy())

    def _apply(self, demand: Demand, seating: Seating, sign: int) -> None:
        per_pod = demand.run.gpus_per_pod
        taken: dict[int, int] = {}
        for seat in seating.seats:
            taken[seat.node] = taken.get(seat.node, 0) + sign * per_pod * seat.pods
        self.nodes.add(taken, demand.interval(seating.start))
        self._charge(demand, seating, sign)

    def _charge(self, demand: Demand, seating: Seating, sign: int) -> None:
        for interval, gpus in _gpus_by_interval(demand, seating).items():
            self.accounts.add({row: sign * count for row, count in gpus.items()}, interval)
        for seat in seating.seats:
            for row, cost in _seat_cost(demand, seat, self.spare_rate).items():
                self.seconds[row] += sign * cost


def _gpus_by_interval(demand: Demand, seating: Seating) -> Mapping[Interval, Mapping[int, int]]:
    found: dict[Interval, dict[int, int]] = {}
    for seat in seating.seats:
        for leg in seat.route:
            rows = found.setdefault(leg.interval, {})
            for row, _ in leg.charges:
                rows[row] = rows.get(row, 0) + seat.pods * demand.run.gpus_per_pod
    return found


def _seat_cost(demand: Demand, seat: Seat, spare_rate: Fraction) -> Mapping[int, int]:
    rate = spare_rate if seat.role is Role.SPARE else Fraction(1)
    total: dict[int, int] = {}
    for leg in seat.route:
        for row, cost in lease_cost(leg.charges, leg.interval, demand.run.gpus_per_pod, rate):
            total[row] = total.get(row, 0) + cost * seat.pods
    return total
