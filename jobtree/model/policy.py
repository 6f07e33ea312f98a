"""House rules: what an organisation asks of its runs and budgets beyond the language (semantics.md 3)."""

from dataclasses import dataclass
from fractions import Fraction

from jobtree.base.diagnostic import Location, Severity
from jobtree.base.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxBorrowShare:
    """A run may borrow at most this share of its totalGPUs."""

    share: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRequired:
    """Runs of at least ``from_gpus`` declare a checkpoint, or their fleet does."""

    from_gpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SparesRequired:
    """Runs of at least ``from_gpus`` have ``at_least`` spare pods in each group."""

    from_gpus: int
    at_least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxWindow:
    """Envelopes have a window with both bounds, of at most so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxDuration:
    """Runs are expected to last at most so many seconds."""

    seconds: int


Demand = MaxBorrowShare | CheckpointRequired | SparesRequired | MaxWindow | MaxDuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A typed rule. ``message`` is the author's sentence and replaces ours; ``where`` is where the rule stands."""

    name: str
    demand: Demand
    severity: Severity = Severity.ERROR
    message: str | None = None
    where: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Lets one object (``namespace/name``) off the rules of one name, before ``until``."""

    rule: str
    object: str
    until: Instant
    reason: str
    where: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Rules and waivers of one document, in its order."""

    name: str
    rules: tuple[Rule, ...] = ()
    waivers: tuple[Waiver, ...] = ()
