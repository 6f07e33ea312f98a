"""A review: what a change does to everybody, and how that was found out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.identity import Key
from jobtree.model.judgement import Verdict
from jobtree.review.approvals import Need
from jobtree.review.attribution import Alone, Edit, together
from jobtree.review.changes import PlanDiff


@dataclass(frozen=True, slots=True, kw_only=True)
class Titles:
    """What is compared with what, as of when and why then, and the command that does it again.

    ``folder`` is the fleet's within the repository, which may hold several. ``note`` is what else must be known.
    """

    base: str
    head: str
    instant: str
    command: str
    folder: str = "."
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """``edits`` are all files that differ, ``alone`` what some of them do without the others.

    ``pinned``: runs that the head's compile left as the lock has them. ``is_locked``: whether the base's plan is that
    of its lock, and was not made for this. ``needs`` are the approvals that the change needs, ``given`` who approved,
    None if that is not known. ``verdicts`` are those of the head's house rules on its documents, on its plan, and on
    what the change does.
    """

    titles: Titles
    diff: PlanDiff
    edits: tuple[Edit, ...]
    alone: tuple[Alone, ...]
    pinned: int
    is_locked: bool
    needs: tuple[Need, ...] = ()
    given: frozenset[str] | None = None
    verdicts: tuple[Verdict, ...] = ()

    @property
    def denying(self) -> tuple[Verdict, ...]:
        """House rules that refuse the change."""
        return tuple(verdict for verdict in self.verdicts if verdict.denies)

    @property
    def missing(self) -> tuple[Need, ...]:
        """Approvals that were not given; none where it is not known who approved."""
        return () if self.given is None else tuple(need for need in self.needs if not need.is_met(self.given))

    @property
    def causes(self) -> Mapping[Key, Sequence[str]]:
        """Paths that alone move each run; nothing is known where no file was tried alone."""
        found: dict[Key, list[str]] = {}
        for one in self.alone:
            for key in one.moved:
                found.setdefault(key, []).append(one.edit.path)
        return found

    @property
    def together(self) -> tuple[Key, ...]:
        """Runs that only several changes together move, if every file was tried alone."""
        return together(self.diff, self.alone) if self.alone and len(self.alone) == len(self.edits) else ()
