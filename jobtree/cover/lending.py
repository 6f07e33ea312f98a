"""Lending rules: to whom an envelope lends (semantics.md 3 and 5)."""

from jobtree.base.identity import Owner
from jobtree.model.budget import Lending

ANYONE = "*"


def lends_to(lending: Lending, owner: Owner) -> bool:
    """Whether the rule lends to the owner: ``allow``, and ``to`` is empty or one of its patterns matches."""
    return lending.allow and (not lending.to or any(pattern_matches(pattern, owner) for pattern in lending.to))


def pattern_matches(pattern: str, owner: Owner) -> bool:
    """An exact owner, ``*``, or a trailing-``*`` glob such as ``org:ai:*``, where ``*`` also crosses colons."""
    if pattern.endswith(ANYONE):
        return owner.startswith(pattern.removesuffix(ANYONE))
    return owner == pattern
