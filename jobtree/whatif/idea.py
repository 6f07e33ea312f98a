"""An idea: documents that say something else, as a catalog that says it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from jobtree.base.identity import EnvelopeKey, Owner
from jobtree.base.instant import Instant
from jobtree.model.budget import Budget, Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.plan import Reason, RunPlan
from jobtree.model.run import Run
from jobtree.plan.accounts import EnvelopeUse


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A run that waits or is refused, and the plan's facts: ``uses`` are what each envelope carries in it."""

    catalog: Catalog
    run: Run
    decided: RunPlan
    uses: Sequence[EnvelopeUse]
    as_of: Instant

    @property
    def reason(self) -> Reason:
        """Why it does not start now."""
        return self.decided.reason

    def number(self, fact: str) -> int | None:
        """A number of the reason."""
        value = self.reason.facts.get(fact)
        return value if isinstance(value, int) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """``words`` say what, ``edit`` which field would say so; ``catalog`` says it. ``lender``: who would lend."""

    words: str
    edit: str
    catalog: Catalog
    lender: Owner | None = None


Chain = tuple[Idea, ...]
"""Ideas of one kind, the mildest first: the first that helps is the one to tell."""


def with_run(catalog: Catalog, run: Run) -> Catalog:
    """The catalog with this run in the place of its namesake. O(runs)."""
    return replace(catalog, runs=tuple(run if one.key == run.key else one for one in catalog.runs))


def with_envelope(catalog: Catalog, key: EnvelopeKey, change: Callable[[Envelope], Envelope]) -> Catalog:
    """The catalog with one envelope changed. O(envelopes)."""

    def changed(envelopes: Iterable[Envelope]) -> tuple[Envelope, ...]:
        return tuple(change(one) if one.key == key else one for one in envelopes)

    return with_budgets(catalog, lambda budget: replace(budget, envelopes=changed(budget.envelopes)))


def with_budgets(catalog: Catalog, change: Callable[[Budget], Budget]) -> Catalog:
    """The catalog with every budget as the change has it. O(envelopes)."""
    return replace(catalog, budgets=tuple(change(budget) for budget in catalog.budgets))
