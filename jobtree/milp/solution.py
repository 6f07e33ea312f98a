"""What a solver says, apart from how it ended."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimal:
    """A proven optimum: integer values by column, audited against every row in exact integers."""

    values: tuple[int, ...]
    objective: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Infeasible:
    """Proven: no point satisfies all rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhausted:
    """A limit ended the search; whatever was found is not used, for it would depend on the solver's path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The solver is missing, died, or answered nonsense; ``reason`` is a sentence."""

    reason: str


Outcome = Optimal | Infeasible | Exhausted | Failed
"""How a solve ended."""
