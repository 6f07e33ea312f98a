"""CBC as PuLP's wheel carries it: the only file that knows PuLP, and the only one that starts a solver process.

One thread, fixed seeds, gap 0, a node limit and no clock, so that one binary gives one answer. PuLP's ``status`` says
Optimal after a node limit, so ``sol_status`` is read; its solution file has eight digits, so values are rounded once
and every row is checked again in exact integers.
"""

import ctypes
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pulp
from pulp.apis.coin_api import COIN_CMD, pulp_cbc_path

from jobtree.milp.problem import Problem, Relation, evaluate
from jobtree.milp.solution import Exhausted, Failed, Infeasible, Optimal, Outcome
from jobtree.milp.solver import Limits

Label = TypeVar("Label")

SENSES = {
    Relation.AT_MOST: pulp.LpConstraintLE,
    Relation.AT_LEAST: pulp.LpConstraintGE,
    Relation.EQUAL: pulp.LpConstraintEQ,
}
FIXED = ("-randomSeed", "1", "-randomCbcSeed", "1", "-threads", "0", "-ratio", "0", "-allow", "0", "-timeMode", "cpu")
WHOLE = 1e-5
"""How far from an integer a value may be: CBC's own tolerance is 1e-6, and the file has eight digits."""
PR_SET_PDEATHSIG = 1
BUNDLED = str(pulp_cbc_path)


@dataclass(frozen=True)
class Cbc:
    """The bundled CBC, or another binary at ``path``. A fault of the binary is a ``Failed``, never an exception."""

    path: str = BUNDLED

    def __reduce__(self) -> tuple[type["Cbc"], tuple[str, ...]]:
        """Elsewhere the wheel lies elsewhere, and its binary is asked for its version there."""
        return Cbc, () if self.path == BUNDLED else (self.path,)

    @property
    def name(self) -> str:
        """What the proof calls it."""
        return "cbc"

    @cached_property
    def version(self) -> str:
        """What the binary says of itself, such as ``2.10.3``; ``missing`` if it does not run."""
        with tempfile.TemporaryFile() as output:
            if _run([self.path, "-exit"], output.fileno()) != 0:
                return "missing"
            output.seek(0)
            found = re.search(rb"Version:\s*(\S+)", output.read(10_000))
        return found[1].decode("ascii", "replace") if found else "unknown"

    def solve(self, problem: Problem[Label], limits: Limits) -> Outcome:
        """Minimises; the temporary folder is private and goes with the call."""
        if not problem.columns:
            return Infeasible() if problem.faults(()) else Optimal(values=(), objective=0)
        with tempfile.TemporaryDirectory(prefix="jobtree-cbc-") as folder:
            model, answer = Path(folder, "model.mps"), Path(folder, "model.sol")
            program = _program(problem)
            columns, names, rows, _ = program.writeMPS(str(model), rename=True)
            command = [self.path, str(model), *FIXED, "-maxNodes", str(limits.nodes), "-solve"]
            code = _run([*command, "-printingOptions", "all", "-solution", str(answer)], subprocess.DEVNULL)
            if code != 0:
                return Failed(reason=_death(self.path, code))
            return _read(problem, answer, lambda path: COIN_CMD().readsol_MPS(path, program, columns, names, rows))


def _program(problem: Problem[Label]) -> Any:
    """Columns are numbered with leading zeros, because PuLP sorts by name; expressions are built from pairs at once."""
    program = pulp.LpProblem("jobtree", pulp.LpMinimize)
    columns = [
        program.add_variable(f"x{number:07d}", column.lower, column.upper, pulp.LpInteger)
        for number, column in enumerate(problem.columns)
    ]
    program += pulp.LpAffineExpression([(columns[column], value) for column, value in problem.objective])
    for number, row in enumerate(problem.rows):
        total = pulp.LpAffineExpression([(columns[column], value) for column, value in row.terms])
        program.addConstraint(pulp.LpConstraint(total, SENSES[row.relation], rhs=row.limit), f"r{number:07d}")
    return program


def _read(problem: Problem[Label], answer: Path, parse: Callable[[str], tuple[Any, ...]]) -> Outcome:
    try:
        status, values, _, _, _, sol_status = parse(str(answer))
    except (OSError, ValueError, IndexError, UnicodeDecodeError) as error:
        return Failed(reason=f"the solver's answer cannot be read: {type(error).__name__}")
    if sol_status == pulp.LpSolutionOptimal:
        return _audited(problem, values)
    if status == pulp.LpStatusInfeasible:  # "Integer infeasible" has no sol_status of its own
        return Infeasible()
    return Exhausted()


def _audited(problem: Problem[Label], values: Mapping[str, float]) -> Outcome:
    """Rounds once, then checks bounds and rows in exact integers. A column that no row or objective has stays low."""
    floats = [values.get(f"x{number:07d}", float(column.lower)) for number, column in enumerate(problem.columns)]
    if any(value != value or abs(value - round(value)) > WHOLE for value in floats):
        return Failed(reason="the solver called a fractional answer optimal")
    whole = tuple(round(value) for value in floats)
    faults = problem.faults(whole)
    if faults:
        return Failed(reason=f"the solver's answer breaks {len(faults)} rows when checked in integers")
    return Optimal(values=whole, objective=evaluate(problem.objective, whole))


def _run(command: list[str], output: int) -> int | None:
    """Exit code, negative for a signal, None when the binary does not start. The process dies with its parent."""
    try:
        with subprocess.Popen(  # noqa: S603 - the binary is the wheel's own or the caller's choice, the arguments are ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            preexec_fn=_die_with_parent() if sys.platform == "linux" else None,
        ) as process:
            try:
                return process.wait()
            except BaseException:
                process.kill()
                raise
    except OSError:
        return None


def _die_with_parent() -> Callable[[], None]:
    """Asks the kernel, in the child, for SIGKILL when the parent is gone, however it went."""
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died before the kernel was asked
            os._exit(1)

    return ask


def _death(path: str, code: int | None) -> str:
    if code is None:
        return f"the solver {path} does not start"
    return f"the solver was killed by signal {-code}" if code < 0 else f"the solver ended with exit code {code}"
