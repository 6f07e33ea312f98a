"""What a caller hears of long work: which step begins, and how long its stages took by a clock that the caller gives.

Nothing that is decided depends on it.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

Clock = Callable[[], float]
"""Seconds since some instant. It can be pickled, because work is done in other processes too."""


def stopped() -> float:
    """The clock of callers who do not want to know."""
    return 0.0


class Progress(Protocol):
    """Who hears of it."""

    @property
    def clock(self) -> Clock:
        """What stages are timed with."""

    def __call__(self, step: str) -> None:
        """A step begins, and the one before has ended."""

    def spent(self, seconds: Mapping[str, float]) -> None:
        """A piece of the current step is done, perhaps by another process, after so many seconds in each stage."""


class Silent:
    """Nobody."""

    __slots__ = ()
    clock = staticmethod(stopped)

    def __call__(self, step: str) -> None:
        """Says nothing."""

    def spent(self, seconds: Mapping[str, float]) -> None:
        """Keeps nothing."""


class Stages:
    """Seconds by stage; call it with the name of a stage when the stage begins."""

    __slots__ = ("_began", "_clock", "_seconds", "_stage")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock()
        self._seconds: dict[str, float] = {}
        self._stage: str | None = None

    def __call__(self, stage: str | None) -> None:
        """Begins a stage; None when the last one has ended."""
        now = self._clock()
        if self._stage is not None:
            self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._began
        self._stage, self._began = stage, now

    @property
    def seconds(self) -> Mapping[str, float]:
        """Of all stages that have ended."""
        return self._seconds
