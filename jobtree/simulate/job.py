"""What a run has really done, of which the planner sees only starts and ends (ADR 32)."""

from dataclasses import dataclass
from enum import StrEnum

from jobtree.base.instant import Instant
from jobtree.model.run import Run
from jobtree.simulate.faults import Work


class End(StrEnum):
    """How a run ended. ``STOPPED``: at its expected end, which is a limit, before its work was done."""

    COMPLETED = "completed"
    FAILED = "failed"
    STOPPED = "stopped"
    DELETED = "deleted"


@dataclass(slots=True, kw_only=True)
class Job:
    """A run in the simulated world.

    ``done`` are seconds of work that a checkpoint keeps, or that nothing has interrupted; ``since`` is when it began to
    work on what comes after them, None while it does not run. ``epoch`` counts what changed when it will end: an end
    that was foreseen in an earlier one does not come. ``limit`` is when its leases end. ``stood``: it ran before the
    simulation began, so nothing is known of how long it waited.
    """

    run: Run
    work: Work
    arrived: Instant
    done: int = 0
    since: Instant | None = None
    limit: Instant | None = None
    width: int = 0
    epoch: int = 0
    started: Instant | None = None
    ended: Instant | None = None
    end: End | None = None
    starts: int = 0
    first_promise: Instant | None = None
    last_promise: Instant | None = None
    stood: bool = False

    @property
    def is_running(self) -> bool:
        """Whether its pods work."""
        return self.since is not None

    @property
    def is_over(self) -> bool:
        """Whether it will never run again."""
        return self.end is not None

    def begin(self, at: Instant, limit: Instant, width: int) -> None:
        """It starts, for the first time or again, from its last checkpoint."""
        self.started = at if self.started is None else self.started
        self.starts += 1
        self._go_on(at, limit, width)

    def interrupt(self, at: Instant) -> int:
        """A pod was lost: seconds of work that are lost, since the last checkpoint. It does not run after that."""
        if self.since is None:
            return 0
        worked = at - self.since
        kept = 0 if self.run.checkpoint is None else worked // self.run.checkpoint * self.run.checkpoint
        self.done += kept
        self.since = None
        self.epoch += 1
        return worked - kept

    def resume(self, at: Instant, limit: Instant, width: int) -> None:
        """It goes on after an interruption, with what replaced the pods that were lost."""
        self._go_on(at, limit, width)

    def finish(self, at: Instant, end: End) -> None:
        """It is over for good."""
        self.ended, self.end, self.since = at, end, None
        self.epoch += 1

    def foreseen(self) -> tuple[Instant, End]:
        """When and how it ends if nothing happens to it; it must be running."""
        if self.since is None or self.limit is None:
            raise ValueError(f"{self.run.key} does not run")
        at = Instant(self.since + max(0, self.work.seconds - self.done))
        if at > self.limit:
            return self.limit, End.STOPPED
        return at, End.FAILED if self.work.fails else End.COMPLETED

    def _go_on(self, at: Instant, limit: Instant, width: int) -> None:
        self.since, self.limit, self.width = at, limit, width
        self.epoch += 1
