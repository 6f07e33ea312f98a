"""Run (semantics.md 3)."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from jobtree.load.wire.fields import (
    Duration,
    Flavor,
    Gpus,
    GpusOrNone,
    InstantText,
    Names,
    Owners,
    OwnerText,
    PositiveDuration,
    SelectorMap,
    Shape,
)
from jobtree.load.wire.metadata import ApiVersion, Metadata

PodTemplate = Annotated[
    dict[str, Any], WithJsonSchema({"type": "object", "x-kubernetes-preserve-unknown-fields": True})
]
"""A pod template. Its shape is Kubernetes' business, but for what ``template`` reserves."""


class Resources(Shape):
    """What the gang needs."""

    gpu_type: Flavor
    total_gpus: Gpus
    gpus_per_pod: Gpus | None = None


class Locality(Shape):
    """How the gang may be spread."""

    group_gpus: Gpus | None = None
    allow_cross_group_spread: bool = True
    selector: SelectorMap = {}


class Runtime(Shape):
    """How long it runs, how often it saves, when it must be done."""

    duration: PositiveDuration | None = None
    checkpoint: PositiveDuration | None = None
    deadline: InstantText | None = None


class Malleable(Shape):
    """The widths it may take."""

    min_total_gpus: Gpus = Field(alias="minTotalGPUs")
    max_total_gpus: Gpus = Field(alias="maxTotalGPUs")
    step_gpus: Gpus = Field(alias="stepGPUs")
    desired_total_gpus: Gpus | None = Field(default=None, alias="desiredTotalGPUs")


class Funding(Shape):
    """Whether it borrows, from whom in which order, and whether it may start unfunded."""

    allow_borrow: bool = False
    max_borrow_gpus: GpusOrNone | None = None
    sponsors: Owners = []
    allow_opportunistic: bool = False


class TreeRunSpec(Shape):
    """A Run within a tree: owner and siblings come from the tree."""

    resources: Resources
    locality: Locality = Locality()
    runtime: Runtime = Runtime()
    malleable: Malleable | None = None
    spares: Annotated[int, Field(ge=0, le=64)] = 0
    funding: Funding = Funding()
    on_upstream_failure: Literal["wait", "fail"] = "wait"
    upstream_failure_grace: Duration = "30m"
    template: PodTemplate | None = None


class RunSpec(TreeRunSpec):
    """A gang of GPU pods."""

    owner: OwnerText
    after: Names = []
    with_: Names = Field(default=[], alias="with")


class RunStatus(Shape):
    """What the cluster observed."""

    phase: Literal["Pending", "Running", "Completed", "Failed"] | None = None
    finished_at: InstantText | None = None


class RunDocument(Shape):
    """What an owner wants to run."""

    api_version: ApiVersion
    kind: Literal["Run"]
    metadata: Metadata
    spec: RunSpec
    status: RunStatus | None = None
