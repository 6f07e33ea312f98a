"""The exact plan of a small component: solve the model, place its starts, cut off what cannot be placed.

A solver's answer is only ever a proposal of starts: what is kept was placed and paid by the same code as every plan, so
no answer can make a plan wrong or worse. The bound is the optimum of the model without cuts (semantics.md 7). That its
point satisfies the model is audited in integers; that no other point is better is the solver's word. It is not taken
where it contradicts a plan at hand or another answer; a point that is feasible, better than that plan, and falsely
called the best cannot be told from the best (ADR 20).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from jobtree.base.diagnostic import Diagnostic, warning
from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.base.progress import Stages
from jobtree.milp.problem import Relation, Row
from jobtree.milp.solution import Failed, Infeasible, Optimal, Outcome
from jobtree.milp.solver import Limits, Solver
from jobtree.plan.component import Component
from jobtree.plan.construct import Measured
from jobtree.plan.draft import Draft
from jobtree.plan.effort import Budgeted
from jobtree.plan.fit import Widths, at, seat_run
from jobtree.plan.formulate import Model, RowLabel, Unplaceable, formulate
from jobtree.plan.grid import grid, is_exact
from jobtree.plan.insert import commit_unit
from jobtree.plan.levels import WAIT, Yardstick, draft_levels, slip
from jobtree.plan.release import earliest_starts
from jobtree.plan.unit import Unit

MOST_TICKS = 200_000
LARGEST_COST = 10**9
ATTEMPTS = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exact:
    """The better of the given plan and the model's, a bound (0: none is claimed), and what the solver did wrong."""

    best: Measured
    wait_bound: int
    diagnostics: tuple[Diagnostic, ...] = ()


def solve_exactly(
    component: Component, best: Measured, yardstick: Yardstick, *, solver: Solver, allowed: Budgeted, stage: Stages
) -> Exact:
    """Improves on a plan if the component is small enough; at most ``allowed.rounds`` models. Reports JT522."""
    stage("modelling")
    model = _model(component, best, yardstick, allowed)
    bound = 0
    for number in range(allowed.rounds if model is not None else 0):
        if model is None:
            break
        stage("solving")
        outcome = solver.solve(model.problem, Limits(nodes=allowed.nodes))
        if isinstance(outcome, Failed):
            return Exact(best=best, wait_bound=bound, diagnostics=(_failure(component, outcome.reason),))
        lie = _contradiction(outcome, model, number, best, bound)
        if lie is not None:
            return Exact(best=best, wait_bound=0, diagnostics=(_failure(component, lie),))
        if not isinstance(outcome, Optimal):
            break
        bound = bound or outcome.objective * model.scale
        if outcome.objective * model.scale >= best[0][WAIT]:
            break
        chosen = [model.starts[column] for column, value in enumerate(outcome.values) if value]
        stage("placing")
        draft, blocked = _realise(component, chosen)
        measured = (draft_levels(component, draft, yardstick), draft)
        best = min(best, measured, key=lambda one: one[0])
        if not blocked:
            break
        model = _cut(model, blocked, number)
    return Exact(best=best, wait_bound=bound)


def _model(component: Component, best: Measured, yardstick: Yardstick, allowed: Budgeted) -> Model | None:
    """The model, or None where it would be too large, inexact, or promises already slip."""
    if best[0][0] or len(component.units) > allowed.columns or not is_exact(component):
        return None
    instants = grid(component, most=MOST_TICKS)
    earliest = earliest_starts(component)
    if instants is None:
        return None
    weight = {unit.key: sum(demand.weight for demand in component.demands_of(unit)) for unit in component.units}
    horizon = component.situation.horizon
    least = {
        unit.key: weight[unit.key] * ((earliest[unit.key] or horizon.end) - horizon.start) for unit in component.units
    }
    slack = best[0][WAIT] - sum(least.values())
    starts, must, columns = {}, [], 0
    for unit in component.units:
        first = earliest[unit.key]
        last = horizon.start + (least[unit.key] + slack) // weight[unit.key]
        own = instants[unit.key]
        kept = () if first is None else own[bisect_left(own, first) : bisect_right(own, last)]
        starts[unit.key] = [t for t in kept if not _slips(unit, t, yardstick)]
        columns += len(starts[unit.key]) + 1
        if columns > allowed.columns:
            return None
        if any(run.key in yardstick.promises for run in unit.runs):
            must.append(unit.key)
    model = formulate(component, starts, must)
    return model if max((cost for _, cost in model.problem.objective), default=0) <= LARGEST_COST else None


def _contradiction(outcome: Outcome, model: Model, number: int, best: Measured, bound: int) -> str | None:
    """What shows that an answer to model ``number`` is false, in a sentence without a full stop; or None.

    The first model has a point that waits no longer than the plan at hand, and cuts only ever raise an optimum.
    """
    if isinstance(outcome, Infeasible) and number == 0:
        return "the solver found no plan where there is one"
    if not isinstance(outcome, Optimal):
        return None
    wait = outcome.objective * model.scale
    if number == 0 and wait > best[0][WAIT]:
        return f"the solver's optimum waits {wait}, the plan at hand {best[0][WAIT]}"
    return f"the solver's optimum was {bound}, and is {wait} with more rows" if wait < bound else None


def _slips(unit: Unit, start: int, yardstick: Yardstick) -> bool:
    return any(slip(run, Instant(start), yardstick) for run in unit.runs)


def _realise(component: Component, chosen: Sequence[tuple[Unit, int | None]]) -> tuple[Draft, list[tuple[Key, int]]]:
    """Seats the chosen starts, narrow, then widens; also the starts that the last failure met.

    A unit that finds no seat goes first in the next attempt: it may need payers or nodes that others can spare.
    """
    timed = [(start, unit) for unit, start in chosen if start is not None]
    timed.sort(key=lambda entry: (entry[0], -sum(run.gpus_per_pod for run in entry[1].runs), entry[1].key))
    blocked: list[tuple[Key, int]] = []
    for _ in range(ATTEMPTS):
        draft, failed = _seat_in_order(component, timed)
        if failed is None:
            _widen(component, draft)
            return draft, []
        start, unit = timed[failed]
        blocked = [(other.key, first) for first, other in timed[:failed] if _meet((first, other), (start, unit))]
        blocked.append((unit.key, start))
        timed.insert(0, timed.pop(failed))
    return component.empty.copy(), blocked


def _seat_in_order(component: Component, timed: Sequence[tuple[int, Unit]]) -> tuple[Draft, int | None]:
    draft = component.empty.copy()
    for index, (start, unit) in enumerate(timed):
        seatings = at(component.demands_of(unit), draft, Instant(start), widths=Widths.NARROWEST)
        if seatings is None:
            return draft, index
        commit_unit(component, draft, unit, seatings)
    return draft, None


def _meet(one: tuple[int, Unit], other: tuple[int, Unit]) -> bool:
    return one[0] < other[0] + _longest(other[1]) and other[0] < one[0] + _longest(one[1])


def _widen(component: Component, draft: Draft) -> None:
    """Gives each run, by rank, the widest shape that fits at its start while the others stay."""
    for demand in sorted(component.demands.values(), key=lambda demand: demand.run.rank):
        seating = draft.seatings.get(demand.key)
        if seating is None or len(demand.shapes) == 1 or len(_unit(component, demand.key).runs) > 1:
            continue
        draft.remove(demand)
        wider = seat_run(demand, draft, seating.start, shapes=demand.shapes)
        draft.commit(demand, seating if wider is None or wider.width <= seating.width else wider)


def _unit(component: Component, key: Key) -> Unit:
    return next(unit for unit in component.units if any(run.key == key for run in unit.runs))


def _longest(unit: Unit) -> int:
    return max(run.duration for run in unit.runs)


def _cut(model: Model, blocked: Sequence[tuple[Key, int]], number: int) -> Model:
    """Not all of these starts again. A cut guides the search; no bound is ever read from a model that has one."""
    terms = tuple(sorted((model.column_of[key, start], 1) for key, start in blocked))
    limit = len(terms) - 1
    row: Row[RowLabel] = Row(label=Unplaceable(number=number), terms=terms, relation=Relation.AT_MOST, limit=limit)
    return replace(model, problem=replace(model.problem, rows=(*model.problem.rows, row)))


def _failure(component: Component, reason: str) -> Diagnostic:
    return warning(
        "JT522",
        f"{reason}; the constructive plan stands for {component.units[0].key} and what it shares with",
        help="run `jobtree explain JT522`",
    )
