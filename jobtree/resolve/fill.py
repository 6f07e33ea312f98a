"""Opportunistic fill: runs that allow it start on spare slots of others, and are the first to go (semantics.md 5)."""

from collections.abc import Mapping
from dataclasses import replace

from jobtree.base.instant import Interval
from jobtree.base.words import count
from jobtree.model.lease import Lease, Role
from jobtree.model.plan import Placement, Plan, Pod, Reason, Start
from jobtree.model.run import Run
from jobtree.plan.lone import lone, suitable_sites
from jobtree.plan.standing import Hold
from jobtree.resolve.ground import Ground
from jobtree.resolve.room import Room, planned_leases, replaced, room_of, waiting_alone


def fill_spares(ground: Ground, plan: Plan) -> Plan:
    """The plan with a start on spare slots for each run that is willing and would wait, by rank.

    The spares hold their slots for all of its time, nobody else sits there, and no reservation is about to take them.
    O(willing runs x (leases + nodes)), if there are spares.
    """
    spares = sum(len(lease.slots) for one in plan.runs for lease in planned_leases(one) if lease.role is Role.SPARE)
    for run, current in waiting_alone(ground, plan):
        willing = run.funding.allow_opportunistic and not run.spares
        if not willing or run.start_widths[-1] > spares:
            continue
        where = _on_spares(ground, run, room_of(ground, plan, but=run.key))
        if where is not None:
            plan = replaced(plan, replace(current, decision=Start(placement=where), reason=_reason(where)))
    return plan


def _on_spares(ground: Ground, run: Run, room: Room) -> Placement | None:
    prepared = lone(
        ground.catalog,
        run,
        ground.coverages[run.key],
        sites=suitable_sites(ground.catalog, run),
        books=room.books,
        as_of=ground.as_of,
    )
    interval = prepared.demand.interval(ground.as_of)
    vacant = _vacant(room, interval)
    free = [len(vacant.get(node.name, ())) for node in prepared.nodes]
    seating = prepared.seat_unpaid(ground.as_of, free)
    if seating is None:
        return None
    taken = [
        Hold(node=node.name, slots=others, interval=interval).as_lease
        for node in prepared.nodes
        if (others := tuple(slot for slot in range(node.gpus) if slot not in vacant.get(node.name, ())))
    ]
    where = prepared.place(seating, taken)
    groups = tuple(replace(group, pods=tuple(map(_guest, group.pods))) for group in where.groups)
    return replace(where, groups=groups)


def _vacant(room: Room, interval: Interval) -> Mapping[str, frozenset[int]]:
    """Slots by node that a spare holds throughout, without a guest, and that no reservation may come to use."""
    spares: dict[str, set[int]] = {}
    for lease in room.leases:
        if lease.role is Role.SPARE and lease.interval.start <= interval.start and interval.end <= lease.interval.end:
            spares.setdefault(lease.node, set()).update(lease.slots)
    taken: dict[str, set[int]] = {}
    others: list[Lease | Hold] = [lease for lease in room.leases if lease.role is not Role.SPARE]
    for other in (*others, *room.reserved):
        if other.interval.overlaps(interval):
            taken.setdefault(other.node, set()).update(other.slots)
    return {node: frozenset(slots - taken.get(node, set())) for node, slots in spares.items()}


def _guest(pod: Pod) -> Pod:
    return replace(pod, role=Role.OPPORTUNISTIC)


def _reason(where: Placement) -> Reason:
    nodes = {pod.node for group in where.groups for pod in group.pods}
    message = f"starts now on {count(where.width, 'GPU')} that spares of others hold, until these are needed"
    return Reason(code="JT509", message=message, facts={"gpus": where.width, "nodes": len(nodes)})
