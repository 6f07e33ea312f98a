"""Which solver a compile uses: the one that the Fleet names."""

from collections.abc import Callable, Mapping

from jobtree.adapters.cbc import Cbc
from jobtree.adapters.files import read_input
from jobtree.adapters.highs import Highs
from jobtree.base.diagnostic import Diagnostic, error
from jobtree.cli.workspace import FLEET_FILE, Workspace
from jobtree.load.loader import solver_setting
from jobtree.load.source import Source
from jobtree.milp.solver import Solver
from jobtree.model.fleet import SolverName

SOLVERS: Mapping[SolverName, Callable[[], Solver]] = {SolverName.CBC: Cbc, SolverName.HIGHS: Highs}


def solver_of(workspace: Workspace) -> tuple[Solver, tuple[Diagnostic, ...]]:
    """The solver, and JT523 if it is an extra that is not installed.

    CBC comes with jobtree and is nothing that a Fleet asks for in particular: without it the plan is made all the same.
    """
    return solver_for(read_input(workspace.root, FLEET_FILE))


def solver_for(fleet: object) -> tuple[Solver, tuple[Diagnostic, ...]]:
    """The same for a Fleet document that was read already; the default without one."""
    setting = solver_setting(fleet) if isinstance(fleet, Source) else None
    if setting is None:  # the pipeline says what is wrong with the Fleet
        return Cbc(), ()
    name, where = setting
    solver = SOLVERS[name]()
    if name is not SolverName.HIGHS or solver.version != "missing":
        return solver, ()
    return solver, (
        error(
            "JT523",
            "the Fleet asks for the solver highs, which is not installed",
            where,
            notes=("Python cannot load the package highspy",),
            help="pip install 'jobtree[highs]', or set name: cbc",
        ),
    )
