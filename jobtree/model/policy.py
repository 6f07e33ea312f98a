"""House rules: what an organisation asks of its runs and budgets beyond the language (semantics.md 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any

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


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxWait:
    """Of the plan: no reservation of at least ``from_gpus`` starts later than so many seconds from now."""

    seconds: int
    from_gpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxDelay:
    """Of a change: it makes no run start later by more than so many seconds, or not at all."""

    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxBudgetGrowth:
    """Of a change: open GPUs of one owner and flavor are never more than this share above what was open until then."""

    share: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An object that the author says keeps the rule, or breaks it: a test of the rule."""

    valid: bool
    object: Mapping[str, Any]
    where: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A CEL expression over ``object`` that is true of what keeps the rule.

    ``message_text`` is an expression too, for a sentence about what breaks it.
    """

    scope: "Scope"
    text: str
    message_text: str | None = None
    examples: tuple[Example, ...] = ()
    where: Location | None = field(default=None, compare=False)
    message_where: Location | None = field(default=None, compare=False)


class Scope(StrEnum):
    """What a rule looks at: documents; runs of a plan; or entries of what a change does (plan-diff.json)."""

    RUN = "Run"
    BUDGET = "Budget"
    PLAN = "plan"
    DIFF_RUNS = "diff runs"
    DIFF_OWNERS = "diff owners"
    DIFF_ENVELOPES = "diff envelopes"


DOCUMENTS = (Scope.RUN, Scope.BUDGET)
CHANGES = (Scope.DIFF_RUNS, Scope.DIFF_OWNERS, Scope.DIFF_ENVELOPES)

RunDemand = MaxBorrowShare | CheckpointRequired | SparesRequired | MaxDuration
DocumentDemand = RunDemand | MaxWindow
ChangeDemand = MaxDelay | MaxBudgetGrowth
Demand = DocumentDemand | MaxWait | ChangeDemand | Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """``message`` is the author's sentence and replaces ours; ``where`` is where the rule stands."""

    name: str
    demand: Demand
    severity: Severity = Severity.ERROR
    message: str | None = None
    where: Location | None = field(default=None, compare=False)

    @property
    def scope(self) -> Scope:
        """What it looks at."""
        match self.demand:
            case Expression(scope=scope):
                return scope
            case MaxWait():
                return Scope.PLAN
            case MaxDelay():
                return Scope.DIFF_RUNS
            case MaxBudgetGrowth():
                return Scope.DIFF_OWNERS
            case MaxWindow():
                return Scope.BUDGET
            case _:
                return Scope.RUN


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Something that rules of one scope look at: ``data`` as JSON has it, ``name`` as waivers name it.

    A Run or Budget is the document as its author wrote it, named ``namespace/name``; a run within a JobTree looks like
    the Run document that would say the same. ``where`` is the place to change if it breaks a rule.
    """

    scope: Scope
    name: str
    where: Location | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Lets one object off the rules of one name, before ``until``.

    ``object`` is ``namespace/name`` of a Run or Budget, an owner, or ``namespace/budget/envelope``.
    """

    rule: str
    object: str
    until: Instant
    reason: str
    where: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Rules and waivers of one document, in its order."""

    name: str
    rules: tuple[Rule, ...] = ()
    waivers: tuple[Waiver, ...] = ()
