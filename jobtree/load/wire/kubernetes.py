"""v1 Node as ``kubectl get nodes -o yaml`` prints it: only the fields we read; the rest is Kubernetes' business."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from jobtree.load.wire.fields import NodeName, camel


class Lenient(BaseModel):
    """Unknown fields are fine."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, alias_generator=camel)


class NodeMetadata(Lenient):
    """Its name and labels, and whether somebody asked to delete it."""

    name: NodeName
    labels: dict[str, str] = {}
    deletion_timestamp: str | None = None


class Taint(Lenient):
    """What keeps pods away."""

    key: str
    effect: str | None = None


class NodeSpec(Lenient):
    """Whether it is cordoned."""

    unschedulable: bool = False
    taints: Annotated[list[Taint], Field(max_length=256)] = []


class Condition(Lenient):
    """What the kubelet says."""

    type: str
    status: str


class NodeStatus(Lenient):
    """What it offers. A quantity may be written as text or as a number."""

    allocatable: dict[str, Any] = {}
    conditions: Annotated[list[Condition], Field(max_length=256)] = []


class NodeDocument(Lenient):
    """A machine."""

    api_version: Literal["v1"]
    kind: Literal["Node"]
    metadata: NodeMetadata
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()


class ListDocument(Lenient):
    """A v1 List: its items are documents of their own."""

    api_version: Literal["v1"]
    kind: Literal["List"]
    items: list[Any] = []
