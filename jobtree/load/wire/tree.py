"""JobTree (semantics.md 3 and 9)."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Literal

from pydantic import Field

from jobtree.load.wire.fields import GpuHours, Gpus, Name, Names, OwnerText, Shape
from jobtree.load.wire.metadata import ApiVersion, Metadata
from jobtree.load.wire.run import TreeRunSpec

DEEPEST_TREE = 5
"""Trees within trees; a CRD cannot be recursive, so the nesting is bounded."""


class Quota(Shape):
    """Shared by all runs below."""

    max_gpus: Gpus | None = None
    max_gpu_hours: GpuHours | None = None


class TreeRun(Shape):
    """A run of a tree: a spec, or the name of a Run document of the same namespace and owner that joins the tree."""

    name: Name
    after: Names = []
    with_: Names = Field(default=[], alias="with")
    spec: TreeRunSpec | None = None
    run_ref: Name | None = None


class Subtree(Shape):
    """A named tree within a tree."""

    name: Name
    after: Names = []
    with_: Names = Field(default=[], alias="with")
    quota: Quota = Quota()
    runs: Annotated[list[TreeRun], Field(max_length=256)] = []
    trees: Annotated[list["Subtree"], Field(max_length=32)] = []


class TreeSpec(Shape):
    """The root of a tree."""

    owner: OwnerText
    quota: Quota = Quota()
    runs: Annotated[list[TreeRun], Field(max_length=256)] = []
    trees: Annotated[list[Subtree], Field(max_length=32)] = []


class TreeDocument(Shape):
    """Runs that belong together."""

    api_version: ApiVersion
    kind: Literal["JobTree"]
    metadata: Metadata
    spec: TreeSpec
