"""An idea: documents that say something else, as a catalog that says it."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobtree.base.identity import Owner
from jobtree.base.instant import Instant
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
