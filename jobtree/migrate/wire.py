"""Documents of jobtree as users write them."""

from collections.abc import Mapping
from typing import Any

from jobtree.base.identity import API_GROUP


def document(kind: str, metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """A document of ours."""
    return {"apiVersion": f"{API_GROUP}/v1", "kind": kind, "metadata": dict(metadata), "spec": dict(spec)}
