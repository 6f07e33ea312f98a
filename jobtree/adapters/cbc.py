"""CBC as PuLP's wheel carries it: the only file that knows PuLP.

One thread, fixed seeds, gap 0, a node limit and no clock, so that one binary gives one answer. PuLP only writes the
model: its reader takes a file that was cut short for a whole one, so the solution file is read here.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pulp
from pulp.apis.coin_api import pulp_cbc_path

from jobtree.adapters.child import run
from jobtree.milp.audit import at_once, audited
from jobtree.milp.problem import Problem, Relation
from jobtree.milp.solution import Exhausted, Failed, Infeasible, Outcome
from jobtree.milp.solver import Limits

Label = TypeVar("Label")

SENSES = {
    Relation.AT_MOST: pulp.LpConstraintLE,
    Relation.AT_LEAST: pulp.LpConstraintGE,
    Relation.EQUAL: pulp.LpConstraintEQ,
}
FIXED = (
    "-randomSeed",
    "1",
    "-randomCbcSeed",
    "1",
    "-threads",
    "0",
    "-ratio",
    "0",
    "-allow",
    "0",
    "-timeMode",
    "cpu",
    "-preprocess",
    "off",
)
"""One path through the search, to the very optimum; integer preprocessing calls worse points the best (ADR 24)."""
BUNDLED = str(pulp_cbc_path)
_HEAD = re.compile(
    r"(Optimal|Infeasible|Integer infeasible|Stopped on \w+)(?: \([^)]*\))? - objective value (\S+)", re.ASCII
)


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
        ended = run([self.path, "-exit"], listen=True)
        if ended.code != 0:
            return "missing"
        found = re.search(rb"Version:\s*(\S+)", ended.output[:10_000])
        return found[1].decode("ascii", "replace") if found else "unknown"

    def solve(self, problem: Problem[Label], limits: Limits) -> Outcome:
        """Minimises; the temporary folder is private and goes with the call."""
        known = at_once(problem)
        if known is not None:
            return known
        try:
            with tempfile.TemporaryDirectory(prefix="jobtree-cbc-") as folder:
                return self._solve(problem, limits, Path(folder))
        except OSError as fault:  # such as a full disk
            return Failed(reason=f"the model cannot be written for the solver: {fault.strerror or fault}")

    def _solve(self, problem: Problem[Label], limits: Limits, folder: Path) -> Outcome:
        model, answer = folder / "model.mps", folder / "model.sol"
        _, name_of, _, _ = _program(problem).writeMPS(str(model), rename=True)
        command = [self.path, str(model), *FIXED, "-maxNodes", str(limits.nodes), "-solve"]
        fault = run([*command, "-printingOptions", "all", "-solution", str(answer)]).fault(f"the solver {self.path}")
        if fault is not None:
            return Failed(reason=fault)
        try:
            text = answer.read_text("ascii")
        except (OSError, UnicodeDecodeError) as error:
            return Failed(reason=f"the solver's answer cannot be read: {type(error).__name__}")
        return _read(problem, text, [name_of.get(f"x{number:07d}", "") for number in range(len(problem.columns))])


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


def _read(problem: Problem[Label], text: str, names: list[str]) -> Outcome:
    """The outcome of a solution file. ``names`` are the columns' names in it, empty for one that the model leaves out.

    Its first line says how the solver ended; after a node limit that is ``Stopped``, even with a solution at hand. A
    column of no row and no objective is in no model, and stays low; any other must be listed.
    """
    head, _, body = text.partition("\n")
    found = _HEAD.fullmatch(head.rstrip())
    try:
        if found is None or not text.endswith("\n"):
            raise ValueError
        values, claimed = dict(_values(body)), float(found[2])
    except ValueError:
        return Failed(reason="the solver's answer cannot be read: it is no solution file, or not all of one")
    if found[1] != "Optimal":
        return Exhausted() if found[1].startswith("Stopped") else Infeasible()
    used = {column for terms in (problem.objective, *(row.terms for row in problem.rows)) for column, _ in terms}
    missing = sum(names[column] not in values for column in used)
    if missing:
        return Failed(reason=f"the solver's answer cannot be read: {missing} columns are missing")
    return audited(problem, _by_column(problem, values, names), claimed)


def _values(body: str) -> Iterator[tuple[str, float]]:
    """(name, value) of each line ``number name value cost``, ``**`` before it where a bound is broken."""
    for line in body.splitlines():
        words = line.removeprefix("**").split()
        if len(words) != 4:
            raise ValueError(line)
        yield words[1], float(words[2])


def _by_column(problem: Problem[Label], values: Mapping[str, float], names: list[str]) -> list[float]:
    return [values.get(name, column.lower) for name, column in zip(names, problem.columns, strict=True)]
