"""What an earlier compile recorded in its lock, for the next one to go on from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobtree.base.identity import Domain, Key
from jobtree.base.instant import Instant
from jobtree.emit.lock import Lock
from jobtree.model.history import NodeStatus
from jobtree.model.plan import Plan, Reserve, Running, RunPlan, Start


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """``admissions``: the instants that the plan went by. ``objects``: digests of what it depended on.

    ``domains``: node and domain of every pod that holds leases, by node. ``unusable``: nodes that were observed not to
    be usable. ``reservations``: as the plan gave them, with their slots. ``parts``: digests of what was planned apart.
    """

    admissions: Mapping[Key, Instant] = field(default_factory=dict)
    objects: Mapping[str, str] = field(default_factory=dict)
    domains: tuple[tuple[str, Domain], ...] = ()
    unusable: tuple[NodeStatus, ...] = ()
    reservations: tuple[RunPlan, ...] = ()
    parts: frozenset[str] = frozenset()


def recorded(lock: Lock | None) -> Recorded:
    """What the lock says; nothing without one. O(plan)."""
    if lock is None:
        return Recorded()
    return Recorded(
        admissions=_admissions(lock.key.get("admissions")),
        objects=_objects(lock.key.get("objects")),
        domains=domains_of(lock.plan),
        unusable=unusable_in(lock.plan),
        parts=_parts(lock.key.get("parts")),
        reservations=tuple(run for run in lock.plan.runs if isinstance(run.decision, Reserve)),
    )


def _admissions(found: object) -> Mapping[Key, Instant]:
    entries = found if isinstance(found, dict) else {}
    return {Key(*run.split("/", 1)): Instant(at) for run, at in entries.items() if isinstance(at, int) and "/" in run}


def _objects(found: object) -> Mapping[str, str]:
    entries = found if isinstance(found, dict) else {}
    return {name: digest for name, digest in entries.items() if isinstance(digest, str)}


def _parts(found: object) -> frozenset[str]:
    return frozenset(digest for digest in found if isinstance(digest, str)) if isinstance(found, list) else frozenset()


def domains_of(plan: Plan) -> tuple[tuple[str, Domain], ...]:
    """Node and domain of every pod that holds leases, by node."""
    places = [run.decision.placement for run in plan.runs if isinstance(run.decision, Start | Running)]
    found = {pod.node: group.domain for place in places for group in place.groups for pod in group.pods}
    return tuple(sorted(found.items()))


def unusable_in(plan: Plan) -> tuple[NodeStatus, ...]:
    """Nodes that were observed not to be usable: they stay so until a state file mentions them again."""
    return tuple(status for status in plan.observed.nodes if status.lost or not status.usable)
