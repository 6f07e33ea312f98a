"""Documents of jobtree as users write them."""

from collections.abc import Mapping
from typing import Any

API_VERSION = "rq.davidlangworthy.io/v1"


def document(kind: str, metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """A document of ours."""
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": dict(metadata), "spec": dict(spec)}
