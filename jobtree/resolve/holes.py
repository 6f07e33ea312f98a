"""Backfill before a contended reservation: what ends in time may run on the GPUs that are kept for it (semantics.md 7).

The plan counts GPUs, and keeps those of a contended reservation from now on. Here slots are looked at one by one, so a
run that is over before the reservation begins finds the hole.
"""

from dataclasses import replace

from jobtree.base.words import count
from jobtree.model.plan import Placement, Plan, Reason, Start
from jobtree.model.run import Run
from jobtree.plan.lone import lone, suitable_sites
from jobtree.plan.slot_times import only
from jobtree.resolve.ground import Ground
from jobtree.resolve.occupancy import occupancy
from jobtree.resolve.room import Room, replaced, room_of, slot_times, waiting_alone


def start_in_holes(ground: Ground, plan: Plan) -> Plan:
    """The plan with a start for each run that waits, is paid, and ends before what it would stand in the way of.

    By rank. O(slots) for each run that waits, O(leases + nodes) more where there might be room; nothing where no
    reservation is contended.
    """
    if not ground.claims:
        return plan
    last = max(claim.placement.interval.start for claim in ground.claims)
    times = slot_times(ground, plan)
    for run, current in waiting_alone(ground, plan):
        if ground.as_of + run.duration > last or not times.could_seat(run, only(ground.as_of)):
            continue
        where = _in_hole(ground, run, room_of(ground, plan, but=run.key))
        if where is not None:
            plan = replaced(plan, replace(current, decision=Start(placement=where), reason=_reason(where)))
            times = slot_times(ground, plan)
    return plan


def _in_hole(ground: Ground, run: Run, room: Room) -> Placement | None:
    prepared = lone(
        ground.catalog,
        run,
        ground.coverages[run.key],
        sites=suitable_sites(ground.catalog, run),
        books=room.books,
        as_of=ground.as_of,
    )
    seen = occupancy(prepared.nodes, room.leases, room.reserved, interval=prepared.demand.interval(ground.as_of))
    seating = prepared.seat_widest(ground.as_of, seen.free(prepared.nodes))
    return None if seating is None else prepared.place(seating, room.everything)


def _reason(where: Placement) -> Reason:
    nodes = {pod.node for group in where.groups for pod in group.pods}
    message = (
        f"starts now on {count(where.width, 'GPU')} of {count(len(nodes), 'node')}, and ends before others need them"
    )
    return Reason(code="JT510", message=message, facts={"gpus": where.width, "nodes": len(nodes)})
