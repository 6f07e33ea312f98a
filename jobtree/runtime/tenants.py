"""Tenants on the slots of spares: who has to go when a spare is promoted, and who may stay (semantics.md 10)."""

from collections.abc import Iterable, Mapping

from jobtree.base.identity import Key
from jobtree.model.lease import ClosureReason, Lease
from jobtree.model.run import Run
from jobtree.runtime.desk import Desk
from jobtree.runtime.groups import expected_groups, groups_of
from jobtree.runtime.width import kept_groups

End = tuple[Lease, ClosureReason]
"""A lease that ends, and why."""


def eviction(desk: Desk, runs: Mapping[Key, Run], tenants: Iterable[Lease]) -> tuple[End, ...] | None:
    """What ends when these leases have to, in the order in which it closes; None if any of it is funded.

    A malleable run gives whole groups, as long as it stays at or above its minimum; any other is ended whole.
    """
    hit: dict[Key, list[int]] = {}
    for lease in tenants:
        hit.setdefault(lease.run, []).append(lease.group)
    ends = tuple(end for key in sorted(hit) for end in _ends(desk, runs.get(key), key, hit[key]))
    return None if any(desk.funded(lease) for lease, _ in ends) else ends


def _ends(desk: Desk, run: Run | None, key: Key, hit: list[int]) -> list[End]:
    """Leases of the groups that are hit close first: what is left then says by itself how to go on."""
    own = sorted(desk.leases(key), key=lambda lease: (lease.group not in hit, lease.group, lease.role.value))
    kept: tuple[int, ...] | None = None
    if run is not None:
        widths = {group.index: group.width for group in groups_of(desk, run) if group.index not in hit}
        kept = kept_groups(run, widths, expected_groups(desk, run))
    if kept is None:
        return [(lease, ClosureReason.RECLAIMED_BY_SPARE) for lease in own]
    return [
        (lease, ClosureReason.RECLAIMED_BY_SPARE if lease.group in hit else ClosureReason.SHRINK)
        for lease in own
        if lease.group not in kept
    ]
