"""Progress of long work on standard error: a spinner on a terminal, nothing elsewhere; and how long each step took."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.status import Status

from jobtree.cli.terminal import plain

_NUMBER = re.compile(r"\s*\d", re.ASCII)


@dataclass(slots=True)
class Progress:
    """Call it with the name of a step when the step begins. ``steps`` are (name, instant of its begin in seconds)."""

    status: Status | None
    steps: list[tuple[str, float]] = field(default_factory=list)

    def __call__(self, step: str) -> None:
        """Begins a step."""
        self.steps.append((step, time.perf_counter()))
        if self.status:
            self.status.update(plain(step))

    def timings(self) -> Iterator[tuple[str, float]]:
        """Kinds of steps with their seconds, numbered steps of a kind added up; at last the sum of all."""
        end = time.perf_counter()
        ends = [*(begin for _, begin in self.steps[1:]), end]
        spent: dict[str, float] = {}
        for (step, begin), until in zip(self.steps, ends, strict=True):
            kind = _NUMBER.split(step)[0]
            spent[kind] = spent.get(kind, 0.0) + until - begin
        yield from spent.items()
        yield "in all", end - self.steps[0][1]


@contextmanager
def progress(console: Console) -> Iterator[Progress]:
    """Shows the current step while the block runs."""
    if not console.is_terminal:
        yield Progress(None)
        return
    with console.status("", spinner="dots") as status:
        yield Progress(status)
