"""Who holds each slot while a claim would: what is free, what cuts could free, and what nobody may touch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jobtree.base.instant import Interval
from jobtree.model.lease import Lease
from jobtree.model.topology import Node
from jobtree.plan.standing import Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """``holders`` are, by node and ordinal, the leases that overlap the interval; ``blocked`` slots are out of reach.

    A slot without holders that is not blocked is free for the whole interval.
    """

    interval: Interval
    nodes: Mapping[str, Node]
    holders: Mapping[str, Mapping[int, tuple[Lease, ...]]]
    blocked: Mapping[str, frozenset[int]]

    def open_slots(self, node: Node, cut: frozenset[Lease] = frozenset()) -> tuple[int, ...]:
        """Ordinals that are free for the whole interval once these leases have been cut."""
        held, blocked = self.holders.get(node.name, {}), self.blocked.get(node.name, frozenset())
        return tuple(
            slot
            for slot in range(node.gpus)
            if slot not in blocked and (slot not in held or cut.issuperset(held[slot]))
        )

    def free(self, nodes: Iterable[Node], cut: frozenset[Lease] = frozenset()) -> list[int]:
        """How many that are, node by node. O(slots)."""
        return [len(self.open_slots(node, cut)) for node in nodes]

    def freed_by(self, node: str, slots: Iterable[int], cut: frozenset[Lease]) -> int:
        """How many of these slots are free once the leases have been cut."""
        held, blocked = self.holders.get(node, {}), self.blocked.get(node, frozenset())
        return sum(slot not in blocked and cut.issuperset(held[slot]) for slot in dict.fromkeys(slots) if slot in held)


def occupancy(
    nodes: Iterable[Node], leases: Iterable[Lease], blocks: Iterable[Hold], *, interval: Interval
) -> Occupancy:
    """Looks at every lease and block that overlaps the interval, on these nodes. O(leases + slots held)."""
    known = {node.name: node for node in nodes}
    holders: dict[str, dict[int, tuple[Lease, ...]]] = {}
    for lease in leases:
        if lease.node in known and lease.interval.overlaps(interval):
            of_node = holders.setdefault(lease.node, {})
            for slot in lease.slots:
                of_node[slot] = (*of_node.get(slot, ()), lease)
    blocked: dict[str, frozenset[int]] = {}
    for block in blocks:
        if block.node in known and block.interval.overlaps(interval):
            blocked[block.node] = blocked.get(block.node, frozenset()) | frozenset(block.slots)
    return Occupancy(interval=interval, nodes=known, holders=holders, blocked=blocked)
