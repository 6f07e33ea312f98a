"""Where the pods of one run go at one instant (semantics.md 6).

All or nothing. Fewest domains first, then the fewest domains opened, then the least stranded remainder (pack to empty),
then key. Inside a domain pods fill nodes that are already in use before they break into a whole one.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from jobtree.model.lease import Role
from jobtree.plan.arrays import Flags, Ints
from jobtree.plan.demand import Shape
from jobtree.plan.seat import Seat
from jobtree.plan.sites import Sites


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Room:
    """What is free during one interval: GPUs and whether they may be used, shape (nodes,); 0 where not allowed."""

    sites: Sites
    per_pod: int
    free: Ints
    allowed: Flags

    @property
    def pods(self) -> Ints:
        """Whole pods per node, shape (nodes,)."""
        return self.free // self.per_pod

    def within(self, nodes: Flags) -> "Room":
        """The same room on fewer nodes."""
        allowed = self.allowed & nodes
        return Room(sites=self.sites, per_pod=self.per_pod, free=np.where(allowed, self.free, 0), allowed=allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The groups that one domain takes; group numbers are those of the whole run."""

    domain: int
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Hall:
    """A room with what the choice of domains looks at, each of shape (domains,)."""

    room: Room
    pods: Ints
    capacity: Ints
    idle: Flags

    def tightest(self, domains: Sequence[int], pods: int) -> list[int]:
        """Domains that could hold the pods: those in use first, then the least remainder, then key."""
        fitting = [domain for domain in domains if self.capacity[domain] >= pods]
        return sorted(fitting, key=lambda domain: (bool(self.idle[domain]), int(self.capacity[domain]), domain))

    def roomiest(self, domains: Sequence[int]) -> list[int]:
        """Domains with the most room first, those in use before idle ones, then key."""
        return sorted(domains, key=lambda domain: (-int(self.capacity[domain]), bool(self.idle[domain]), domain))


def place(shape: Shape, room: Room) -> tuple[Seat, ...] | None:
    """Seats for a shape, or None. O(clusters x domains x groups x nodes of a domain) at worst, far less as a rule."""
    sites, pods = room.sites, room.pods
    busy = (room.allowed & (room.free < sites.gpus)).astype(np.int64)
    hall = _Hall(room=room, pods=pods, capacity=sites.by_domain(pods), idle=sites.by_domain(busy) == 0)
    found: list[tuple[tuple[int, int, int, int], tuple[_Part, ...]]] = []
    for domains in sites.clusters():
        if hall.capacity[domains.start : domains.stop].sum() >= shape.pods_with_spares:
            parts = _in_cluster(shape, hall, domains)
            if parts is not None:
                found.append((_rank(parts, hall), parts))
    if not found:
        return None
    _, best = min(found, key=lambda entry: entry[0])
    seats = _numbered_by_domain(best) if shape.groups is None else [seat for part in best for seat in part.seats]
    return tuple(sorted(seats, key=lambda seat: (seat.group, seat.role is Role.SPARE)))


def _rank(parts: tuple[_Part, ...], hall: _Hall) -> tuple[int, int, int, int]:
    domains = sorted(part.domain for part in parts)
    taken = sum(seat.pods for part in parts for seat in part.seats)
    opened = sum(int(hall.idle[domain]) for domain in domains)
    return (len(domains), opened, sum(int(hall.capacity[domain]) for domain in domains) - taken, domains[0])


def _numbered_by_domain(parts: tuple[_Part, ...]) -> list[Seat]:
    ordered = sorted(parts, key=lambda part: part.domain)
    return [
        Seat(group=group, role=seat.role, node=seat.node, pods=seat.pods)
        for group, part in enumerate(ordered)
        for seat in part.seats
    ]


def _in_cluster(shape: Shape, hall: _Hall, domains: range) -> tuple[_Part, ...] | None:
    groups = tuple(enumerate(shape.groups or (shape.pods,)))
    for domain in hall.tightest(domains, shape.pods_with_spares):
        seats = _fill(hall, domain, groups, shape.spares)
        if seats is not None:
            return (_Part(domain=domain, seats=seats),)
    if shape.one_domain or len(domains) == 1:
        return None
    if shape.groups is None:
        return _spread_parts(shape, hall, list(domains))
    return _spread_groups(shape, hall, list(domains))


def _spread_groups(shape: Shape, hall: _Hall, domains: list[int]) -> tuple[_Part, ...] | None:
    """Largest groups first: the rest into one tight domain if one holds it, else as many as fit into the roomiest.

    O(domains log domains + groups) where every domain is filled at the first attempt.
    """
    left = sorted(enumerate(shape.groups or ()), key=lambda group: (-group[1], group[0]))
    smallest = left[-1][1] + shape.spares
    if int((hall.capacity[domains[0] : domains[-1] + 1] // smallest).sum()) < len(left):
        return None
    upto = list(accumulate(size + shape.spares for _, size in left))
    parts: list[_Part] = []
    done, unused = 0, dict.fromkeys(domains)
    for roomiest in hall.roomiest(domains):
        before = upto[done - 1] if done else 0
        capacity = int(hall.capacity[roomiest])
        if capacity >= upto[-1] - before:  # none that is left has more room than the roomiest
            for domain in hall.tightest(list(unused), upto[-1] - before):
                seats = _fill(hall, domain, left[done:], shape.spares)
                if seats is not None:
                    return (*parts, _Part(domain=domain, seats=seats))
        for taken in range(bisect_right(upto, capacity + before, lo=done) - done, 0, -1):
            seats = _fill(hall, roomiest, left[done : done + taken], shape.spares)
            if seats is not None:
                parts.append(_Part(domain=roomiest, seats=seats))
                del unused[roomiest]
                done += taken
                break
        if done == len(left):
            return tuple(parts)
    return None


def _spread_parts(shape: Shape, hall: _Hall, domains: list[int]) -> tuple[_Part, ...] | None:
    """The rest into one tight domain if one holds it, else as many pods as fit into the roomiest."""
    left = shape.pods
    parts: list[_Part] = []
    for roomiest in hall.roomiest(domains):
        unused = [domain for domain in domains if domain not in {part.domain for part in parts}]
        for domain in hall.tightest(unused, left + shape.spares):
            seats = _fill(hall, domain, ((0, left),), shape.spares)
            if seats is not None:
                return (*parts, _Part(domain=domain, seats=seats))
        for taken in range(min(left, int(hall.capacity[roomiest]) - shape.spares), 0, -1):
            seats = _fill(hall, roomiest, ((0, taken),), shape.spares)
            if seats is not None:
                parts.append(_Part(domain=roomiest, seats=seats))
                left -= taken
                break
    return None


def _fill(hall: _Hall, domain: int, groups: Sequence[tuple[int, int]], spares: int) -> tuple[Seat, ...] | None:
    """Seats for (group, pods) pairs in one domain; with spares a second node order is tried before giving up."""
    nodes = hall.room.sites.nodes_of(domain)
    for order in _node_orders(hall.room, nodes, spares):
        left = hall.pods[order].tolist()
        seats = _sit(left, groups, spares)
        if seats is not None:
            return tuple(
                Seat(group=group, role=role, node=int(order[place]), pods=pods) for group, role, place, pods in seats
            )
    return None


def _node_orders(room: Room, nodes: slice, spares: int) -> Iterator[Ints]:
    free, gpus = room.free[nodes], room.sites.gpus[nodes]
    yield np.lexsort((free, free == gpus)).astype(np.int64) + nodes.start
    if spares:  # whole nodes for active pods leave the broken ones to spares, which need a node of their own
        yield np.lexsort((-free,)).astype(np.int64) + nodes.start


def _sit(left: list[int], groups: Sequence[tuple[int, int]], spares: int) -> list[tuple[int, Role, int, int]] | None:
    seats: list[tuple[int, Role, int, int]] = []
    for group, pods in groups:
        active = _take(left, pods, frozenset())
        spare = None if active is None else _take(left, spares, frozenset(place for place, _ in active))
        if active is None or spare is None:
            return None
        seats += [(group, Role.ACTIVE, place, count) for place, count in active]
        seats += [(group, Role.SPARE, place, count) for place, count in spare]
    return seats


def _take(left: list[int], pods: int, avoided: frozenset[int]) -> list[tuple[int, int]] | None:
    taken = []
    for place, room in enumerate(left):
        if pods == 0:
            break
        if room and place not in avoided:
            count = min(room, pods)
            taken.append((place, count))
            pods -= count
    if pods:
        return None
    for place, count in taken:
        left[place] -= count
    return taken
