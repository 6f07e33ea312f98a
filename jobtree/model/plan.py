"""The plan: exactly one decision for each run, and the proof (semantics.md 7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobtree.base.diagnostic import Diagnostic
from jobtree.base.identity import Domain, Key, Owner
from jobtree.base.instant import Instant, Interval
from jobtree.model.certificate import Certificate
from jobtree.model.contention import Contention, Cut, Drawn
from jobtree.model.history import Observed
from jobtree.model.lease import ClosedLease, LeaseReason, Payer, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A stretch of a pod's time under one payer: it becomes one lease."""

    interval: Interval
    payer: Payer | None
    reason: LeaseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """A pod on its slots. ``terms`` follow each other without a gap; a second term is a Renew."""

    rank: int
    role: Role
    node: str
    slots: tuple[int, ...]
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Pods of one group, active ones by rank and then spares, all in one domain."""

    index: int
    domain: Domain
    pods: tuple[Pod, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where and when a run is. ``width`` counts active GPUs only."""

    interval: Interval
    width: int
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A code of the registry, a sentence, and the numbers behind it (JSON scalars, or flat lists of them)."""

    code: str
    message: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """GPUs that a domain lacks for a run that waits, after fragmentation."""

    domain: Domain
    gpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a reservation says about its own instant.

    ``natural_start`` is when expected ends alone make room. ``confidence`` is ``firm``, ``window-aligned``, or
    ``contended``: then ``contention`` says what is cut at the reservation's instant if nothing changes.
    """

    deficit: tuple[Shortage, ...]
    natural_start: Instant
    confidence: str
    contention: Contention | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Starts now: leases are written."""

    placement: Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """Starts later: a reservation is written."""

    placement: Placement
    forecast: Forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Not placed; the reason says why, in numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Started by an earlier plan, not over yet."""

    placement: Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Over: its leases are in the ledger. ``succeeded`` False: the workload failed."""

    interval: Interval
    succeeded: bool = True


Decision = Start | Reserve | Refuse | Running | Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """The decision for one run, and why."""

    run: Key
    owner: Owner
    decision: Decision
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of the objective: smaller is better. ``bound`` None: no bound is claimed."""

    name: str
    value: int
    bound: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Runs that were planned together, and what they add to the bound of the wait level."""

    runs: tuple[Key, ...]
    bound: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """``proven`` when the wait level meets its bound, which is the sum of all shares, or 0 if that is less.

    The solver's build is part of it.
    """

    status: str
    solver: str
    solver_version: str
    limits: tuple[tuple[str, int], ...]
    levels: tuple[Level, ...]
    certificate: Certificate = Certificate()
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One plan for everybody, runs sorted by key.

    ``closures`` are leases that are over with this plan, in order of closing; ``cuts`` say which of them were taken
    for whom, and ``draws`` how lotteries chose them. ``observed`` is what the plan took from a state file.
    """

    as_of: Instant
    horizon: Interval
    runs: tuple[RunPlan, ...]
    proof: Proof
    closures: tuple[ClosedLease, ...] = ()
    cuts: tuple[Cut, ...] = ()
    draws: tuple[Drawn, ...] = ()
    observed: Observed = Observed()
    diagnostics: tuple[Diagnostic, ...] = ()
