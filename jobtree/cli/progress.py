"""Progress of long work on standard error: a spinner on a terminal, nothing elsewhere; and how long each step took."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.status import Status

from jobtree.base.plain import plain


@dataclass(slots=True)
class Watch:
    """Call it with the name of a step when the step begins. ``steps`` are (name, instant of its begin in seconds).

    ``stages`` are seconds of all processes, by kind of step and stage of it.
    """

    status: Status | None = None
    clock = staticmethod(time.perf_counter)
    steps: list[tuple[str, float]] = field(default_factory=list)
    stages: dict[str, dict[str, float]] = field(default_factory=dict)

    def __call__(self, step: str) -> None:
        """Begins a step."""
        self.steps.append((step, self.clock()))
        if self.status:
            self.status.update(plain(step))

    def spent(self, seconds: Mapping[str, float]) -> None:
        """Adds what a piece of the current step took."""
        known = self.stages.setdefault(_kind(self.steps[-1][0]), {})
        for stage, spent in seconds.items():
            known[stage] = known.get(stage, 0.0) + spent

    def timings(self) -> Iterator[tuple[str, float]]:
        """Kinds of steps with their seconds, parts of a kind (``kind: part``) added up; at last the sum of all.

        The stages of a step follow it, indented. They count the seconds of every process: side by side, they come to
        more than the step.
        """
        ends = [*(begin for _, begin in self.steps[1:]), self.clock()]
        spent: dict[str, float] = {}
        for (step, begin), until in zip(self.steps, ends, strict=True):
            spent[_kind(step)] = spent.get(_kind(step), 0.0) + until - begin
        for kind, seconds in spent.items():
            yield kind, seconds
            yield from ((f"  {stage}", taken) for stage, taken in self.stages.get(kind, {}).items())
        yield "in all", ends[-1] - self.steps[0][1]


def _kind(step: str) -> str:
    return step.partition(":")[0]


@contextmanager
def watching(console: Console) -> Iterator[Watch]:
    """Shows the current step while the block runs."""
    if not console.is_terminal:
        yield Watch()
        return
    with console.status("", spinner="dots") as status:
        yield Watch(status)
