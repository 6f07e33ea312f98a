"""What a simulation came to, as values."""

from dataclasses import dataclass

from jobtree.base.identity import Domain, EnvelopeKey, Key, Owner
from jobtree.base.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerPoint:
    """GPUs that an owner uses, and its runs that wait."""

    owner: Owner
    in_use: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The fleet after a compile: GPUs, and runs that wait with the GPUs that they ask for."""

    at: Instant
    usable: int
    in_use: int
    waiting_runs: int
    waiting_gpus: int
    owners: tuple[OwnerPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainUse:
    """GPU-seconds in use, of those that were usable."""

    domain: Domain
    used: int
    usable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Seconds that runs waited for their first start; ``waiting`` of them wait still, and count up to the end.

    ``weighted`` weighs each run with its GPUs times its declared seconds, as level 3 of a plan does.
    """

    owner: Owner | None
    runs: int
    waiting: int
    mean: int
    median: int
    p95: int
    longest: int
    weighted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Promised starts against actual ones: ``close`` within a minute; ``error`` is the mean distance in seconds."""

    runs: int
    close: int
    early: int
    late: int
    error: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeHours:
    """GPU-seconds that an envelope was charged, and its cap."""

    envelope: EnvelopeKey
    spent: int
    cap: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutcome:
    """One run: when it was asked for, when it first started, when and how it ended."""

    run: Key
    owner: Owner
    gpus: int
    arrived: Instant
    started: Instant | None
    ended: Instant | None
    end: str | None
    starts: int
    first_promise: Instant | None
    last_promise: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All results of one policy. Named counts are sorted by name; ``lost`` are GPU-seconds of work by cause."""

    policy: str
    since: Instant
    until: Instant
    seed: int
    cycles: int
    events: int
    domains: tuple[DomainUse, ...]
    waits: tuple[Waits, ...]
    first_promises: Accuracy
    last_promises: Accuracy
    ends: tuple[tuple[str, int], ...]
    cuts: tuple[tuple[str, int], ...]
    closures: tuple[tuple[str, int], ...]
    openings: tuple[tuple[str, int], ...]
    lost: tuple[tuple[str, int], ...]
    slips: int
    node_failures: int
    node_returns: int
    envelopes: tuple[EnvelopeHours, ...]
    runs: tuple[RunOutcome, ...]
    points: tuple[Point, ...]

    @property
    def used(self) -> int:
        """GPU-seconds in use."""
        return sum(one.used for one in self.domains)

    @property
    def usable(self) -> int:
        """GPU-seconds that could have been used."""
        return sum(one.usable for one in self.domains)
