"""Promises that slip: by how much, and which input made them impossible (semantics.md 7, level 1)."""

from collections.abc import Iterator, Sequence

from jobtree.base.diagnostic import Diagnostic, warning
from jobtree.base.instant import Instant, format_instant
from jobtree.base.quantity import format_duration
from jobtree.model.plan import Plan, Reserve, RunPlan, Start
from jobtree.model.reservation import Promise
from jobtree.resolve.changes import changes_for
from jobtree.resolve.ground import Ground


def slips(plan: Plan, promises: Sequence[Promise], ground: Ground) -> Iterator[Diagnostic]:
    """JT520 for each promise that the plan breaks, with the inputs that changed since it was given."""
    decided = {one.run: one for one in plan.runs}
    overdue = _overdue(promises, ground)
    for promise in promises:
        start = _start(decided.get(promise.run))
        end = plan.horizon.end if start is None else start
        late = end - max(promise.earliest_start, ground.as_of)
        if late > 0:
            run, observed = ground.catalog.run_of[promise.run], ground.history.observed
            causes = (*changes_for(run, ground.changes, ground.coverages[run.key], observed), *overdue)
            yield _slipped(promise, start, late, decided[run.key], causes)


def _overdue(promises: Sequence[Promise], ground: Ground) -> tuple[str, ...]:
    """The clock: what was due before this compile begins later than promised, and ends later too."""
    late = [promise for promise in promises if promise.earliest_start < ground.as_of]
    if not late:
        return ()
    first = min(late, key=lambda promise: (promise.earliest_start, promise.run))
    due = format_instant(first.earliest_start)
    return (f"the clock, as no compile came at {due}, when {first.run} was due",)


def _start(plan: RunPlan | None) -> Instant | None:
    where = plan.decision.placement if plan and isinstance(plan.decision, Start | Reserve) else None
    return None if where is None else where.interval.start


def _slipped(promise: Promise, start: Instant | None, late: int, plan: RunPlan, causes: Sequence[str]) -> Diagnostic:
    now = "is refused now" if start is None else f"starts at {format_instant(start)} now"
    return warning(
        "JT520",
        f"{promise.run} was promised {format_instant(promise.earliest_start)} and {now}, {format_duration(late)} late",
        notes=(*(f"changed since: {cause}" for cause in causes), plan.reason.message),
    )
