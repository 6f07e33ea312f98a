"""plan.json as the checker reads it (contracts.md, plan.json)."""

from dataclasses import dataclass
from fractions import Fraction

from jobtree.verify.budgets import EnvelopeKey
from jobtree.verify.certificate import Certificate
from jobtree.verify.contention import Cut, Lottery
from jobtree.verify.field import Field
from jobtree.verify.fleet import Domain
from jobtree.verify.lease import SPARE, Mark
from jobtree.verify.runs import Key
from jobtree.verify.units import Interval

START, RESERVE, REFUSE, RUNNING, FINISHED = "start", "reserve", "refuse", "running", "finished"
CLASSES = ("Owned", "Shared", "Borrowed", "Unfunded")
DECISIONS = (START, RESERVE, REFUSE, RUNNING, FINISHED)
FIRM, CONTENDED, ALIGNED = "firm", "contended", "window-aligned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """From ``at`` on, another payer."""

    at: int
    payer: EnvelopeKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """A pod on its slots; ``payer`` pays from ``start`` until the first renewal, ``reason`` is why that term began."""

    rank: int
    role: str
    node: str
    slots: tuple[int, ...]
    start: int
    reason: str
    payer: EnvelopeKey | None
    renewals: tuple[Renewal, ...]

    def terms(self, end: int) -> tuple[tuple[Interval, EnvelopeKey | None], ...]:
        """Stretches from its start to the end under one payer, as stated, in order."""
        starts = [self.start, *(renewal.at for renewal in self.renewals)]
        ends = [*starts[1:], end]
        payers = [self.payer, *(renewal.payer for renewal in self.renewals)]
        return tuple(((start, end), payer) for start, end, payer in zip(starts, ends, payers, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Pods in one domain."""

    index: int
    domain: Domain
    pods: tuple[Pod, ...]

    @property
    def working(self) -> tuple[Pod, ...]:
        """Pods that do the run's work: all but its spares."""
        return tuple(pod for pod in self.pods if pod.role != SPARE)

    @property
    def spares(self) -> tuple[Pod, ...]:
        """Pods that stand by."""
        return tuple(pod for pod in self.pods if pod.role == SPARE)

    @property
    def gpus(self) -> int:
        """GPUs of its working pods."""
        return sum(len(pod.slots) for pod in self.working)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one payer carries of a run."""

    envelope: EnvelopeKey | None
    owner: str | None
    funding: str
    gpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The decision for one run. ``width`` is None and ``groups`` is empty unless it holds slots, now or later.

    ``interval`` is None when it is refused; that of a running run begins with its incarnation, maybe before its pods.
    """

    run: Key
    owner: str
    decision: str
    interval: Interval | None
    wait: int | None
    width: int | None
    groups: tuple[Group, ...]
    payers: tuple[Share, ...]
    forecast: Field

    @property
    def pods(self) -> tuple[tuple[Group, Pod], ...]:
        """All pods with their groups."""
        return tuple((group, pod) for group in self.groups for pod in group.pods)

    @property
    def name(self) -> str:
        """The run as people write it."""
        return "/".join(self.run)

    def mark(self, group: Group, pod: Pod) -> Mark:
        """The pod as leases tell it apart."""
        return (self.run, group.index, pod.role, pod.rank, pod.node, pod.slots)

    @property
    def conflict_set(self) -> tuple[str, ...]:
        """Runs that a contended reservation may cut."""
        return self.forecast["conflictSet"].texts() if self.forecast["confidence"].value == CONTENDED else ()

    @property
    def planned(self) -> bool:
        """Whether this plan placed it: a start or a reservation."""
        return self.decision in (START, RESERVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of the objective as claimed."""

    name: str
    value: int
    bound: int | None
    gap: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What plan.json says about one envelope."""

    envelope: EnvelopeKey
    concurrency: int
    used: dict[str, int]
    cap: int | None
    spent: int
    planned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A lease that is over with this plan."""

    lease: str
    mark: Mark
    start: int
    time: int
    reason: str
    seed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was taken from a state file. ``runs``: phase and instant by run; ``nodes``: usable and lost by node."""

    digest: str | None
    runs: dict[Key, tuple[str, int | None]]
    nodes: dict[str, tuple[bool, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole of plan.json; lists in the order in which they stand."""

    as_of: int
    input_digest: str
    horizon: Interval
    status: str
    levels: tuple[Level, ...]
    certificate: Certificate
    entries: tuple[Entry, ...]
    statements: tuple[Statement, ...]
    closures: tuple[Closing, ...]
    observed: Observed
    cuts: tuple[Cut, ...]
    lotteries: tuple[Lottery, ...]
    warnings: tuple[str, ...]
