"""The earliest instant at which a unit fits, placed and paid whole (semantics.md 5, 6, 7)."""

from collections.abc import Iterator, Sequence
from enum import Enum

import numpy as np

from jobtree.base.instant import Instant
from jobtree.plan.arrays import UNLIMITED, Flags, Ints
from jobtree.plan.demand import Demand, Shape
from jobtree.plan.draft import Draft
from jobtree.plan.place import Room, place
from jobtree.plan.profile import Profile
from jobtree.plan.purse import Purse
from jobtree.plan.seat import Seat, Seating
from jobtree.plan.sites import Sites


class Widths(Enum):
    """Which allowed width is tried first at an instant."""

    WIDEST = "widest"
    NARROWEST = "narrowest"

    def order(self, shapes: Sequence[Shape]) -> Sequence[Shape]:
        """Shapes, which stand widest first, in this order."""
        return shapes if self is Widths.WIDEST else shapes[::-1]


def earliest(demands: Sequence[Demand], draft: Draft, *, since: Instant, widths: Widths) -> tuple[Seating, ...] | None:
    """Seatings of runs that start together, at the first instant from ``since`` on that fits.

    An instant can only become good where something ends or a window opens, so only those are tried.
    O(event times x (domains + accounts)) to sift them, and one placement for each that is left: O(nodes x
    event times of the run's interval).
    """
    for instant in _instants(demands, draft, since).tolist():
        seatings = at(demands, draft, Instant(instant), widths=widths)
        if seatings is not None:
            return seatings
    return None


def at(
    demands: Sequence[Demand], draft: Draft, start: Instant, *, widths: Widths, nodes: Flags | None = None
) -> tuple[Seating, ...] | None:
    """Seatings at one instant, or None: all in one cluster, all or nothing. ``nodes`` narrows where they may sit."""
    if any(start > demand.latest for demand in demands):
        return None
    if len(demands) == 1:
        seating = seat_run(demands[0], draft, start, shapes=widths.order(demands[0].shapes), nodes=nodes)
        return None if seating is None else (seating,)
    choices = [widths.order(demand.shapes) for demand in demands]
    for cluster in _cluster_nodes(draft):
        allowed = cluster if nodes is None else cluster & nodes
        for shapes in (choices, [demand.shapes[-1:] for demand in demands]):
            seatings = _seat_all(demands, draft, start, shapes=shapes, nodes=allowed)
            if seatings is not None:
                return seatings
    return None


def seat_run(
    demand: Demand, draft: Draft, start: Instant, *, shapes: Sequence[Shape], nodes: Flags | None = None
) -> Seating | None:
    """The first of the shapes that can be placed and paid at the instant."""
    suitable = demand.open_nodes if nodes is None else demand.open_nodes & nodes
    if not _has_room(demand, draft, start, shapes=shapes, nodes=suitable):
        return None
    purse = draft.purse(demand, demand.interval(start))
    if not purse.tariff.fares:
        return None
    allowed = suitable & purse.payable()
    room = room_for(demand, draft, start, allowed)
    pods = int(room.pods.sum())
    for shape in shapes:
        if shape.pods_with_spares <= pods:
            seats = _placed_and_paid(shape, room, purse, demand.zone_of)
            if seats is not None:
                return Seating(start=start, width=shape.width, seats=seats)
    return None


def seat_unfunded(demand: Demand, draft: Draft, start: Instant, nodes: Flags) -> Seating | None:
    """The widest shape on idle GPUs that nobody pays for, within the quotas of its trees (semantics.md 5 and 9)."""
    room = room_for(demand, draft, start, demand.idle_nodes & nodes)
    purse = draft.unpaid_purse(demand, demand.interval(start))
    for shape in demand.shapes if start <= demand.latest else ():
        placed = place(shape, room)
        seats = None if placed is None else purse.copy().pay(placed)
        if seats is not None:
            return Seating(start=start, width=shape.width, seats=seats)
    return None


def room_for(demand: Demand, draft: Draft, start: Instant, allowed: Flags) -> Room:
    """What stays free on the allowed nodes for as long as the run would last."""
    free = np.where(allowed, np.maximum(draft.nodes.lowest(demand.interval(start)), 0), 0)
    return Room(sites=draft.sites, per_pod=demand.run.gpus_per_pod, free=free, allowed=allowed)


def _seat_all(
    demands: Sequence[Demand], draft: Draft, start: Instant, *, shapes: Sequence[Sequence[Shape]], nodes: Flags
) -> tuple[Seating, ...] | None:
    seatings: list[Seating] = []
    for demand, own in zip(demands, shapes, strict=True):
        seating = seat_run(demand, draft, start, shapes=own, nodes=nodes)
        if seating is None:
            break
        draft.commit(demand, seating)
        seatings.append(seating)
    for demand in demands[: len(seatings)]:
        draft.remove(demand)
    return tuple(seatings) if len(seatings) == len(demands) else None


def _placed_and_paid(shape: Shape, room: Room, purse: Purse, zone_of: Ints) -> tuple[Seat, ...] | None:
    """Places freely and pays; where nodes differ in who pays for them, also tries each payer's own nodes."""
    seats = place(shape, room)
    paid = None if seats is None else purse.copy().pay(seats)
    if seats is None or paid is not None or len(np.unique(zone_of[room.allowed])) == 1:
        return paid
    paid = purse.copy().pay_scarce_first(seats)
    for narrower in _narrower_rooms(room, purse, zone_of) if paid is None else ():
        seats = place(shape, narrower)
        paid = None if seats is None else purse.copy().pay_scarce_first(seats)
        if paid is not None:
            break
    return paid


def _narrower_rooms(room: Room, purse: Purse, zone_of: Ints) -> Iterator[Room]:
    affordable = purse.affordable(zone_of, room.pods)
    yield Room(sites=room.sites, per_pod=room.per_pod, free=affordable * room.per_pod, allowed=room.allowed)
    for fare in purse.tariff.fares:
        yield room.within(fare.nodes)


def _cluster_nodes(draft: Draft) -> Iterator[Flags]:
    for domains in draft.sites.clusters():
        yield (draft.sites.domain_of >= domains.start) & (draft.sites.domain_of < domains.stop)


def _instants(demands: Sequence[Demand], draft: Draft, since: Instant) -> Ints:
    latest = min(demand.latest for demand in demands)
    if since > latest or not all(demand.bids for demand in demands):
        return np.zeros(0, np.int64)
    instants = np.unique(np.concatenate([[since], draft.nodes.times, draft.accounts.times]))
    instants = instants[(instants >= since) & (instants <= latest)]
    for demand in demands:
        seconds = demand.run.duration
        instants = instants[draft.nodes.always(_roomy(demand, draft), instants, seconds)]
        instants = instants[draft.accounts.always(_funded(demand, draft.accounts), instants, seconds)]
    return instants


def _has_room(demand: Demand, draft: Draft, start: Instant, *, shapes: Sequence[Shape], nodes: Flags) -> bool:
    """Whether the narrowest shape may fit for all its time, whoever pays: necessary for all, not sufficient."""
    pods = room_for(demand, draft, start, nodes).pods
    narrowest = min(shapes, key=lambda shape: shape.pods_with_spares)
    return bool(_enough(narrowest, draft.sites, draft.sites.by_domain(pods.reshape(-1, 1)))[0])


def _roomy(demand: Demand, draft: Draft) -> Flags:
    """Event columns in which the narrowest shape may fit: necessary, not sufficient."""
    return _enough(demand.shapes[-1], draft.sites, draft.nodes.pods(demand.open_nodes, demand.run.gpus_per_pod))


def _enough(shape: Shape, sites: Sites, pods: Ints) -> Flags:
    """Columns of pods by domain, shape (domains, K), in which some cluster has enough for a shape."""
    if shape.one_domain:
        return np.asarray((pods >= shape.pods_with_spares).any(axis=0))
    enough = np.asarray((sites.by_cluster(pods) >= shape.pods_with_spares).any(axis=0))
    if shape.groups is not None:
        groups = pods // (min(shape.groups) + shape.spares)
        enough &= (sites.by_cluster(groups) >= len(shape.groups)).any(axis=0)
    return enough


def _funded(demand: Demand, accounts: Profile) -> Flags:
    """Event columns in which all payers together could carry the narrowest shape: necessary, not sufficient."""
    need = demand.shapes[-1].pods_with_spares * demand.run.gpus_per_pod
    total = np.zeros(len(accounts.times), np.int64)
    for bid in demand.bids:
        window = bid.offer.window
        held = np.ones(len(accounts.times), np.bool_)
        if window.start is not None:
            held &= accounts.times >= window.start
        if window.end is not None:
            held &= accounts.times < window.end
        rows = [row for row, _ in bid.charges]
        headroom = accounts.level[rows].min(axis=0) if rows else np.full(len(held), UNLIMITED >> 8)
        total += np.where(held, np.clip(headroom, 0, UNLIMITED >> 8), 0)
    enough: Flags = total >= need
    return enough
