"""What is checked about every solver: that it can carry the numbers, and that its answer holds in exact integers."""

from collections.abc import Iterator, Sequence
from math import fsum, isfinite
from typing import TypeVar

from jobtree.milp.problem import Problem, evaluate
from jobtree.milp.solution import Failed, Infeasible, Optimal, Outcome

Label = TypeVar("Label")

LARGEST = 10**13 - 1
"""The largest number that a solver is given: model files have thirteen digits, and tolerances blur what has more."""
WHOLE = 1e-5
"""How far from an integer a value may be, and a claimed objective from its terms, relative to them: ten times the
tolerance that solvers keep themselves."""


def at_once(problem: Problem[Label]) -> Outcome | None:
    """How a problem ends that no solver is asked about: nothing to decide, crossed bounds, or too large a number."""
    if any(column.lower > column.upper for column in problem.columns):
        return Infeasible()
    if not problem.columns:
        return Infeasible() if problem.faults(()) else Optimal(values=(), objective=0)
    largest = max(abs(number) for number in _numbers(problem))
    if largest > LARGEST:
        return Failed(reason=f"the problem has the number {largest}, which solvers cannot carry exactly")
    return None


def audited(problem: Problem[Label], values: Sequence[float], claimed: float) -> Optimal | Failed:
    """Rounds ``values`` (by column) once, then checks bounds and rows in exact integers.

    ``claimed`` is the objective as the solver has it: where the values do not come to it, some of them are not what the
    solver meant, as in a file that was cut short. Whether a feasible point is the best cannot be seen from it.
    """
    if len(values) != len(problem.columns):
        return Failed(reason=f"the solver gave {len(values)} values for {len(problem.columns)} columns")
    if any(not isfinite(value) or abs(value - round(value)) > WHOLE for value in values):
        return Failed(reason="the solver called a fractional answer optimal")
    whole = tuple(round(value) for value in values)
    faults = problem.faults(whole)
    if faults:
        return Failed(reason=f"the solver's answer breaks {len(faults)} rows when checked in integers")
    objective = evaluate(problem.objective, whole)
    size = fsum(abs(coefficient * whole[column]) for column, coefficient in problem.objective)
    if not abs(claimed - objective) <= WHOLE * max(1.0, size):
        return Failed(reason=f"the solver claims an objective of {claimed:g} for an answer that comes to {objective}")
    return Optimal(values=whole, objective=objective)


def _numbers(problem: Problem[Label]) -> Iterator[int]:
    for column in problem.columns:
        yield from (column.lower, column.upper)
    yield from (coefficient for _, coefficient in problem.objective)
    for row in problem.rows:
        yield row.limit
        yield from (coefficient for _, coefficient in row.terms)
