"""The solver as an oracle: its answer is audited in integers before anyone believes it."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

from jobtree.milp.problem import Problem
from jobtree.milp.solution import Outcome

Label = TypeVar("Label")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Counts, never time: ``nodes`` of the branch-and-bound tree."""

    nodes: int


class Solver(Protocol):
    """Solves problems. Equal problems and limits give equal outcomes. It can be hashed, and pickled for workers."""

    def __hash__(self) -> int: ...

    @property
    def name(self) -> str:
        """Such as ``cbc``."""
        ...

    @property
    def version(self) -> str:
        """The binary's own version string; part of the proof."""
        ...

    def solve(self, problem: Problem[Label], limits: Limits) -> Outcome:
        """How the search ended; never raises for a solver's fault."""
        ...
