"""Windows into a problem: some columns may move, all others stand. So a problem too large to solve gets better."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from jobtree.milp.problem import Problem, Terms

Label = TypeVar("Label")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Window(Generic[Label]):
    """A problem in columns of its own. ``columns``: their numbers in the whole, ascending."""

    columns: tuple[int, ...]
    problem: Problem[Label]

    def terms(self, whole: Terms) -> Terms:
        """Those of the whole's terms that may move, in the window's columns. ``whole`` is ascending by column."""
        return _renumbered(whole, {column: number for number, column in enumerate(self.columns)})


class Windows(Generic[Label]):
    """Windows into one problem. Making it is O(terms), a window O(terms of the rows that it sees)."""

    __slots__ = ("problem", "rows_of")

    def __init__(self, problem: Problem[Label]) -> None:
        self.problem = problem
        self.rows_of: dict[int, list[int]] = {}
        for number, row in enumerate(problem.rows):
            for column, _ in row.terms:
                self.rows_of.setdefault(column, []).append(number)

    def at(self, columns: Sequence[int], point: Sequence[int]) -> Window[Label]:
        """The window of ``columns`` where all others are as in ``point``: its rows have what those leave of a limit."""
        number_of = {column: number for number, column in enumerate(sorted(columns))}
        seen = sorted({row for column in columns for row in self.rows_of.get(column, ())})
        rows = []
        for row in (self.problem.rows[number] for number in seen):
            fixed = sum(each * point[column] for column, each in row.terms if column not in number_of)
            rows.append(replace(row, terms=_renumbered(row.terms, number_of), limit=row.limit - fixed))
        problem = Problem(
            columns=tuple(self.problem.columns[column] for column in number_of),
            rows=tuple(rows),
            objective=_renumbered(self.problem.objective, number_of),
        )
        return Window(columns=tuple(number_of), problem=problem)


def _renumbered(terms: Terms, number_of: Mapping[int, int]) -> Terms:
    return tuple((number_of[column], value) for column, value in terms if column in number_of)
