"""Writes: the closed set of changes that a sweep asks for (semantics.md 10)."""

from dataclasses import dataclass

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.model.lease import Closure, Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Cordon:
    """The node takes no new pods from ``at`` on, until somebody uncordons it."""

    node: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A lease begins."""

    lease: Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """A lease ends: written once, a second closure of it changes nothing."""

    lease: Lease
    closure: Closure


@dataclass(frozen=True, slots=True, kw_only=True)
class Requeue:
    """A run that lost all its leases is pending again, to be planned from its last checkpoint."""

    run: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """A run that never started fails at ``at``, because ``upstream`` did (UpstreamFailed)."""

    run: Key
    upstream: Key
    at: Instant


Write = Cordon | Open | Close | Requeue | Fail
