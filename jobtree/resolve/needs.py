"""What a claim needs of its domains, in whole pods (semantics.md 8; docs/lottery.md, Needs)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from jobtree.model.contention import Need


def missing(need: Need) -> int:
    """Pods that the need lacks with nothing cut."""
    return max(0, need.pods - sum(max(0, on.gpus) // need.per_pod for on in need.free))


def with_room_for_spares(needs: Sequence[Need], most: Mapping[str, int]) -> tuple[Need, ...]:
    """Needs that are met only when spares fit too, on nodes without active pods of their group (semantics.md 3).

    ``most`` are the GPUs by node with everybody cut. A node on which a group ends has room that the group's spares may
    not use: up to one pod less than the node holds. Where all nodes together hold less than that, all are needed.
    """
    short = any(missing(need) for need in needs)
    return tuple(_with_room(need, most) if missing(need) or not short else need for need in needs)


def _with_room(need: Need, most: Mapping[str, int]) -> Need:
    held = [most[on.node] // need.per_pod for on in need.free]
    return replace(need, pods=max(need.pods, min(need.pods + max(held, default=1) - 1, sum(held))))
