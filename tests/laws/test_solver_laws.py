"""Laws that hold whichever solver plans."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import given, settings

from jobtree.adapters.cbc import Cbc
from jobtree.adapters.highs import Highs
from jobtree.milp.problem import Problem
from jobtree.milp.solution import Exhausted, Failed, Optimal, Outcome
from jobtree.milp.solver import Limits, Solver
from jobtree.verify import verify
from tests.laws.compiler import compiled, plan_of, tree_of, wait_level
from tests.unit.plan.fleets import NoSolver
from tests.worlds import World, crowd, crowds


@dataclass(frozen=True)
class Heard:
    """A solver with a note of what it said."""

    solver: Solver
    said: list[Outcome] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.solver.name

    @property
    def version(self) -> str:
        return self.solver.version

    def solve(self, problem: Problem[object], limits: Limits) -> Outcome:
        self.said.append(self.solver.solve(problem, limits))
        return self.said[-1]


def both(world: World) -> tuple[list[Mapping[str, bytes]], list[list[Outcome]]]:
    """The trees that CBC and HiGHS lead to, and what they said."""
    solvers = (Heard(Cbc()), Heard(Highs()))
    return [tree_of(compiled(world, solver=solver)) for solver in solvers], [solver.said for solver in solvers]


@settings(max_examples=10)
@given(crowds())
def test_all_solvers_prove_the_same(world: World) -> None:
    trees, said = both(world)
    for tree, outcomes in zip(trees, said, strict=True):
        assert verify(world.sources(), tree) == ()
        assert not any(isinstance(outcome, Failed) for outcome in outcomes)
    if any(isinstance(outcome, Exhausted) for outcomes in said for outcome in outcomes):
        return  # nodes of one solver are not nodes of the other
    waits = [wait_level(tree) for tree in trees]
    assert waits[0]["bound"] == waits[1]["bound"]
    if {plan_of(tree)["proof"]["status"] for tree in trees} == {"proven"}:
        assert waits[0] == waits[1]


def test_all_solvers_improve_on_what_is_found_without() -> None:
    world = crowd([(1, 1, 3), (1, 1, 2), (2, 3, 4), (4, 3, 1), (4, 4, 4), (4, 4, 2), (4, 2, 1)])
    alone = wait_level(tree_of(compiled(world, solver=NoSolver())))
    trees, said = both(world)
    for tree, outcomes in zip(trees, said, strict=True):
        assert isinstance(outcomes[0], Optimal)
        assert wait_level(tree)["value"] == wait_level(tree)["bound"] < alone["value"]
    assert tree_of(compiled(world, solver=Highs())) == trees[1]
    assert tree_of(compiled(world, solver=Cbc())) == trees[0]
