"""Slots in time: one pod at a time, and a guest only on a spare (semantics.md 5, 8 and 11)."""

from collections.abc import Iterator

from jobtree.base.instant import Instant, Interval
from jobtree.model.lease import Lease, LeaseReason, Role
from jobtree.simulate.moment import Moment

Slot = tuple[str, int]


class Slots:
    """Who holds each slot, now and ahead, and until when it was held. O(slots of a lease) for each that changes."""

    def __init__(self) -> None:
        self._holders: dict[Slot, dict[Lease, None]] = {}
        self._until: dict[Slot, Instant] = {}
        self._nodes: dict[str, int] = {}

    def hold(self, moment: Moment, lease: Lease) -> Iterator[tuple[str, str]]:
        """A lease begins; what is wrong with where it does."""
        yield from _misplaced(moment, lease)
        if not lease.slots or lease.interval.end <= lease.interval.start:
            yield "slot-exists", f"a lease of {lease.run} on {lease.node} holds nothing"
        for ordinal in lease.slots:
            slot = (lease.node, ordinal)
            if (
                lease.role is not Role.OPPORTUNISTIC
                and self._until.get(slot, lease.interval.start) > lease.interval.start
            ):
                yield "slot-exclusive", f"{lease.run} begins on {lease.node}#{ordinal} before it is free"
            for other in self._holders.get(slot, ()):
                if other.interval.overlaps(lease.interval) and not _may_share(lease, other):
                    yield "slot-exclusive", f"{lease.run} and {other.run} hold {lease.node}#{ordinal} together"
        self.stand(lease)

    def stand(self, lease: Lease) -> None:
        """A lease that stands already."""
        for ordinal in lease.slots:
            self._holders.setdefault((lease.node, ordinal), {})[lease] = None
            self._nodes[lease.node] = self._nodes.get(lease.node, 0) + 1

    def release(self, lease: Lease, held: Interval) -> None:
        """A lease ended, having held its slots in an interval; of length 0 if it was closed before it began."""
        for ordinal in lease.slots:
            slot = (lease.node, ordinal)
            self._holders[slot].pop(lease)
            self._nodes[lease.node] -= 1
            if lease.role is not Role.OPPORTUNISTIC and held.seconds:
                self._until[slot] = max(held.end, self._until.get(slot, held.end))

    def holds(self, node: str) -> bool:
        """Whether anybody holds a slot of the node."""
        return self._nodes.get(node, 0) > 0

    def holder(self, node: str) -> str:
        """One of those who do."""
        return min(str(lease.run) for (name, _), held in self._holders.items() if name == node for lease in held)


def _misplaced(moment: Moment, lease: Lease) -> Iterator[tuple[str, str]]:
    node = next((one for one in moment.catalog.nodes if one.name == lease.node), None)
    run = moment.catalog.run_of.get(lease.run)
    if node is None or run is None:
        yield "slot-exists", f"{lease.run} is given {lease.node}, and one of them is not there"
        return
    if any(not 0 <= slot < node.gpus for slot in lease.slots):
        yield "slot-exists", f"{lease.run} is given {lease.node}#{max(lease.slots)}, which has {node.gpus} GPUs"
    if node.flavor != run.flavor:
        yield "flavor-match", f"{lease.run} wants {run.flavor}, and {node.name} has {node.flavor}"
    if not run.selector.matches(dict(node.labels)):
        yield "selector-match", f"{lease.run} selects {run.selector}, which {node.name} is not"
    if not node.usable and lease.reason in (LeaseReason.START, LeaseReason.GROW):
        yield "unusable-node", f"{lease.run} is given {node.name}, which takes no new pods"


def _may_share(one: Lease, other: Lease) -> bool:
    """A guest may sit on a spare."""
    return {one.role, other.role} == {Role.OPPORTUNISTIC, Role.SPARE}
