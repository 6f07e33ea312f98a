"""Paying for seats: greedy in cover's order, one payer per pod, integers only (semantics.md 4 and 5)."""

from collections.abc import Sequence

import numpy as np

from jobtree.model.lease import Role
from jobtree.plan.arrays import UNLIMITED, Flags, Ints
from jobtree.plan.routes import Fare, Tariff
from jobtree.plan.seat import Seat

MOST_PODS = 1 << 20
"""More pods than any fleet has; keeps sums of unlimited accounts far from overflow."""


class Purse:
    """What the accounts still allow during one interval.

    ``gpus`` has shape (accounts, stretches): the lowest headroom in each stretch. ``seconds`` has shape (accounts,).
    """

    __slots__ = ("gpus", "seconds", "tariff")

    def __init__(self, tariff: Tariff, gpus: Ints, seconds: Ints) -> None:
        self.tariff, self.gpus, self.seconds = tariff, gpus, seconds

    def copy(self) -> "Purse":
        """An independent copy."""
        return Purse(self.tariff, self.gpus.copy(), self.seconds.copy())

    def affords(self, fare: Fare, role: Role) -> int:
        """Pods of the role that the fare can still pay for."""
        most = UNLIMITED
        for (row, stretch), each in fare.gpus.items():
            most = min(most, int(self.gpus[row, stretch]) // each)
        for row, each in fare.seconds[role].items():
            if each:
                most = min(most, int(self.seconds[row]) // each)
        return max(most, 0)

    def pay(self, seats: Sequence[Seat]) -> tuple[Seat, ...] | None:
        """Routes for all seats, or None and a spent purse. A seat that several fares pay for comes back in parts."""
        paid: list[Seat] = []
        for seat in seats:
            left = seat.pods
            for fare in self.tariff.fares:
                pods = min(left, self.affords(fare, seat.role)) if left and fare.nodes[seat.node] else 0
                if pods:
                    self._spend(fare, seat.role, pods)
                    left -= pods
                    paid.append(Seat(group=seat.group, role=seat.role, node=seat.node, pods=pods, route=fare.route))
            if left:
                return None
        return tuple(paid)

    def pay_scarce_first(self, seats: Sequence[Seat]) -> tuple[Seat, ...] | None:
        """As ``pay``, but seats that fewer fares can pay for choose first."""
        order = sorted(range(len(seats)), key=lambda index: (self._choices(seats[index]), index))
        paid = self.pay([seats[index] for index in order])
        if paid is None:
            return None
        place = {(seat.group, seat.role, seat.node): index for index, seat in enumerate(seats)}
        return tuple(sorted(paid, key=lambda seat: place[seat.group, seat.role, seat.node]))

    def affordable(self, zone_of: Ints, pods: Ints) -> Ints:
        """``pods`` per node, cut to what the nodes' zone can pay for on its own; shape (nodes,)."""
        kept = pods.copy()
        for zone in np.unique(zone_of[pods > 0]).tolist():
            members = np.flatnonzero((zone_of == zone) & (pods > 0))
            spent = self.copy()
            limit = spent.exhaust(int(members[0]))
            before = np.cumsum(pods[members]) - pods[members]
            kept[members] = np.clip(limit - before, 0, pods[members])
        return kept

    def exhaust(self, node: int) -> int:
        """Spends all that can pay for active pods on one node; how many pods that was."""
        total = 0
        for fare in self.tariff.fares:
            pods = min(self.affords(fare, Role.ACTIVE), MOST_PODS) if fare.nodes[node] else 0
            if pods:
                self._spend(fare, Role.ACTIVE, pods)
                total += pods
        return total

    def payable(self) -> Flags:
        """Nodes on which some fare can pay for at least one active pod, shape (nodes,). Needs a fare."""
        able = np.zeros_like(self.tariff.fares[0].nodes)
        for fare in self.tariff.fares:
            if self.affords(fare, Role.ACTIVE):
                able |= fare.nodes
        return able

    def _choices(self, seat: Seat) -> int:
        return sum(bool(fare.nodes[seat.node]) for fare in self.tariff.fares)

    def _spend(self, fare: Fare, role: Role, pods: int) -> None:
        for (row, stretch), each in fare.gpus.items():
            self.gpus[row, stretch] -= each * pods
        for row, each in fare.seconds[role].items():
            self.seconds[row] -= each * pods
