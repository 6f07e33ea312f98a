"""What surrounds every spec: apiVersion, kind, metadata; and references to Runs and payers."""

# ruff: noqa: RUF012 (pydantic copies defaults)

from typing import Annotated, Literal

from pydantic import Field

from jobtree.base.identity import API_GROUP
from jobtree.load.wire.fields import InstantText, LabelName, Labels, Name, OwnerText, Shape

GROUP = API_GROUP
API_VERSION = f"{GROUP}/v1"

ApiVersion = Literal["rq.davidlangworthy.io/v1"]
Annotations = Annotated[dict[LabelName, Annotated[str, Field(max_length=262_144)]], Field(max_length=64)]

SERVER_FIELDS = frozenset(
    {
        "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers", "generation", "managedFields",
        "ownerReferences", "resourceVersion", "selfLink", "uid",
    }
)  # fmt: skip
"""Metadata that an API server adds and ``kubectl get`` prints: dropped before validation."""


class Metadata(Shape):
    """Of a namespaced object."""

    name: Name
    namespace: Name
    labels: Labels = {}
    annotations: Annotations = {}
    creation_timestamp: InstantText | None = None


class ClusterMetadata(Shape):
    """Of an object without a namespace."""

    name: Name
    labels: Labels = {}
    annotations: Annotations = {}
    creation_timestamp: InstantText | None = None


class RunRef(Shape):
    """Names a Run."""

    namespace: Name
    name: Name


class PayerRef(Shape):
    """Names an envelope, and whose it is."""

    namespace: Name
    budget: Name
    envelope: Name
    owner: OwnerText
