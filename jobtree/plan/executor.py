"""Where components are planned: one after the other, or side by side. The plan is the same."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Executor(Protocol):
    """Runs a pure task on each item. Task, items and results can be pickled; results come in the order of the items."""

    def map(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """The results, as they are ready in order."""


class InOrder:
    """One after the other, in this process."""

    __slots__ = ()

    def map(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """The results, each made when it is asked for."""
        return map(task, items)
