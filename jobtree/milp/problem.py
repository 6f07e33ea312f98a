"""Integer programs as values: numbered columns, typed rows, integer coefficients (no GPU word enters here)."""

from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

Label = TypeVar("Label")

Terms = tuple[tuple[int, int], ...]
"""(column, coefficient) pairs, ascending by column, each column once, no zero coefficient."""


class Relation(Enum):
    """How a row's sum relates to its limit."""

    AT_MOST = "<="
    AT_LEAST = ">="
    EQUAL = "=="


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """An integer variable with lower <= x <= upper."""

    lower: int = 0
    upper: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Generic[Label]):
    """sum(coefficient x column) relation limit; the label says where the inequality comes from."""

    label: Label
    terms: Terms
    relation: Relation
    limit: int

    def holds(self, values: tuple[int, ...]) -> bool:
        """Whether the row is satisfied, in exact integers."""
        total = evaluate(self.terms, values)
        match self.relation:
            case Relation.AT_MOST:
                return total <= self.limit
            case Relation.AT_LEAST:
                return total >= self.limit
            case Relation.EQUAL:
                return total == self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Generic[Label]):
    """Minimise ``objective`` over integer columns subject to rows."""

    columns: tuple[Column, ...]
    rows: tuple[Row[Label], ...]
    objective: Terms

    def faults(self, values: tuple[int, ...]) -> tuple[Label | int, ...]:
        """Labels of rows that fail, and numbers of columns out of bounds; empty for a feasible point."""
        out = [
            index
            for index, (column, value) in enumerate(zip(self.columns, values, strict=True))
            if not column.lower <= value <= column.upper
        ]
        return (*out, *(row.label for row in self.rows if not row.holds(values)))


def evaluate(terms: Terms, values: tuple[int, ...]) -> int:
    """The exact value of a sum."""
    return sum(coefficient * values[column] for column, coefficient in terms)
