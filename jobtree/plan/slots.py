"""Ordinals: seats become pods with slots, in one pass over all components (semantics.md 2 and 6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobtree.base.instant import Interval
from jobtree.model.lease import Lease, LeaseReason, Role
from jobtree.model.plan import Group, Placement, Pod, Term
from jobtree.model.topology import Node
from jobtree.plan.demand import Demand
from jobtree.plan.seat import Route, Seat, Seating

if TYPE_CHECKING:
    from jobtree.base.identity import Domain


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seated:
    """A run with its seating and the nodes that its seats count by."""

    demand: Demand
    seating: Seating
    nodes: Sequence[Node]


class SlotTable:
    """Who holds which ordinals of which node, and when."""

    __slots__ = ("_held",)

    def __init__(self, leases: Iterable[Lease]) -> None:
        self._held: dict[str, list[tuple[Interval, tuple[int, ...]]]] = {}
        for lease in leases:
            self._held.setdefault(lease.node, []).append((lease.interval, lease.slots))

    def take(self, node: Node, gpus: int, interval: Interval) -> tuple[int, ...]:
        """The lowest ordinals that are free for the whole interval.

        There are enough when intervals come in order of their starts: all that overlap an interval then hold its first
        instant, and the counts fit at every instant.
        """
        held = self._held.setdefault(node.name, [])
        busy = {slot for other, slots in held if other.overlaps(interval) for slot in slots}
        free = [slot for slot in range(node.gpus) if slot not in busy][:gpus]
        if len(free) < gpus:
            raise AssertionError(f"{node.name} has {len(free)} free slots where the plan counted {gpus}")
        held.append((interval, tuple(free)))
        return tuple(free)


def placements(seated: Iterable[Seated], leases: Iterable[Lease]) -> tuple[Placement, ...]:
    """Placements in the order of ``seated``; slots are handed out by (start, run key)."""
    items = tuple(seated)
    table = SlotTable(leases)
    order = sorted(range(len(items)), key=lambda index: (items[index].seating.start, items[index].demand.key))
    done = {index: _placement(items[index], table) for index in order}
    return tuple(done[index] for index in range(len(items)))


def _placement(item: Seated, table: SlotTable) -> Placement:
    interval = item.demand.interval(item.seating.start)
    pods: dict[int, list[Pod]] = {}
    domain: dict[int, Domain] = {}
    rank: dict[tuple[int, Role], int] = {}
    for seat in item.seating.seats:
        node = item.nodes[seat.node]
        domain[seat.group] = node.domain
        for _ in range(seat.pods):
            first = rank.get((seat.group, seat.role), 0)
            rank[seat.group, seat.role] = first + 1
            slots = table.take(node, item.demand.run.gpus_per_pod, interval)
            pods.setdefault(seat.group, []).append(_pod(seat, first, node, slots=slots))
    groups = tuple(Group(index=index, domain=domain[index], pods=tuple(pods[index])) for index in sorted(pods))
    return Placement(interval=interval, width=item.seating.width, groups=groups)


def _pod(seat: Seat, rank: int, node: Node, *, slots: tuple[int, ...]) -> Pod:
    return Pod(rank=rank, role=seat.role, node=node.name, slots=slots, terms=_terms(seat.route))


def _terms(route: Route) -> tuple[Term, ...]:
    return tuple(
        Term(
            interval=leg.interval,
            payer=None if leg.offer is None else leg.offer.payer,
            reason=LeaseReason.RENEW if number else LeaseReason.START,
        )
        for number, leg in enumerate(route)
    )
