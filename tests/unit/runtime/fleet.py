"""A small fleet that a state machine plays with: shapes of runs, and where their pods go."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval
from jobtree.model.lease import Lease, LeaseReason, Role
from jobtree.model.run import Run
from jobtree.runtime.world import World
from tests.unit.runtime.built import elastic, payer, run

NODES = tuple(f"n{number}" for number in range(20))
GPUS, POD, END, RENEWAL = 4, 2, Instant(10_000), 40

SHAPES = {
    "plain": run("plain", 4),
    "spared": run("spared", 4, spares=2, group_gpus=4),
    "groups": run("groups", 8, spares=1, group_gpus=4),
    "wide": elastic("wide", 12, 4, 4, spares=1),
    "coarse": elastic("coarse", 12, 4, 8, spares=1, group_gpus=4),
    "short": elastic("short", 10, 6, 4, spares=1, group_gpus=4),
    "guest": run("guest", 4),
    "lodger": elastic("lodger", 6, 2, 2),
}
GUESTS = ("guest", "lodger")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    node: str
    slots: tuple[int, ...]


def shaped(shape: str, number: int) -> Run:
    return replace(SHAPES[shape], key=Key("t", f"{shape}-{number}"))


def places(world: World, turn: int, *, on_spares: bool) -> Iterator[Place]:
    """Free pairs of slots, or those of spares first; from a node on that differs from turn to turn."""
    open_nodes = [node for node in NODES if node not in world.lost and node not in world.cordoned]
    pairs = [Place(node=node, slots=slots) for slots in ((0, 1), (2, 3)) for node in open_nodes]
    pairs = pairs[turn % max(1, len(pairs)) :] + pairs[: turn % max(1, len(pairs))]
    roles = {pair: _roles(world, pair) for pair in pairs}
    if on_spares:
        yield from (pair for pair in pairs if roles[pair] == {Role.SPARE})
    yield from (pair for pair in pairs if not roles[pair])


def pods(of: Run, groups: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, Role]]:
    """Group, rank and role of every pod; ``groups`` are (index, active GPUs)."""
    for index, gpus in groups:
        yield from ((index, rank, Role.ACTIVE) for rank in range(gpus // POD))
        yield from ((index, rank, Role.SPARE) for rank in range(of.spares))


def leases(
    world: World, of: Run, groups: Sequence[tuple[int, int]], now: Instant, turn: int, *, reason: LeaseReason
) -> tuple[Lease, ...]:
    """Leases for all pods of the groups, or none where they do not fit. Every other turn they have two terms."""
    guest = of.key.name.startswith(GUESTS)
    wanted, found = list(pods(of, groups)), list(places(world, turn, on_spares=guest))
    if len(found) < len(wanted):
        return ()
    made: list[Lease] = []
    for (group, rank, role), place in zip(wanted, found, strict=False):
        first = Lease(
            run=of.key, owner=of.owner, group=group, rank=rank, role=role, node=place.node, slots=place.slots,
            payer=payer(f"{of.key.name}-{group}-{role.value}-{rank}"), interval=Interval(now, END), reason=reason,
        )  # fmt: skip
        if guest and turn % 3 == 0:
            first = replace(first, role=Role.OPPORTUNISTIC, payer=None)
        made += _terms(first, Instant(now + RENEWAL)) if turn % 2 else [first]
    return tuple(made)


def _terms(first: Lease, middle: Instant) -> list[Lease]:
    early = replace(first, interval=Interval(first.interval.start, middle))
    late = replace(first, interval=Interval(middle, END), reason=LeaseReason.RENEW)
    return [early, late if late.payer is None else replace(late, payer=payer(f"{first.payer.envelope.envelope}-late"))]


def _roles(world: World, place: Place) -> set[Role]:
    found = [one.role for one in world.leases if one.node == place.node and set(one.slots) & set(place.slots)]
    return {*found}
