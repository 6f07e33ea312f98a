"""Whatever a solver does wrong ends in a valid plan that is no worse than without a solver, and says so (JT522).

Each fault happens in a whole compile, on a fleet whose exact model an honest solver improves the plan with.
"""

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from jobtree.adapters.cbc import Cbc
from jobtree.adapters.highs import Highs
from jobtree.milp.problem import Problem
from jobtree.milp.solution import Infeasible, Optimal, Outcome
from jobtree.milp.solver import Limits, Solver
from jobtree.request import Compiled
from jobtree.verify import verify
from tests.faults.solver.faulty import CBC, HIGHS, Liar, at_least, binary, child
from tests.laws.compiler import compiled, plan_of, tree_of, wait_level
from tests.unit.plan.fleets import NoSolver
from tests.worlds import crowd

WORLD = crowd([(1, 1, 3), (1, 1, 2), (2, 3, 4), (4, 3, 1), (4, 4, 4), (4, 4, 2), (4, 2, 1)])


@cache
def without() -> Compiled:
    """The compile without a solver."""
    return compiled(WORLD, solver=NoSolver())


@cache
def honest() -> tuple[Problem[object], int]:
    """The model, and its true optimum."""
    heard: list[Problem[object]] = []

    class Heard(Cbc):
        def solve(self, problem: Problem[object], limits: Limits) -> Outcome:  # type: ignore[override]
            heard.append(problem)
            return super().solve(problem, limits)

    best = compiled(WORLD, solver=Heard())
    assert wait_level(tree_of(best))["value"] < wait_level(tree_of(without()))["value"]
    assert plan_of(tree_of(best))["proof"]["status"] == "proven"
    outcome = Cbc().solve(heard[0], Limits(nodes=1000))
    assert isinstance(outcome, Optimal)
    return heard[0], outcome.objective


def failures(result: Compiled) -> list[str]:
    return [finding.message for finding in result.diagnostics if finding.code == "JT522"]


def is_the_plan_without_a_solver(result: Compiled, reason: str) -> None:
    """Valid, with JT522 for this reason, and neither the plan nor its bound took anything from the solver."""
    tree = tree_of(result)
    assert verify(WORLD.sources(), tree) == ()
    assert failures(result)
    assert all(reason in message for message in failures(result)), failures(result)
    assert result.plan is not None
    assert without().plan is not None
    assert [entry.decision for entry in result.plan.runs] == [entry.decision for entry in without().plan.runs]
    assert wait_level(tree) == wait_level(tree_of(without()))
    assert plan_of(tree)["proof"]["status"] == "bounded"


@pytest.mark.parametrize("fault", CBC)
def test_a_faulty_cbc(fault: str, tmp_path: Path) -> None:
    honest()
    script, reason = CBC[fault]
    solver, calls = binary(tmp_path, script)
    result = compiled(WORLD, solver=solver)
    assert calls() > 0
    is_the_plan_without_a_solver(result, reason)


@pytest.mark.parametrize("fault", HIGHS)
def test_a_faulty_highs(fault: str, tmp_path: Path) -> None:
    honest()
    script, reason = HIGHS[fault]
    solver, calls = child(tmp_path, script)
    result = compiled(WORLD, solver=solver)
    assert calls() > 0
    is_the_plan_without_a_solver(result, reason)


@pytest.mark.parametrize(
    "solver", [Cbc(path="/nowhere/cbc"), Highs(command=("/nowhere/python",))], ids=["cbc", "highs"]
)
def test_a_missing_solver(solver: Solver) -> None:
    honest()
    result = compiled(WORLD, solver=solver)
    is_the_plan_without_a_solver(result, "does not start")
    assert plan_of(tree_of(result))["proof"]["solver"]["version"] == "missing"


@pytest.mark.parametrize("kind", ["not executable", "no program", "folder"])
def test_what_cannot_run(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "cbc"
    if kind == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"\x7fELF nonsense")
        path.chmod(0o755 if kind == "no program" else 0o644)
    is_the_plan_without_a_solver(compiled(WORLD, solver=Cbc(path=str(path))), "does not start")


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that is full after so many bytes of any file: writing more is an OSError, as without room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a limit on files may be a signal that ends the tests")
@pytest.mark.parametrize("size", [0, 1000])
def test_a_full_disk(size: int) -> None:
    honest()
    with files_of_at_most(size):
        result = compiled(WORLD, solver=Cbc())
    is_the_plan_without_a_solver(result, "cannot be written for the solver: File too large")
    with files_of_at_most(size):  # nothing to write
        assert wait_level(tree_of(compiled(WORLD, solver=Highs())))["value"] < wait_level(tree_of(result))["value"]


def test_no_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    is_the_plan_without_a_solver(compiled(WORLD, solver=Cbc()), "No such file or directory")


def test_an_optimum_that_is_worse_than_the_plan_at_hand() -> None:
    """Else its bound would stand above the wait of the plan."""
    worst = at_least_as_bad_as_without()
    solver = Liar([lambda problem: at_least(worst + 1, problem)])
    result = compiled(WORLD, solver=solver)
    assert isinstance(solver.said[0], Optimal)
    is_the_plan_without_a_solver(result, "the plan at hand")


def test_no_plan_where_there_is_one() -> None:
    solver = Liar([lambda _: Infeasible()])
    is_the_plan_without_a_solver(compiled(WORLD, solver=solver), "found no plan where there is one")


def at_least_as_bad_as_without() -> int:
    """The objective of the plan without a solver, in the model's unit."""
    _, optimum = honest()
    best = wait_level(tree_of(compiled(WORLD)))["value"]
    return int(wait_level(tree_of(without()))["value"]) * optimum // int(best)


def test_a_false_optimum_in_between_leaves_a_valid_plan_that_is_better() -> None:
    """It cannot be told from the true one: what it spoils is the bound, and with it the word ``proven`` (ADR 20)."""
    _, optimum = honest()
    solver = Liar([lambda problem: at_least(optimum + 1, problem)])
    tree = tree_of(compiled(WORLD, solver=solver))
    assert isinstance(solver.said[0], Optimal)
    assert optimum < solver.said[0].objective < at_least_as_bad_as_without()
    assert verify(WORLD.sources(), tree) == ()
    assert wait_level(tree)["value"] < wait_level(tree_of(without()))["value"]


def test_answers_that_contradict_each_other() -> None:
    """Starts that cannot be placed are cut off; an optimum that falls with a cut was none before."""
    world = crowd([(2, 3, 4), (3, 1, 3), (3, 1, 3), (1, 1, 1), (4, 3, 1), (3, 4, 1)], nodes=3, gpus=7, budget=40)
    solver = Liar([lambda problem: at_least(50, problem)])
    result = compiled(world, solver=solver)
    first, second, *_ = solver.said
    assert isinstance(first, Optimal)
    assert isinstance(second, Optimal)
    assert second.objective < first.objective
    assert verify(world.sources(), tree_of(result)) == ()
    assert len(failures(result)) == 1
    assert "optimum was " in failures(result)[0]
    alone = tree_of(compiled(world, solver=NoSolver()))
    assert wait_level(tree_of(result)) == wait_level(alone)
