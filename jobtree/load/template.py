"""Pod templates: what is ours in them (semantics.md 3).

The GPU request goes to the container ``workload``, else the first; nodeName, schedulerName, the GPU resource and the
rendezvous variables are set by jobtree, so a template that sets them is refused. Codes: JT222, JT223.
"""

import json
from collections.abc import Iterator

from jobtree.base.diagnostic import Diagnostic, error
from jobtree.load.document import Step
from jobtree.load.placed import Placed

OURS_IN_POD = ("nodeName", "schedulerName")
RENDEZVOUS = ("GROUP_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "NODE_RANK", "RANK", "WORLD_SIZE")
OUR_PREFIX = "JOBTREE_"


def canonical_json(template: object) -> str:
    """Sorted keys, no spaces: equal templates are equal texts."""
    return json.dumps(template, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def check_template(placed: Placed[object], template: dict[str, object], gpu_resource: str) -> list[Diagnostic]:
    """What is wrong with ``spec.template``."""
    pod = template.get("spec")
    containers = pod.get("containers") if isinstance(pod, dict) else None
    if not isinstance(pod, dict) or not isinstance(containers, list) or not containers:
        where = placed.at("template")
        return [error("JT223", "a template has spec.containers, and at least one", where, help="write a pod template")]
    findings = [_ours(placed, f"spec.{name}", ("template", "spec", name)) for name in OURS_IN_POD if name in pod]
    for list_name in ("containers", "initContainers"):
        items = pod.get(list_name, [])
        for index, container in enumerate(items if isinstance(items, list) else ()):
            path = ("template", "spec", list_name, index)
            if not isinstance(container, dict):
                findings.append(error("JT223", "a container is a mapping", placed.at(*path)))
                continue
            findings.extend(_ours(placed, what, (*path, *steps)) for what, steps in _ours_in(container, gpu_resource))
    return findings


def _ours_in(container: dict[str, object], gpu_resource: str) -> Iterator[tuple[str, tuple[Step, ...]]]:
    resources = container.get("resources")
    for part in ("requests", "limits"):
        amounts = resources.get(part) if isinstance(resources, dict) else None
        if isinstance(amounts, dict) and gpu_resource in amounts:
            yield f"{part} of {gpu_resource}", ("resources", part, gpu_resource)
    variables = container.get("env")
    for index, variable in enumerate(variables if isinstance(variables, list) else ()):
        name = variable.get("name") if isinstance(variable, dict) else None
        if isinstance(name, str) and (name in RENDEZVOUS or name.startswith(OUR_PREFIX)):
            yield f"variable {name}", ("env", index, "name")


def _ours(placed: Placed[object], what: str, path: tuple[Step, ...]) -> Diagnostic:
    return error("JT222", f"the template sets {what}, which jobtree sets", placed.key(*path), help="remove it")
