"""Pod templates: what jobtree sets itself is taken out, everything else is left as it was."""

from collections.abc import Mapping, Sequence
from typing import Any

_SET_BY_US = ("nodeName", "schedulerName", "schedulingGates")
_RENDEZVOUS = frozenset(
    {"GROUP_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "NODE_RANK", "RANK", "WORLD_SIZE"}
)
_SERVER = ("creationTimestamp", "managedFields", "resourceVersion", "uid")
_OURS = "workload"
_KUEUE = "kueue.x-k8s.io/"


def cleaned(
    template: Mapping[str, Any], gpu_resource: str, tolerations: Sequence[Mapping[str, Any]] = ()
) -> tuple[dict[str, Any] | None, list[str]]:
    """The template for a Run, and what was changed in it, in words; None if there are no containers in it.

    The container that asks for GPUs comes first, since that is where jobtree puts them. ``tolerations`` are those that
    Kueue adds for the flavor. Labels and annotations of Kueue go, for it would hold the pods back.
    """
    pod = template.get("spec")
    containers = _mappings(pod.get("containers")) if isinstance(pod, dict) else []
    if not isinstance(pod, dict) or not containers:
        return None, []
    told: list[str] = []
    asking = [item for item in containers if _asks(item, gpu_resource)]
    if len(asking) > 1:
        told.append("several of its containers ask for GPUs; all of a pod's GPUs go to one container here")
    ordered = [*asking, *(item for item in containers if item not in asking)]
    spec = {key: value for key, value in pod.items() if key not in _SET_BY_US}
    spec["containers"] = _keyed(ordered, gpu_resource, told)
    if "initContainers" in pod:
        spec["initContainers"] = _keyed(_mappings(pod["initContainers"]), gpu_resource, [])
    own = _mappings(spec.get("tolerations"))
    added = [dict(item) for item in tolerations if item not in own]
    spec |= {"tolerations": own + added} if added else {}
    metadata = _metadata(template.get("metadata"))
    rest = {key: value for key, value in template.items() if key != "metadata"}
    return _written({**({"metadata": metadata} if metadata else {}), **rest, "spec": spec}), told


def _metadata(metadata: object) -> dict[str, Any]:
    if not isinstance(metadata, dict):
        return {}
    kept: dict[str, Any] = {}
    for key, value in metadata.items():
        if key in ("labels", "annotations") and isinstance(value, dict):
            theirs = {name: text for name, text in value.items() if not name.startswith(_KUEUE)}
            kept |= {key: theirs} if theirs else {}
        elif key not in _SERVER:
            kept[key] = value
    return kept


def _mappings(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _asks(container: Mapping[str, Any], gpu_resource: str) -> bool:
    resources = container.get("resources")
    parts = [resources.get(part) for part in ("requests", "limits")] if isinstance(resources, dict) else []
    return any(isinstance(part, dict) and gpu_resource in part for part in parts)


def _keyed(containers: list[dict[str, Any]], gpu_resource: str, told: list[str]) -> list[dict[str, Any]]:
    """Containers without GPU requests and rendezvous variables; one that is called ``workload`` stays so if first."""
    result = []
    for index, container in enumerate(containers):
        kept = {key: value for key, value in container.items() if key not in ("resources", "env")}
        if kept.get("name") == _OURS and index:
            kept["name"] = f"{_OURS}-{index}"
            told.append(f"a second container called {_OURS} is renamed: that is the name of the one with the GPUs")
        resources = _without_gpus(container.get("resources"), gpu_resource)
        variables = _mappings(container.get("env"))
        env = [item for item in variables if not _is_ours(item)]
        if len(env) < len(variables):
            told.append("jobtree sets the rendezvous variables (RANK, WORLD_SIZE, MASTER_ADDR and the like) itself")
        kept |= ({"env": env} if env else {}) | ({"resources": resources} if resources else {})
        result.append(kept)
    return result


def _without_gpus(resources: object, gpu_resource: str) -> dict[str, Any]:
    if not isinstance(resources, dict):
        return {}
    result = {}
    for part, amounts in resources.items():
        left = (
            {name: amount for name, amount in amounts.items() if name != gpu_resource}
            if isinstance(amounts, dict)
            else amounts
        )
        if left:
            result[part] = left
    return result


def _is_ours(variable: Mapping[str, Any]) -> bool:
    name = variable.get("name")
    return isinstance(name, str) and (name in _RENDEZVOUS or name.startswith("JOBTREE_"))


def _written(value: Any) -> Any:
    """The value with fractions as text, which is how our YAML writes them, and how Kubernetes reads quantities."""
    match value:
        case float():
            return repr(value)
        case dict():
            return {key: _written(item) for key, item in value.items()}
        case list():
            return [_written(item) for item in value]
        case _:
            return value
