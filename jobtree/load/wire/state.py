"""Statuses that a cluster prints: only the fields we read; the rest belongs to controllers."""

from typing import Annotated, Literal

from pydantic import Field

from jobtree.load.wire.fields import InstantText
from jobtree.load.wire.kubernetes import Lenient


class ObservedLease(Lenient):
    """Whether a lease is over, when it ended, and why."""

    closed: bool = False
    ended: InstantText | None = None
    closure_reason: Annotated[str, Field(max_length=200)] | None = None


class ObservedRun(Lenient):
    """How far a Run is, and when it finished."""

    phase: Literal["Pending", "Running", "Completed", "Failed"] | None = None
    finished_at: InstantText | None = None
