"""The ground that contention is decided on: what stands, and what is to be decided with (semantics.md 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.base.progress import Progress
from jobtree.cover.offer import Coverage
from jobtree.ledger.account import Books
from jobtree.ledger.books import drawn_up
from jobtree.ledger.lives import Life, State
from jobtree.ledger.settle import begin
from jobtree.ledger.statement import Statement
from jobtree.milp.solver import Solver
from jobtree.model.catalog import Catalog
from jobtree.model.contention import Entropy
from jobtree.model.history import History
from jobtree.model.lease import Lease
from jobtree.model.plan import Plan, RunPlan, Start
from jobtree.model.run import Run
from jobtree.plan.component import labels_of
from jobtree.plan.executor import Executor, InOrder
from jobtree.plan.lone import Lone, lone
from jobtree.plan.planner import as_promised, make_plan, measured_again
from jobtree.plan.sites import Sites
from jobtree.plan.solve import Answer, Means
from jobtree.plan.standing import Claim, Kept, Standing, leases_ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """``history`` holds what has begun and ended so far, ``started`` and ``claims`` what contention has decided.

    ``firm`` are leases of runs that start with the plan or were promised an instant, by run: nobody may take their
    budget.
    ``published`` are the reservations of the last plan, with the slots that they were meant for. ``changes`` names the
    inputs that are not what they were for the last plan; ``kept`` is what none of them can touch.
    """

    catalog: Catalog
    history: History
    as_of: Instant
    coverages: Mapping[Key, Coverage]
    solver: Solver
    executor: Executor = field(default_factory=InOrder)
    input_digest: str
    entropy: Entropy | None = None
    published: tuple[RunPlan, ...] = ()
    changes: tuple[str, ...] = ()
    started: frozenset[Key] = frozenset()
    claims: tuple[Claim, ...] = ()
    firm: Mapping[Key, tuple[Lease, ...]] = field(default_factory=dict)
    kept: Kept = Kept()
    _answers: dict[Key, Answer] = field(default_factory=dict, repr=False, compare=False)
    _read: list[Statement] = field(init=False, default_factory=list, repr=False, compare=False)

    def with_start(self, run: Run, leases: Sequence[Lease]) -> "Ground":
        """The ground after this run has begun."""
        after = replace(self, history=begin(self.history, leases), started=self.started | {run.key})
        return after._told(self, leases)

    def with_claim(self, claim: Claim) -> "Ground":
        """The ground with one more reservation that stands."""
        return replace(self, claims=(*self.claims, claim))._told(self, claim.leases)

    def _told(self, before: "Ground", more: Sequence[Lease]) -> "Ground":
        """Itself, knowing that it is ``before`` with these leases."""
        self._read.extend(read.plus(more) for read in before._read)
        return self

    def without(self, run: Key) -> "Ground":
        """The ground but for what a promise keeps for the run. Costs as ``ledger.statement.Statement.without``."""
        if run not in self.firm:
            return self
        other = replace(self, firm={key: leases for key, leases in self.firm.items() if key != run})
        other._read.append(self.statement.without(run))
        return other

    @property
    def statement(self) -> Statement:
        """What everything that is decided comes to. Costs as ``ledger.statement.statement``, once."""
        if not self._read:
            self._read.append(drawn_up(self.catalog, self.ahead, as_of=self.as_of))
        return self._read[0]

    def books(self) -> Books:
        """What leases and standing reservations use of the accounts. O(claims)."""
        return self.statement.books()

    def lone(self, run: Run, coverage: Coverage, sites: Sites, *, recalled: Instant | None = None) -> Lone:
        """The run by itself, with these payers; family use may end at ``recalled``. O(nodes + its accounts' claims)."""
        books = self.statement.books(labels_of(run, coverage), recalled=recalled)
        return lone(self.catalog, run, coverage, sites=sites, books=books, as_of=self.as_of)

    @property
    def ahead(self) -> History:
        """The history with everything that is decided to begin."""
        firm = (lease for leases in self.firm.values() for lease in leases)
        return begin(self.history, (*leases_ahead(self.claims), *firm))

    @property
    def has_family_use(self) -> bool:
        """Whether anybody's GPUs are paid by another owner: then there may be something to recall. O(leases)."""
        return any(lease.payer is not None and lease.payer.owner != lease.owner for lease in self.history.leases)

    def promised(self) -> tuple[RunPlan, ...]:
        """Where runs sit that were promised an instant which needs no cuts."""
        return as_promised(self.catalog, self.history, as_of=self.as_of, books=self.books(), coverages=self.coverages)

    def measured(self, filled: Plan, before: Plan) -> Plan:
        """A plan with its levels, after runs were started in what it had left over."""
        waited = {one.run for one in before.runs if not isinstance(one.decision, Start)}
        early = [one.run for one in filled.runs if isinstance(one.decision, Start) and one.run in waited]
        return measured_again(filled, self.catalog, self.history, self.books(), coverages=self.coverages, early=early)

    def plan(self, progress: Progress) -> Plan:
        """The plan of everything that is not decided yet."""
        return make_plan(
            self.catalog,
            self.history,
            as_of=self.as_of,
            standing=Standing(books=self.books(), started=self.started, claims=self.claims, kept=self.kept),
            coverages=self.coverages,
            means=Means(solver=self.solver, executor=self.executor, progress=progress, answers=self._answers),
        )


def released(run: Run, known: Mapping[Key, Life], as_of: Instant) -> Instant | None:
    """When all upstreams of a run are expected to have ended; None while one of them has not even begun."""
    ends = [
        known[key].end for key in run.after if key in known and known[key].state in (State.RUNNING, State.COMPLETED)
    ]
    return Instant(max([as_of, *ends])) if len(ends) == len(run.after) else None
