"""Topology requests as locality: Kueue has levels, jobtree has one kind of domain."""

from collections.abc import Sequence
from typing import Any

from jobtree.migrate.kueue.sizes import Gang


def locality(gang: Gang, level: str | None, levels: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """``spec.locality`` of a gang, and what changes, in words.

    ``level`` is the label of a domain, ``levels`` are those of the Topology, the widest first.
    """
    place: dict[str, Any] = {}
    told = []
    asked = gang.first
    others = sorted({name for pods in gang.sets for name in pods.other_requests})
    told += [f"its topology request {name} has no counterpart" for name in others]
    if gang.pods == 1:
        return place, told
    if asked.required is not None:
        fits, text = _held_to(asked.required, level, levels, "it")
        place |= {"allowCrossGroupSpread": False} if fits else {}
        told += [text] if text else []
    if asked.slice_level is not None and asked.slice_size is not None:
        fits, text = _held_to(asked.slice_level, level, levels, f"each slice of {asked.slice_size:,} pods")
        place |= {"groupGPUs": min(asked.slice_size, gang.pods) * gang.gpus_per_pod} if fits else {}
        told += [text] if text else []
    return place, told


def _held_to(asked: str, level: str | None, levels: Sequence[str], who: str) -> tuple[bool, str | None]:
    """Whether a domain is as narrow as was asked, or wider (then it is held to it, and told what is lost)."""
    if asked == level:
        return True, None
    if asked in levels and level in levels and levels.index(asked) < levels.index(level):
        return (
            False,
            f"{who} had to lie within one {asked}, which is wider than a domain ({level}): it may be spread over any",
        )
    text = (
        f"{who} had to lie within one {asked}; here it lies within one domain ({level or 'a zone'}), which may be wider"
    )
    return True, text
