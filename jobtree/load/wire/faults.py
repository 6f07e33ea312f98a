"""What a faults file of a simulation may say (docs/simulator.md)."""

from typing import Annotated

from pydantic import Field

from jobtree.load.wire.fields import InstantText, NodeName, PositiveDuration, Shape

Percent = Annotated[int, Field(ge=0, le=100)]
Share = Annotated[int, Field(ge=1, le=1_000)]
RunName = Annotated[str, Field(pattern=r"^[^/\s]+/[^/\s]+$", max_length=317)]


class NodeFaults(Shape):
    """How often each node is lost, and how long it is gone, on average."""

    mtbf: PositiveDuration
    mttr: PositiveDuration = "4h"


class RunFaults(Shape):
    """How long runs really take, in per cent of what they declare; and how many of them fail."""

    shortest: Share = 100
    longest: Share = 100
    failing: Percent = 0


class NodeLoss(Shape):
    """A node that is lost at an instant, and perhaps returns at another."""

    node: NodeName
    lost: InstantText
    returns: InstantText | None = None


class Deletion(Shape):
    """A run whose document is deleted at an instant."""

    run: RunName
    deleted: InstantText


class FaultsDocument(Shape):
    """The whole file; what is left out does not happen."""

    nodes: NodeFaults | None = None
    runs: RunFaults = RunFaults()
    losses: list[NodeLoss] = Field(default_factory=list, max_length=10_000)
    deletions: list[Deletion] = Field(default_factory=list, max_length=10_000)
