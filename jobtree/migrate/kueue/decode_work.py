"""Workloads, the Jobs that have none, and their pods; and Nodes.

v1beta1 writes ``priorityClassName`` where v1beta2 writes ``priorityClassRef``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from jobtree.migrate.cursor import Cursor
from jobtree.migrate.kueue.objects import Machine, PodSet, Workload
from jobtree.migrate.kueue.quantity import gpus

PREFIX = "kueue.x-k8s.io/"
QUEUE = f"{PREFIX}queue-name"
_SLICE_OF = f"{PREFIX}workload-slice-replacement-for"
_MOST_GPUS_PER_NODE = 1_024
_KNOWN_REQUESTS = (
    "preferred-topology", "required-topology", "slice-required-topology", "slice-size", "unconstrained-topology"
)  # fmt: skip


def workload(cursor: Cursor, resource: str) -> Workload | None:
    """A Workload; None if it has no name."""
    metadata, spec, status = cursor["metadata"], cursor["spec"], cursor["status"]
    namespace, name = metadata["namespace"].namespace(), metadata["name"].name()
    if namespace is None or name is None:
        return None
    owner = next((item for item in metadata["ownerReferences"].items() if item["kind"].text() != "Pod"), None)
    admission = status["admission"]
    given = {item["name"].text(): item["flavors"][resource].name() for item in admission["podSetAssignments"].items()}
    notes = metadata["annotations"].pairs()
    limit = spec["maximumExecutionTimeSeconds"].number(least=1)
    return Workload(
        kind="Workload",
        namespace=namespace,
        name=name,
        title=(owner["name"].name() if owner is not None else None) or name,
        owner=owner["kind"].text() if owner is not None else None,
        queue=spec["queueName"].name(),
        admitted_by=admission["clusterQueue"].name(),
        created=metadata["creationTimestamp"].instant(),
        pod_sets=tuple(_pod_set(item, resource, given) for item in spec["podSets"].items()),
        limit=limit,
        limited_by=None if limit is None else "maximumExecutionTimeSeconds",
        priority=spec["priorityClassRef"]["name"].text() or spec["priorityClassName"].text(),
        active=spec["active"].flag() is not False,
        finished=any(_is_true(condition, "Finished") for condition in status["conditions"].items()),
        elastic=notes.get(f"{PREFIX}elastic-job") == "true" or _SLICE_OF in notes,
        replaces=notes.get(_SLICE_OF),
    )


def job(cursor: Cursor, resource: str) -> Workload | None:
    """A batch/v1 Job that is queued, as the Workload that Kueue would make of it; None if it is not queued."""
    metadata, spec = cursor["metadata"], cursor["spec"]
    labels, notes = metadata["labels"].pairs(), metadata["annotations"].pairs()
    namespace, name = metadata["namespace"].namespace(), metadata["name"].name()
    if namespace is None or name is None or QUEUE not in labels:
        return None
    limit, limited_by = _limit(spec, labels)
    return Workload(
        kind="Job",
        namespace=namespace,
        name=name,
        title=name,
        owner="Job",
        queue=metadata["labels"][QUEUE].name(),
        admitted_by=None,
        created=metadata["creationTimestamp"].instant(),
        pod_sets=(_job_pods(spec, notes, resource),),
        limit=limit,
        limited_by=limited_by,
        priority=labels.get(f"{PREFIX}priority-class"),
        active=True,
        finished=any(
            _is_true(condition, ended)
            for condition in cursor["status"]["conditions"].items()
            for ended in ("Complete", "Failed")
        ),
        elastic=notes.get(f"{PREFIX}elastic-job") == "true",
        replaces=None,
    )


def machine(cursor: Cursor, resource: str) -> Machine | None:
    """A Node with GPUs; None if it has none."""
    name, status = cursor["metadata"]["name"].name(), cursor["status"]
    found = gpus(status["allocatable"][resource]), gpus(status["capacity"][resource])
    count = next((amount.whole for amount in found if amount is not None and amount.whole), 0)
    if count > _MOST_GPUS_PER_NODE:
        cursor["status"]["allocatable"][resource].complain(f"at most {_MOST_GPUS_PER_NODE:,} GPUs")
    if name is None or count == 0:
        return None
    return Machine(name=name, labels=cursor["metadata"]["labels"].pairs(), gpus=count, trouble=_trouble(cursor))


def _limit(spec: Cursor, labels: Mapping[str, str]) -> tuple[int | None, str | None]:
    """Seconds after which a Job is stopped, by the shorter of Kueue's limit and its own."""
    written = labels.get(f"{PREFIX}max-exec-time-seconds", "")
    limits = [(int(written), f"label {PREFIX}max-exec-time-seconds")] if _is_number(written) else []
    own = spec["activeDeadlineSeconds"].number(least=1)
    limits += [(own, "activeDeadlineSeconds")] if own is not None else []
    return min(limits, default=(None, None))


def _job_pods(spec: Cursor, notes: Mapping[str, str], resource: str) -> PodSet:
    parallel, whole = spec["parallelism"].number(), spec["completions"].number()
    count = min(number for number in (1 if parallel is None else parallel, whole) if number is not None)
    least = notes.get(f"{PREFIX}job-min-parallelism", "")
    return _pods("main", count, int(least) if _is_number(least) else None, spec["template"], resource)


def _pod_set(cursor: Cursor, resource: str, given: Mapping[str | None, str | None]) -> PodSet:
    name = cursor["name"].name() or "main"
    count = cursor["count"].number()
    least = cursor["minCount"].number(least=1)
    pods = _pods(name, 1 if count is None else count, least, cursor["template"], resource)
    asked = cursor["topologyRequest"]
    size = asked["podSetSliceSize"].number(least=1) or pods.slice_size
    grouped = {"podset-group-name"} if asked["podSetGroupName"].text() else set()
    others = tuple(sorted({*pods.other_requests, *grouped}))
    return replace(
        pods,
        required=asked["required"].text() or pods.required,
        preferred=asked["preferred"].text() or pods.preferred,
        slice_level=asked["podSetSliceRequiredTopology"].text() or pods.slice_level,
        slice_size=size,
        flavor=given.get(name),
        other_requests=others,
    )


def _pods(name: str, count: int, least: int | None, template: Cursor, resource: str) -> PodSet:
    """The pods of a template; topology requests may stand in its annotations."""
    notes = template["metadata"]["annotations"].pairs()
    size = notes.get(f"{PREFIX}podset-slice-size", "")
    return PodSet(
        name=name,
        count=count,
        min_count=least if least is not None and 0 < least < count else None,
        gpus=_gpus_of(template["spec"], resource),
        template=template.value if isinstance(template.value, dict) else {},
        node_selector=template["spec"]["nodeSelector"].pairs(),
        required=notes.get(f"{PREFIX}podset-required-topology"),
        preferred=notes.get(f"{PREFIX}podset-preferred-topology"),
        slice_level=notes.get(f"{PREFIX}podset-slice-required-topology"),
        slice_size=int(size) if _is_number(size) else None,
        other_requests=tuple(sorted(name.removeprefix(PREFIX) for name in notes if _is_other_request(name))),
    )


def _is_other_request(name: str) -> bool:
    return name.startswith(f"{PREFIX}podset-") and name.removeprefix(f"{PREFIX}podset-") not in _KNOWN_REQUESTS


def _gpus_of(pod: Cursor, resource: str) -> int:
    """GPUs of a pod: those of its containers together, or of the init container that needs most, if that is more."""
    first = max((_gpus_in(container, resource) for container in pod["initContainers"].items()), default=0)
    return max(first, sum(_gpus_in(container, resource) for container in pod["containers"].items()))


def _gpus_in(container: Cursor, resource: str) -> int:
    amounts = (gpus(container["resources"][part][resource]) for part in ("requests", "limits"))
    return max((amount.whole for amount in amounts if amount is not None), default=0)


def _trouble(node: Cursor) -> str | None:
    if node["spec"]["unschedulable"].flag():
        return "cordoned"
    ready = [item["status"].text() for item in node["status"]["conditions"].items() if item["type"].text() == "Ready"]
    return "not Ready" if ready and ready[0] != "True" else None


def _is_true(condition: Cursor, kind: str) -> bool:
    return condition["type"].text() == kind and condition["status"].text() == "True"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text) > 0


def names_of(cursor: Cursor) -> Iterator[tuple[str, str]]:
    """Kind and name of what an object belongs to."""
    for owner in cursor["metadata"]["ownerReferences"].items():
        yield owner["kind"].text() or "", owner["name"].text() or ""
