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


CutKindText = Literal["ReclaimUnfunded", "DropSpare", "Shrink", "Lottery"]
RunName = Annotated[str, Field(max_length=127, pattern=r"^[^/\s]{1,63}/[^/\s]{1,63}$")]
UnitName = Annotated[str, Field(min_length=1, max_length=8192)]
NodeCounts = Annotated[dict[NodeName, Annotated[int, Field(ge=0, le=1024)]], Field(max_length=100_000)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileDigest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Chance = Annotated[str, Field(max_length=400, pattern=r"^(0|1|[1-9][0-9]*/[1-9][0-9]*)$")]


class Remedy(Shape):
    """GPUs that a kind of cut would, or for a lottery may, take from a run."""

    kind: CutKindText
    run: RunName
    gpus: Gpus


class CutChance(Shape):
    """The chance that a run loses GPUs: a fraction, counted exactly or sampled with an error."""

    p: Chance
    method: Literal["exact", "sampled"]
    error: Annotated[str, Field(max_length=16, pattern=r"^[01]\.[0-9]{1,9}$")] | None = None


class Candidate(Shape):
    """What is cut together or not at all, and the GPUs that this frees by node."""

    owner: OwnerText
    unit: UnitName
    kind: CutKindText
    runs: Annotated[list[RunName], Field(min_length=1, max_length=4096)]
    gpus: Gpus
    frees: NodeCounts = {}
    after: Annotated[list[UnitName], Field(max_length=4096)] = []


class LotteryCommitment(Shape):
    """What is fixed before the entropy of the lottery exists (docs/lottery.md)."""

    rule: Literal["jobtree/lottery/v1"]
    candidates: Annotated[list[Candidate], Field(min_length=1, max_length=100_000)]
    digest: Digest
    input_digest: FileDigest
    published: InstantText


class Forecast(Shape):
    """What the reservation says about its own instant, and about who is cut for it."""

    deficit: Annotated[list[Shortage], Field(max_length=1024)] = []
    remedies: Annotated[list[Remedy], Field(max_length=100_000)] = []
    conflict_set: Annotated[list[RunName], Field(max_length=100_000)] = []
    cut_probability: Annotated[dict[RunName, CutChance], Field(max_length=100_000)] = {}
    natural_start: InstantText
    confidence: Literal["firm", "contended", "window-aligned"]
    lottery: LotteryCommitment | None = None


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
