"""The audit of answers, whoever gave them."""

from math import inf, nan

import pytest

from jobtree.milp.audit import LARGEST, at_once, audited
from jobtree.milp.problem import Column, Problem, Relation, Row
from jobtree.milp.solution import Failed, Infeasible, Optimal

ROW = Row(label="sum", terms=((0, 2), (1, 3)), relation=Relation.AT_MOST, limit=5)
PROBLEM: Problem[str] = Problem(columns=(Column(upper=3), Column()), rows=(ROW,), objective=((0, -1), (1, -4)))


def test_values_are_rounded_once() -> None:
    assert audited(PROBLEM, [1.000001, 0.999999], -5.000001) == Optimal(values=(1, 1), objective=-5)


@pytest.mark.parametrize(
    ("values", "claimed", "reason"),
    [
        ([1.0], -1.0, "1 values for 2 columns"),
        ([0.5, 1.0], -4.5, "fractional"),
        ([nan, 1.0], -4.0, "fractional"),
        ([inf, 1.0], -inf, "fractional"),
        ([2.0, 1.0], -6.0, "breaks 1 rows"),
        ([-1.0, 1.0], -3.0, "breaks 1 rows"),
        ([0.0, 1.0], -5.0, "claims an objective of -5 for an answer that comes to -4"),
        ([0.0, 1.0], nan, "claims an objective of nan"),
    ],
)
def test_what_is_refused(values: list[float], claimed: float, reason: str) -> None:
    outcome = audited(PROBLEM, values, claimed)
    assert isinstance(outcome, Failed)
    assert reason in outcome.reason


def test_a_feasible_point_that_is_not_the_best_passes() -> None:
    """What the audit cannot see: (1, 1) is better."""
    assert audited(PROBLEM, [0.0, 1.0], -4.0) == Optimal(values=(0, 1), objective=-4)


def test_what_needs_no_solver() -> None:
    assert at_once(PROBLEM) is None
    assert at_once(Problem(columns=(), rows=(), objective=())) == Optimal(values=(), objective=0)
    lost: Row[str] = Row(label="lost", terms=(), relation=Relation.EQUAL, limit=1)
    assert at_once(Problem(columns=(), rows=(lost,), objective=())) == Infeasible()
    assert at_once(Problem(columns=(Column(lower=1, upper=0),), rows=(), objective=())) == Infeasible()


@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_that_solvers_cannot_carry(sign: int) -> None:
    for size, fits in ((LARGEST, True), (LARGEST + 1, False)):
        number = sign * size
        low, high = min(0, number), max(0, number)
        row = Row(label="r", terms=((0, number),), relation=Relation.AT_MOST, limit=0)
        limit = Row(label="r", terms=((0, 1),), relation=Relation.AT_MOST, limit=number)
        for problem in (
            Problem(columns=(Column(lower=low, upper=high),), rows=(), objective=()),
            Problem(columns=(Column(),), rows=(row,), objective=()),
            Problem(columns=(Column(),), rows=(limit,), objective=()),
            Problem(columns=(Column(),), rows=(), objective=((0, number),)),
        ):
            assert (at_once(problem) is None) == fits
