"""Lease and Reservation: what compiles publish (semantics.md 3)."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Literal

from pydantic import Field

from jobtree.load.wire.fields import Gpus, GpusOrNone, InstantText, LabelValue, NodeName, OwnerText, Shape
from jobtree.load.wire.metadata import ApiVersion, Metadata, PayerRef, RunRef

Index = Annotated[int, Field(ge=0, le=1_000_000)]
ClosureReason = Annotated[
    str,
    Field(
        max_length=200,
        pattern=r"^(Completed|Renew|Shrink|DropSpare|RandomPreempt\(.*\)|ReclaimUnfunded\(.*\)|ReclaimedBySpare|Swap"
        r"|SwapDeclined|NodeFailure|WorkloadFailed|RunDeleted)$",
    ),
]


class Slice(Shape):
    """Slots of one node, by ordinal."""

    node: NodeName
    slots: Annotated[list[Annotated[int, Field(ge=0, le=1023)]], Field(min_length=1, max_length=1024)]


class LeaseInterval(Shape):
    """When it holds them."""

    start: InstantText
    expected_end: InstantText


class LeaseSpec(Shape):
    """One pod on its slots, one payer, one interval."""

    owner: OwnerText
    run_ref: RunRef
    group: Index
    rank: Index
    role: Literal["Active", "Spare", "Opportunistic"]
    slice: Slice
    paid_by: PayerRef | None
    interval: LeaseInterval
    reason: Literal["Start", "Grow", "Swap", "Renew"]


class LeaseStatus(Shape):
    """How it ended: written once."""

    closed: bool = False
    ended: InstantText | None = None
    closure_reason: ClosureReason | None = None


class LeaseDocument(Shape):
    """A fact: what was consumed."""

    api_version: ApiVersion
    kind: Literal["Lease"]
    metadata: Metadata
    spec: LeaseSpec
    status: LeaseStatus | None = None


class DomainRef(Shape):
    """A fast-fabric island."""

    region: LabelValue
    cluster: LabelValue
    fabric: LabelValue


class IntendedGroup(Shape):
    """Where a group is meant to go."""

    group: Index
    domain: DomainRef
    nodes: Annotated[list[NodeName], Field(max_length=4096)]


class ReservationPayer(PayerRef):
    """Who pays at its start, for how many GPUs."""

    gpus: Gpus


class Shortage(Shape):
    """GPUs that a domain lacks."""

    domain: DomainRef
    gpus: GpusOrNone


class Forecast(Shape):
    """What the reservation says about its own instant."""

    deficit: Annotated[list[Shortage], Field(max_length=1024)] = []
    natural_start: InstantText
    confidence: Literal["firm", "contended", "window-aligned"]


class ReservationSpec(Shape):
    """A promise of an earliest start."""

    owner: OwnerText
    run_ref: RunRef
    width: Gpus
    earliest_start: InstantText
    expected_end: InstantText
    intended_slice: Annotated[list[IntendedGroup], Field(min_length=1, max_length=4096)]
    payers: Annotated[list[ReservationPayer], Field(max_length=1024)] = []
    forecast: Forecast


class ReservationDocument(Shape):
    """A promise."""

    api_version: ApiVersion
    kind: Literal["Reservation"]
    metadata: Metadata
    spec: ReservationSpec
