"""Fleet, NodePool and Policy (semantics.md 3)."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Any, Literal

from pydantic import Field

from jobtree.load.wire.fields import (
    Day,
    Duration,
    Folder,
    InputFile,
    LabelName,
    LabelValue,
    Name,
    OwnerText,
    PathGlob,
    PositiveDuration,
    Prose,
    Rate,
    ResourceName,
    Shape,
    Unique,
)
from jobtree.load.wire.metadata import ApiVersion, ClusterMetadata


class OwnerEntry(Shape):
    """Who owns what, and who approves."""

    name: OwnerText
    namespaces: Annotated[list[Name], Field(max_length=256), Unique] = []
    paths: Annotated[list[PathGlob], Field(max_length=256), Unique] = []
    approvers: Annotated[list[Prose], Field(max_length=64), Unique] = []


class Defaults(Shape):
    """For runs that do not say."""

    duration: PositiveDuration | None = None
    checkpoint: PositiveDuration | None = None


class Activation(Shape):
    """How far ahead contention is decided, and how long a started run is safe from it."""

    lead: Duration = "15m"
    protection: Duration = "4h"


class Planning(Shape):
    """Settings of the plan."""

    horizon: PositiveDuration = "14d"
    accounting_period: PositiveDuration = "24h"
    defaults: Defaults = Defaults()
    cover_order: Literal["proximity", "location"] = "proximity"
    activation: Activation = Activation()
    spare_rate: Rate = "0.25"
    gpu_resource: ResourceName = Field(default="nvidia.com/gpu", alias="gpuResource")


class Lottery(Shape):
    """Where entropy comes from; ``file`` holds a round of a public beacon."""

    entropy: Literal["commit", "file"] = "commit"
    file: InputFile = "beacon.json"


class Solver(Shape):
    """Which solver, and how hard it tries. ``highs`` needs the extra ``jobtree[highs]``."""

    name: Literal["cbc", "highs"] = "cbc"
    effort: Literal["quick", "normal", "thorough"] = "normal"


class Output(Shape):
    """Where the output tree goes."""

    dir: Folder = "rendered"


class Policies(Shape):
    """Policy bundles beside the Policy documents of the repository."""

    bundles: Annotated[list[Prose], Field(max_length=64), Unique] = []


class FleetSpec(Shape):
    """The settings of the compile."""

    clusters: Annotated[list[Name], Field(max_length=256), Unique] = []
    owners: Annotated[list[OwnerEntry], Field(max_length=10_000)] = []
    planning: Planning = Planning()
    lottery: Lottery = Lottery()
    solver: Solver = Solver()
    policies: Policies = Policies()
    output: Output = Output()


class FleetDocument(Shape):
    """One for each repository, never applied to a cluster."""

    api_version: ApiVersion
    kind: Literal["Fleet"]
    metadata: ClusterMetadata
    spec: FleetSpec


class NodePoolSpec(Shape):
    """Nodes that are alike."""

    count: Annotated[int, Field(ge=1, le=100_000)]
    gpus_per_node: Annotated[int, Field(ge=1, le=1024)]
    labels: Annotated[dict[LabelName, LabelValue], Field(max_length=64)]


class NodePoolDocument(Shape):
    """Compact inventory: nodes name-01, name-02, ..."""

    api_version: ApiVersion
    kind: Literal["NodePool"]
    metadata: ClusterMetadata
    spec: NodePoolSpec


class PolicyMatch(Shape):
    """What a rule looks at: documents of some kinds, runs of the plan, or entries of what a change does."""

    kinds: Annotated[list[Literal["Run", "Budget"]], Field(max_length=2), Unique] = []
    plan: bool = False
    diff: Literal["runs", "owners", "envelopes"] | None = None


class PolicyExample(Shape):
    """An object that keeps an expression, or breaks it."""

    valid: bool
    object: dict[str, Any]


class PolicyRule(Shape):
    """A rule with an expression, or a typed one."""

    name: Name
    match: PolicyMatch
    severity: Literal["error", "warning"] = "error"
    expression: Annotated[str, Field(max_length=4096)] | None = None
    message: Prose | None = None
    message_expression: Annotated[str, Field(max_length=4096)] | None = None
    rule: dict[str, Any] | None = None
    examples: Annotated[list[PolicyExample], Field(max_length=64)] = []


class Waiver(Shape):
    """Lets one object off one rule, for a while, for a reason."""

    rule: Name
    object: Prose
    until: Day
    reason: Prose


class PolicySpec(Shape):
    """House rules."""

    rules: Annotated[list[PolicyRule], Field(max_length=256)] = []
    waivers: Annotated[list[Waiver], Field(max_length=256)] = []


class PolicyDocument(Shape):
    """House rules and waivers."""

    api_version: ApiVersion
    kind: Literal["Policy"]
    metadata: ClusterMetadata
    spec: PolicySpec
