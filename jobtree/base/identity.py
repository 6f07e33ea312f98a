"""Names of things: what runs and what pays (semantics.md 2)."""

from dataclasses import dataclass
from typing import NewType

API_GROUP = "rq.davidlangworthy.io"
"""The group of every kind of ours."""

Owner = NewType("Owner", str)
"""A colon path such as ``org:ai:rai:sys``. Opaque, but for lending globs: family never comes from the colons."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """``namespace/name``: identifies a Run, a Budget, a JobTree, a Lease or a Reservation within its kind."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, order=True)
class EnvelopeKey:
    """``namespace/budget/envelope``: identifies everything that pays."""

    namespace: str
    budget: str
    envelope: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.budget}/{self.envelope}"


@dataclass(frozen=True, slots=True, order=True)
class Domain:
    """A fast-fabric island: the labels ``region``, ``cluster`` and ``fabric.domain`` of its nodes."""

    region: str
    cluster: str
    fabric: str

    def __str__(self) -> str:
        return f"{self.region}/{self.cluster}/{self.fabric}"
