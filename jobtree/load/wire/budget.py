"""Budget (semantics.md 3)."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Literal

from pydantic import Field

from jobtree.load.wire.fields import (
    Borrower,
    Duration,
    EnvelopeRef,
    Flavor,
    GpuHours,
    Gpus,
    InstantText,
    LabelName,
    Name,
    Owners,
    OwnerText,
    PositiveDuration,
    SelectedValue,
    Shape,
    Unique,
)
from jobtree.load.wire.metadata import ApiVersion, Metadata


class PreActivation(Shape):
    """What the envelope may do before its window opens."""

    allow_reservations: bool = True
    allow_admission: bool = False


class Lending(Shape):
    """Who may borrow. ``to`` empty with ``allow``: anyone."""

    allow: bool = False
    to: Annotated[list[Borrower], Field(max_length=64), Unique] = []
    max_concurrency: Gpus | None = None
    max_gpu_hours: GpuHours | None = None


class Envelope(Shape):
    """An allowance of one flavor on the nodes that the selector matches, in one window."""

    name: Name
    flavor: Flavor
    selector: Annotated[dict[LabelName, SelectedValue], Field(min_length=1, max_length=16)]
    concurrency: Gpus
    max_gpu_hours: GpuHours | None = None
    start: InstantText | None = None
    end: InstantText | None = None
    pre_activation: PreActivation = PreActivation()
    sharing: Literal["family", "none"] = "family"
    lending: Lending = Lending()


class AggregateCap(Shape):
    """A cap over the envelopes named, or (``subtree``) over all of this owner and its descendants."""

    name: Name
    flavor: Flavor
    envelopes: Annotated[list[EnvelopeRef], Field(min_length=1, max_length=256), Unique] | None = None
    subtree: bool = False
    max_concurrency: Gpus | None = None
    max_gpu_hours: GpuHours | None = None


class AutoRenew(Shape):
    """Announces that a window is about to close."""

    period: PositiveDuration
    notify_before: Duration


class BudgetSpec(Shape):
    """One owner's envelopes, parents and caps."""

    owner: OwnerText
    parents: Owners = []
    envelopes: Annotated[list[Envelope], Field(max_length=64)] = []
    aggregate_caps: Annotated[list[AggregateCap], Field(max_length=32)] = []
    auto_renew: AutoRenew | None = None


class BudgetDocument(Shape):
    """What an owner may claim."""

    api_version: ApiVersion
    kind: Literal["Budget"]
    metadata: Metadata
    spec: BudgetSpec
