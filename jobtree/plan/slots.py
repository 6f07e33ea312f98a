"""Ordinals: seats become pods with slots, in one pass over all components (semantics.md 2 and 6)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval
from jobtree.model.lease import Lease, LeaseReason, Role
from jobtree.model.plan import Group, Placement, Pod, Term
from jobtree.model.topology import Node
from jobtree.plan.demand import Demand
from jobtree.plan.seat import Route, Seat, Seating
from jobtree.plan.standing import Claim

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
        self._held: dict[str, list[tuple[Interval, tuple[int, ...], Lease | None]]] = {}
        for lease in leases:
            self._held.setdefault(lease.node, []).append((lease.interval, lease.slots, lease))

    def take(self, node: Node, gpus: int, interval: Interval, yields: Collection[Lease] = ()) -> tuple[int, ...]:
        """The lowest ordinals that are free for the whole interval, and then those that others yield.

        There are enough when intervals come in order of their starts: all that overlap an interval then hold its first
        instant, and the counts fit at every instant.
        """
        held = self._held.setdefault(node.name, [])
        there = [(slots, lease) for other, slots, lease in held if other.overlaps(interval)]
        busy = {slot for slots, lease in there if lease not in yields for slot in slots}
        yielding = {slot for slots, lease in there if lease in yields for slot in slots}
        free = sorted((slot in yielding, slot) for slot in range(node.gpus) if slot not in busy)
        if len(free) < gpus:
            raise AssertionError(f"{node.name} has {len(free)} free slots where the plan counted {gpus}")
        taken = tuple(sorted(slot for _, slot in free[:gpus]))
        held.append((interval, taken, None))
        return taken


def placements(
    seated: Sequence[Seated], leases: Iterable[Lease], *, claims: Sequence[Claim] = (), nodes: Iterable[Node] = ()
) -> tuple[Placement, ...]:
    """Placements in the order of ``seated``, then of ``claims``; slots are handed out by (start, run key)."""
    items: tuple[Seated | Claim, ...] = (*seated, *claims)
    known = {node.name: node for node in nodes}
    table = SlotTable(leases)
    done: dict[int, Placement] = {}
    for index in sorted(range(len(items)), key=lambda index: _turn(items[index])):
        item = items[index]
        done[index] = _placement(item, table) if isinstance(item, Seated) else _intended(item, table, known)
    return tuple(done[index] for index in range(len(items)))


def _turn(item: Seated | Claim) -> tuple[Instant, Key]:
    if isinstance(item, Seated):
        return (item.seating.start, item.demand.key)
    return (item.placement.interval.start, item.plan.run)


def _intended(claim: Claim, table: SlotTable, nodes: Mapping[str, Node]) -> Placement:
    """A standing reservation keeps its nodes; it may be meant for slots that are still to be cut."""
    where, yields = claim.placement, frozenset(claim.yields)

    def seated(pod: Pod) -> Pod:
        return replace(pod, slots=table.take(nodes[pod.node], len(pod.slots), where.interval, yields))

    groups = tuple(replace(group, pods=tuple(seated(pod) for pod in group.pods)) for group in where.groups)
    return replace(where, groups=groups)


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
