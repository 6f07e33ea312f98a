"""What a compile is asked, and what comes of it: values, so that clock, solver and world are arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from jobtree.base.diagnostic import Diagnostic, Location
from jobtree.base.instant import Instant
from jobtree.load.source import Source
from jobtree.model.catalog import Catalog
from jobtree.model.contention import Entropy
from jobtree.model.judgement import Verdict
from jobtree.model.plan import Plan
from jobtree.plan.accounts import Standing
from jobtree.policy.evaluator import Evaluator, nobody
from jobtree.verify import Violation


class HouseRules(StrEnum):
    """What becomes of input that a house rule denies: nothing is planned; it is planned to be shown; nobody asks."""

    ENFORCED = "enforced"
    REPORTED = "reported"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileRequest:
    """Everything a compile depends on.

    ``previous`` is the output tree as it stands, ``ledger`` the months of the ledger by file name, ``state`` what was
    observed since. ``admissions`` maps a path to the instant of the commit that added it (None outside git; within it,
    a file that no commit has yet is admitted ``as_of``), ``registry`` is the Fleet document at the base revision (None:
    the one among the sources), ``bundles`` are the policies that ship with the program, by name. ``entropy`` is what
    lotteries are drawn with; None: there is none yet. ``allow_drop`` lets many runs be deleted at once. ``untouched``:
    digests of the parts that may be left as an earlier lock has them; None for all that nothing has touched.
    ``evaluator`` is who evaluates expressions of house rules; waivers count as of ``judged_at``, by default ``as_of``.
    """

    sources: Sequence[Source]
    previous: Sequence[Source] = ()
    ledger: Sequence[Source] = ()
    state: Source | None = None
    admissions: Mapping[str, Instant] | None = None
    registry: Source | None = None
    bundles: Mapping[str, Source] = field(default_factory=dict)
    entropy: Entropy | None = None
    as_of: Instant
    locked: bool = False
    allow_drop: bool = False
    untouched: frozenset[str] | None = None
    rules: HouseRules = HouseRules.ENFORCED
    evaluator: Evaluator = nobody
    judged_at: Instant | None = None

    def previous_file(self, path: str) -> bytes | None:
        """A file of the output tree as it stands."""
        return next((source.data for source in self.previous if source.path == path), None)

    @property
    def waived_at(self) -> Instant:
        """The instant as of which waivers count."""
        return self.as_of if self.judged_at is None else self.judged_at

    @property
    def months(self) -> Mapping[str, bytes]:
        """The ledger by file name."""
        return {source.path.rpartition("/")[2]: source.data for source in self.ledger}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What reading found: a catalog, unless there are errors, and the files that hold its documents.

    ``verdicts`` are those of house rules about documents, ``places`` where each run is written, if there are any rules.
    """

    catalog: Catalog | None
    inputs: tuple[Source, ...]
    diagnostics: tuple[Diagnostic, ...]
    verdicts: tuple[Verdict, ...] = ()
    places: Mapping[str, Location] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A tree that the checker found right, or what was wrong. ``tree`` is None when nothing may be written.

    ``standing``: who pays for what in the plan. ``ledger`` are the months that change with it, whole, to be written
    before the tree. ``verdicts`` are those of house rules about documents and about the plan; an error of one of them
    is a reason not to write the tree. ``places`` are those of Checked.
    """

    tree: Mapping[str, bytes] | None
    catalog: Catalog | None
    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]
    standing: Standing | None = None
    ledger: Mapping[str, bytes] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    places: Mapping[str, Location] = field(default_factory=dict)
