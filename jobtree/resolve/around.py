"""Planning some runs around everything else that a plan has decided, which stays as it is."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval
from jobtree.model.plan import Plan, Refuse, Reserve, RunPlan
from jobtree.plan.standing import Claim, Hold, Kept
from jobtree.plan.unit import join
from jobtree.resolve.claims import placed_slots
from jobtree.resolve.ground import Ground

Place = tuple[str, int]
"""A slot: node and ordinal."""


def around(ground: Ground, plan: Plan, run: Key) -> Ground:
    """The ground on which only this run is pending, with the set that it starts together with.

    Every other reservation of the plan stands: its slots are held and its payers are charged for all of its time. What
    the plan refused is not planned again. O(slots of reservations and leases).
    """
    pairs = [(one.key, other) for one in ground.catalog.runs for other in one.together]
    own = next(frozenset(part) for part in join(ground.catalog.run_of, pairs) if run in part)
    others = [one for one in plan.runs if one.run not in own]
    refused = frozenset(one.run for one in others if isinstance(one.decision, Refuse))
    ends = _ends(ground)
    claims = tuple(_stands(one, ends) for one in others if isinstance(one.decision, Reserve))
    promises = tuple(promise for promise in ground.history.promises if promise.run in own)
    history = replace(ground.history, promises=promises)
    return replace(ground, history=history, claims=claims, kept=Kept(runs=refused), published=())


def _ends(ground: Ground) -> Mapping[Place, Instant]:
    """When the last lease on each slot ends."""
    found: dict[Place, Instant] = {}
    for lease in ground.history.leases:
        for slot in lease.slots:
            place = (lease.node, slot)
            found[place] = max(found.get(place, lease.interval.end), lease.interval.end)
    return found


def _stands(plan: RunPlan, ends: Mapping[Place, Instant]) -> Claim:
    slots = placed_slots(plan)
    return Claim(plan=plan, scope=slots, holds=tuple(part for hold in slots for part in _free(hold, ends)))


def _free(hold: Hold, ends: Mapping[Place, Instant]) -> Iterator[Hold]:
    """Its slots from its start; those that are to be cut free for it, from when nobody holds them otherwise."""
    by_start: dict[Instant, list[int]] = {}
    for slot in hold.slots:
        start = max(hold.interval.start, ends.get((hold.node, slot), hold.interval.start))
        by_start.setdefault(start, []).append(slot)
    for start, own in sorted(by_start.items()):
        if start < hold.interval.end:
            yield Hold(node=hold.node, slots=tuple(own), interval=Interval(start, hold.interval.end))
