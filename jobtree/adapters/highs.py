"""HiGHS in a process of its own: a library that crashes or is killed there takes nothing with it (ADR 20).

Problem and answer are JSON on the child's input and output, so nothing is written to a disk.
"""

import json
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from jobtree.adapters.child import run
from jobtree.milp.audit import at_once, audited
from jobtree.milp.problem import Problem
from jobtree.milp.solution import Exhausted, Failed, Infeasible, Outcome
from jobtree.milp.solver import Limits

Label = TypeVar("Label")

CHILD = (sys.executable, "-P", "-m", "jobtree.adapters.highs_child")
"""``-P``: nothing is imported from the working directory, which is a user's fleet."""


@dataclass(frozen=True)
class Highs:
    """HiGHS as ``highspy`` carries it, or another ``command`` that answers like ``highs_child``.

    A fault of the child is a ``Failed``, never an exception.
    """

    command: tuple[str, ...] = CHILD

    def __reduce__(self) -> tuple[type["Highs"], tuple[tuple[str, ...], ...]]:
        """Elsewhere another Python runs the child, and is asked for its version there."""
        return Highs, () if self.command == CHILD else (self.command,)

    @property
    def name(self) -> str:
        """What the proof calls it."""
        return "highs"

    @cached_property
    def version(self) -> str:
        """What the library says of itself, such as ``1.16.0``; ``missing`` if it is not installed or does not load."""
        ended = run([*self.command, "--version"], listen=True)
        if ended.code != 0:
            return "missing"
        found = re.fullmatch(rb"(\d[\w.+-]{0,40})\n", ended.output)
        return found[1].decode("ascii") if found else "unknown"

    def solve(self, problem: Problem[Label], limits: Limits) -> Outcome:
        """Minimises; one child for each call."""
        known = at_once(problem)
        if known is not None:
            return known
        ended = run(self.command, given=_asked(problem, limits), listen=True)
        fault = ended.fault("the solver highs")
        return _read(problem, ended.output) if fault is None else Failed(reason=fault)


def _asked(problem: Problem[Label], limits: Limits) -> bytes:
    asked = {
        "nodes": limits.nodes,
        "columns": [(column.lower, column.upper) for column in problem.columns],
        "objective": problem.objective,
        "rows": [(row.terms, row.relation.value, row.limit) for row in problem.rows],
    }
    return json.dumps(asked, separators=(",", ":")).encode()


def _read(problem: Problem[Label], output: bytes) -> Outcome:
    try:
        answer = json.loads(output)
        status, claimed = str(answer["status"]), float(answer["objective"])
        values = [float(value) for value in answer["values"]]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        return Failed(reason=f"the solver's answer cannot be read: {type(error).__name__}")
    match status:
        case "Optimal":
            return audited(problem, values, claimed)
        case "Infeasible":
            return Infeasible()
        case "SolutionLimit":  # HiGHS counts nodes among them
            return Exhausted()
        case _:
            return Failed(reason=f"the solver ended with {status[:40]!r}")
