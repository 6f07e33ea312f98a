"""Nodes: what physically exists (semantics.md 1 and 3)."""

from dataclasses import dataclass

from jobtree.base.identity import Domain

REGION, CLUSTER, FABRIC, FLAVOR, RACK = "region", "cluster", "fabric.domain", "gpu.flavor", "rack"
REQUIRED_LABELS = (REGION, CLUSTER, FABRIC, FLAVOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A machine with ``gpus`` slots, ordinals from 0. Names are unique in the whole fleet.

    ``usable`` is False for a cordoned node or one that is not ready: it keeps the leases it has and gets no new ones.
    """

    name: str
    domain: Domain
    flavor: str
    gpus: int
    labels: tuple[tuple[str, str], ...]
    usable: bool = True
