"""Limits of GPUs by flavor: jobtree bounds each flavor, Slurm may bound all types together.

A bound on all types is split, so that the parts never add up to more: as the fleet's GPUs are, in whole nodes where
that leaves no rest. Nobody gets a GPU that Slurm did not allow.
"""

from collections.abc import Mapping

from jobtree.migrate.slurm.tres import GpuCount

Capacity = Mapping[str, tuple[int, int]]
"""Flavor to the GPUs of the fleet and of its largest node."""


def by_flavor(limit: GpuCount, capacity: Capacity, flavors: Mapping[str, str], *, whole_nodes: bool) -> dict[str, int]:
    """Bound for each flavor that has one. Types that no node has are left out."""
    typed = {flavors[kind]: bound for kind, bound in limit.typed.items() if flavors.get(kind) in capacity}
    if limit.total is None:
        return dict(sorted(typed.items()))
    if len(capacity) == 1:
        return {flavor: min(limit.total, typed.get(flavor, limit.total)) for flavor in capacity}
    there = {flavor: gpus for flavor, (gpus, _) in capacity.items()} if whole_nodes else {}
    return split(limit.total, there | typed, capacity, whole_nodes=whole_nodes)


def split(total: int, bounds: Mapping[str, int], capacity: Capacity, *, whole_nodes: bool) -> dict[str, int]:
    """At most ``total`` in all and ``bounds`` each, in proportion to capacity; all of ``total`` if bounds let it."""
    if len(bounds) == len(capacity) and sum(bounds.values()) <= total:
        return dict(sorted(bounds.items()))
    parts: dict[str, int] = {}
    left = total
    open_ = dict(capacity)
    while tight := sorted(f for f in open_ if f in bounds and bounds[f] * _sum(open_) <= left * open_[f][0]):
        parts[tight[0]] = bounds[tight[0]]
        left -= bounds[tight[0]]
        del open_[tight[0]]
    whole = _sum(open_)
    for flavor, (gpus, unit) in open_.items():
        share = left * gpus // whole
        parts[flavor] = share // unit * unit if whole_nodes else share
    _hand_out(total - sum(parts.values()), parts, bounds, open_, whole_nodes=whole_nodes)
    return dict(sorted(parts.items()))


def _hand_out(
    rest: int, parts: dict[str, int], bounds: Mapping[str, int], open_: Capacity, *, whole_nodes: bool
) -> None:
    """Gives what rounding left to the flavors with most GPUs: whole nodes first, then what remains."""
    largest = sorted(open_, key=lambda flavor: (-open_[flavor][0], flavor))
    for aligned in (True, False) if whole_nodes else (False,):
        for flavor in largest:
            room = min(rest, bounds.get(flavor, rest + parts[flavor]) - parts[flavor])
            more = room // open_[flavor][1] * open_[flavor][1] if aligned else room
            parts[flavor] += more
            rest -= more


def _sum(capacity: Capacity) -> int:
    return sum(gpus for gpus, _ in capacity.values())
