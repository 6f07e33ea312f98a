"""What every solver must do: exact answers, the same ones again, and nothing said on the way."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings

from jobtree.adapters.cbc import Cbc
from jobtree.adapters.highs import Highs
from jobtree.milp.problem import Column, Problem, Relation, Row
from jobtree.milp.solution import Exhausted, Failed, Infeasible, Optimal
from jobtree.milp.solver import Limits, Solver
from tests.unit.milp.problems import LIMITS, falsely_best, knapsack, least, market_split, odd, problems, shares

SOLVERS = (Cbc(), Highs())


@pytest.fixture(params=SOLVERS, ids=lambda solver: solver.name)
def solver(request: pytest.FixtureRequest) -> Any:
    return request.param


@settings(max_examples=40)
@given(problems() | shares())
@example(falsely_best())
def test_all_agree_with_exhaustive_search(problem: Problem[str]) -> None:
    best = least(problem)
    for solver in SOLVERS:
        outcome = solver.solve(problem, LIMITS)
        if best is None:
            assert outcome == Infeasible(), solver.name
        else:
            assert isinstance(outcome, Optimal), (solver.name, outcome)
            assert outcome.objective == best, solver.name
            assert problem.faults(outcome.values) == ()


def test_a_knapsack_is_filled_as_well_as_it_can_be(solver: Solver) -> None:
    problem = knapsack(12)
    outcome = solver.solve(problem, LIMITS)
    assert isinstance(outcome, Optimal)
    assert outcome.objective == least(problem)


def test_what_only_fractions_solve_is_infeasible(solver: Solver) -> None:
    assert solver.solve(odd(8), LIMITS) == Infeasible()


def test_bounds_alone_bound(solver: Solver) -> None:
    columns = (Column(lower=-3, upper=5), Column(lower=-7, upper=7), Column(lower=2, upper=2))
    free: Problem[str] = Problem(columns=columns, rows=(), objective=((0, -2), (1, 1), (2, 9)))
    assert solver.solve(free, LIMITS) == Optimal(values=(5, -7, 2), objective=1)


def test_nothing_to_minimise(solver: Solver) -> None:
    row = Row(label="some", terms=((0, 1), (1, 1)), relation=Relation.AT_LEAST, limit=2)
    problem: Problem[str] = Problem(columns=(Column(),) * 3, rows=(row,), objective=())
    outcome = solver.solve(problem, LIMITS)
    assert isinstance(outcome, Optimal)
    assert (outcome.values[:2], outcome.objective) == ((1, 1), 0)


@pytest.mark.parametrize(("limit", "outcome"), [(0, Optimal(values=(0,), objective=0)), (1, Infeasible())])
def test_a_row_without_columns(solver: Solver, limit: int, outcome: object) -> None:
    row: Row[str] = Row(label="none", terms=(), relation=Relation.AT_LEAST, limit=limit)
    assert solver.solve(Problem(columns=(Column(),), rows=(row,), objective=((0, 1),)), LIMITS) == outcome


def test_a_node_limit_is_no_optimum_and_no_proof(solver: Solver) -> None:
    problem = market_split(30, 3)
    assert solver.solve(problem, Limits(nodes=5)) == Exhausted()


def test_large_numbers_are_exact_or_refused(solver: Solver) -> None:
    def problem(large: int) -> Problem[str]:
        """One more than can be had of the first column alone."""
        row = Row(label="all", terms=((0, large), (1, 1)), relation=Relation.AT_LEAST, limit=large + 1)
        return Problem(columns=(Column(), Column()), rows=(row,), objective=((0, 1), (1, 5)))

    exact = solver.solve(problem(10**6), LIMITS)
    assert exact == Optimal(values=(1, 1), objective=6)
    refused = solver.solve(problem(2**53), LIMITS)
    assert isinstance(refused, Failed)
    assert str(2**53 + 1) in refused.reason


def test_the_same_again_and_not_a_word(
    solver: Solver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    ties: Problem[str] = Problem(
        columns=(Column(),) * 12,
        rows=(Row(label="half", terms=tuple((i, 1) for i in range(12)), relation=Relation.EQUAL, limit=6),),
        objective=tuple((i, 1) for i in range(12)),
    )
    answers = [solver.solve(ties, LIMITS) for _ in range(3)]
    assert isinstance(answers[0], Optimal)
    assert answers[0].objective == 6
    assert answers[1:] == answers[:1] * 2
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_the_solvers_own() -> None:
    assert Cbc().version.startswith("2.")
    assert Highs().version.startswith("1.")


@pytest.mark.parametrize("missing", [Cbc(path="/nowhere/cbc"), Highs(command=("/nowhere/python",))])
def test_a_missing_solver_is_a_value(missing: Solver) -> None:
    assert missing.version == "missing"
    outcome = missing.solve(odd(3), LIMITS)
    assert isinstance(outcome, Failed)
    assert outcome.reason.endswith("does not start")
    empty: Problem[str] = Problem(columns=(), rows=(), objective=())
    assert missing.solve(empty, LIMITS) == Optimal(values=(), objective=0)
