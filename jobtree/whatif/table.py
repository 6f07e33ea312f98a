"""One run, to be planned with other documents: alone around everybody else, or everybody anew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.cover.cover import cover
from jobtree.milp.solver import Solver
from jobtree.model.catalog import Catalog
from jobtree.model.plan import Plan
from jobtree.pipeline import ground_under, replan
from jobtree.plan.executor import Executor, InOrder
from jobtree.reading import Reading
from jobtree.resolve.alone import first_start
from jobtree.resolve.ground import Ground
from jobtree.resolve.untouched import parts
from jobtree.review.side import Side

FEW_RUNS = 128
"""So many are planned before other processes have begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """``plan`` is what was decided of everybody, ``ground`` what a next compile of the reading would decide on."""

    read: Reading
    ground: Ground
    plan: Plan
    key: Key
    solver: Solver
    executor: Executor

    def alone(self, catalog: Catalog, *, before: Instant | None) -> Instant | None:
        """When the run could start, earlier than ``before``, if the documents said this and everybody else kept theirs.

        Costs as ``resolve.alone.first_start``, and O(catalog) for its coverage.
        """
        run = catalog.run_of[self.key]
        coverages = {**self.ground.coverages, self.key: cover(run, catalog, as_of=self.ground.as_of)}
        changed = replace(self.ground, catalog=catalog, coverages=coverages)
        return first_start(changed, self.plan, run, before=before)

    def everybody(self, catalogs: Sequence[Catalog]) -> tuple[Side, ...]:
        """What a compile would decide of everybody with each of these documents; what none can touch stays."""
        executor = self.executor if len(self.read.catalog.runs) > FEW_RUNS else InOrder()
        jobs = [_Job(read=replace(self.read, catalog=catalog), solver=self.solver) for catalog in catalogs]
        return tuple(executor.map(_planned, jobs))


def table_for(read: Reading, plan: Plan, key: Key, solver: Solver, executor: Executor) -> Table:
    """A table at which the run's own part counts as touched: what is compared is planned anew on both sides."""
    ground = ground_under(read, solver)
    found = parts(ground.catalog, ground.coverages, read.history.leases, as_of=ground.as_of)
    own = {part.digest for part in found if key in part.runs}
    touched = replace(read, request=replace(read.request, untouched=read.standing_parts - own))
    return Table(read=touched, ground=ground, plan=plan, key=key, solver=solver, executor=executor)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    read: Reading
    solver: Solver


def _planned(job: _Job) -> Side:
    return replan(job.read, job.solver)
