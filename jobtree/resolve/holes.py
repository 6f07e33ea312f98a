"""Backfill before a contended reservation: what ends in time may run on the GPUs that are kept for it (semantics.md 7).

The plan counts GPUs, and keeps those of a contended reservation from now on. Here slots are looked at one by one, so a
run that is over before the reservation begins finds the hole.
"""

from collections.abc import Iterator
from dataclasses import replace

from jobtree.base.words import count
from jobtree.ledger.lives import State, lives
from jobtree.model.plan import Placement, Plan, Reason, Refuse, Reserve, RunPlan, Start
from jobtree.model.run import Run
from jobtree.plan.lone import lone, suitable_sites
from jobtree.resolve.ground import Ground
from jobtree.resolve.occupancy import occupancy
from jobtree.resolve.partners import start_alone
from jobtree.resolve.room import Room, replaced, room_of


def start_in_holes(ground: Ground, plan: Plan) -> Plan:
    """The plan with a start for each run that waits, is paid, and ends before what it would stand in the way of.

    By rank. O(waiting runs x (leases + nodes)), and nothing where no reservation is contended.
    """
    if not ground.claims:
        return plan
    for run, current in sorted(_short(ground, plan), key=lambda pair: pair[0].rank):
        where = _in_hole(ground, run, room_of(ground, plan, but=run.key))
        if where is not None:
            plan = replaced(plan, replace(current, decision=Start(placement=where), reason=_reason(where)))
    return plan


def _short(ground: Ground, plan: Plan) -> Iterator[tuple[Run, RunPlan]]:
    """Runs that wait, and that would be over before the last contended reservation begins."""
    known, claimed = lives(ground.history), {claim.plan.run for claim in ground.claims}
    alone = start_alone(ground.catalog, known)
    last = max(claim.placement.interval.start for claim in ground.claims)
    for one in plan.runs:
        run = ground.catalog.run_of.get(one.run)
        waits = isinstance(one.decision, Refuse | Reserve) and one.run not in claimed
        if run is None or not waits or run.key not in alone or ground.as_of + run.duration > last:
            continue
        if all(key in known and known[key].state is State.COMPLETED for key in run.after):
            yield run, one


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
