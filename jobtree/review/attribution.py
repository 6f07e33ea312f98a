"""Which changed file moved which run."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobtree.base.identity import Key
from jobtree.review.changes import PlanDiff


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A file that differs: ``word`` is ``added``, ``edited`` or ``removed``."""

    path: str
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """What one change does without the others: the runs that are then not as they were, and GPU-seconds waited more.

    ``refusal``: why the base with this change alone has no plan.
    """

    edit: Edit
    moved: tuple[Key, ...]
    waited: int
    refusal: str | None = None


def together(diff: PlanDiff, alone: Sequence[Alone]) -> tuple[Key, ...]:
    """Runs that only several changes together move, if each was tried alone."""
    moved = {key for one in alone for key in one.moved}
    return tuple(sorted(change.run for change in diff.runs if change.run not in moved))
