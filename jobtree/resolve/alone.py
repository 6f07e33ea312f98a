"""When a run could start if everybody else kept what a plan has decided, slot by slot."""

from collections.abc import Iterator

from jobtree.base.instant import Instant
from jobtree.model.plan import Plan
from jobtree.model.run import Run
from jobtree.plan.lone import Lone, lone, suitable_sites
from jobtree.plan.slot_times import SlotTimes, only
from jobtree.resolve.ground import Ground
from jobtree.resolve.occupancy import occupancy
from jobtree.resolve.room import Room, planned_leases, room_of, slot_times

MOST = 256
"""So many instants are looked at, the earliest of those at which something changes."""


def first_start(ground: Ground, plan: Plan, run: Run, *, before: Instant | None) -> Instant | None:
    """The first instant, earlier than ``before``, at which the run fits and is paid; None if there is none.

    Looked at are now, and the instants at which others end or a payer's window opens. Upstreams end as planned; runs
    that start together are not looked at together. O(instants x slots).
    """
    since = _released(ground, plan, run)
    if since is None:
        return None
    room = room_of(ground, plan, but=run.key)
    coverage = ground.coverages[run.key]
    sites = suitable_sites(ground.catalog, run)
    prepared = lone(ground.catalog, run, coverage, sites=sites, books=room.books, as_of=ground.as_of)
    times = slot_times(ground, plan)
    for instant in _instants(room, prepared, since, before):
        if _fits(prepared, room, times, instant):
            return instant
    return None


def _released(ground: Ground, plan: Plan, run: Run) -> Instant | None:
    """When all upstreams have ended in the plan; None if one of them is not placed."""
    ends = {
        one.run: lease.interval.end
        for one in plan.runs
        if one.run in run.after
        for lease in sorted(planned_leases(one), key=lambda lease: lease.interval.end)
    }
    return Instant(max([ground.as_of, *ends.values()])) if len(ends) == len(set(run.after)) else None


def _instants(room: Room, prepared: Lone, since: Instant, before: Instant | None) -> Iterator[Instant]:
    opens = [bid.offer.window.start for bid in prepared.demand.bids if bid.offer.window.start is not None]
    ends = [lease.interval.end for lease in room.leases] + [hold.interval.end for hold in room.reserved]
    last = prepared.demand.latest if before is None else min(prepared.demand.latest, before - 1)
    found = sorted(instant for instant in {since, *opens, *ends} if since <= instant <= last)
    yield from found[:MOST]


def _fits(prepared: Lone, room: Room, times: SlotTimes, instant: Instant) -> bool:
    run = prepared.demand.run
    if not times.could_seat(run, only(instant)):
        return False
    seen = occupancy(prepared.nodes, room.leases, room.reserved, interval=prepared.demand.interval(instant))
    free = seen.free(prepared.nodes)
    if prepared.seat(instant, free) is not None:
        return True
    return run.funding.allow_opportunistic and prepared.seat_unpaid(instant, free) is not None
