"""Settings that jobtree has no word for: what each does in Kueue, and what happens instead."""

from collections.abc import Iterator, Sequence

from jobtree.base.words import count
from jobtree.migrate.kueue.objects import ClusterQueue, Cohort, Found
from jobtree.migrate.kueue.options import Options
from jobtree.migrate.migration import Note, Outcome

_SHOWN = 8
_INSTEAD = {
    "queueingStrategy": (
        Outcome.CHANGED,
        "no run blocks another: a shorter one goes first wherever that delays no start that was promised",
    ),
    "preemption.reclaimWithinCohort": (
        Outcome.CHANGED,
        "an owner's run gets its quota back whatever this says, and nobody is stopped for quota alone",
    ),
    "preemption.withinClusterQueue": (
        Outcome.DROPPED,
        "there is no priority: runs of one owner wait for each other, and what is cut for a claim is decided by kind "
        "(unpaid work, spares, width) and then by lottery",
    ),
    "preemption.borrowWithinCohort.policy": (
        Outcome.DROPPED,
        "nobody is cut because of a lower priority: there is no priority",
    ),
    "flavorFungibility.whenCanBorrow": (Outcome.DROPPED, "a run names one flavor, and no other is tried"),
    "flavorFungibility.whenCanPreempt": (Outcome.DROPPED, "a run names one flavor, and no other is tried"),
    "flavorFungibility.preference": (Outcome.DROPPED, "a run names one flavor, and no other is tried"),
    "fairSharing.weight": (
        Outcome.DROPPED,
        "there are no weights: the plan keeps down the sum of all waits, each weighted by its GPU-hours, then the mean "
        "wait of the owner that waits longest",
    ),
    "admissionChecks": (
        Outcome.DROPPED,
        "nothing outside jobtree holds a run back once the plan starts it: no nodes are provisioned, no other cluster "
        "is tried",
    ),
    "admissionScope.admissionMode": (Outcome.DROPPED, "past use of a queue does not change its place in the order"),
    "concurrentAdmissionPolicy.migration.mode": (Outcome.DROPPED, "a run does not move to another flavor"),
    "wallTimePolicy": (Outcome.DROPPED, "use is bounded by maxGPUHours of an envelope: set it there"),
}
_KINDS = {
    "WorkloadPriorityClass": "there is no priority",
    "PriorityClass": "there is no priority between runs",
    "AdmissionCheck": "nothing outside jobtree holds a run back",
    "ProvisioningRequestConfig": "jobtree provisions no nodes",
    "MultiKueueConfig": "list all clusters in one fleet instead",
    "MultiKueueCluster": "list all clusters in one fleet instead",
}
_JOBS = (
    "AppWrapper", "JAXJob", "JobSet", "LeaderWorkerSet", "MPIJob", "PaddleJob", "PyTorchJob", "RayCluster", "RayJob",
    "TFJob", "TrainJob", "XGBoostJob",
)  # fmt: skip


def settings(found: Found, options: Options) -> Iterator[Note]:
    """Notes on settings, other resources, priorities, stopped queues and kinds that are not read."""
    yield from _set(found)
    yield from _resources(found, options)
    yield from _priorities(found)
    yield from _stopped(found)
    yield from _unread(found)


def _set(found: Found) -> Iterator[Note]:
    using: dict[tuple[str, str], list[str]] = {}
    holders = [(f"ClusterQueue {one.name}", one.settings) for one in found.cluster_queues]
    holders += [(f"Cohort {name}", one.settings) for name, one in sorted(found.cohorts.items())]
    holders += [(f"LocalQueue {'/'.join(key)}", one.settings) for key, one in sorted(found.local_queues.items())]
    for who, theirs in holders:
        for name, value in theirs:
            using.setdefault((name, value), []).append(who)
    for (name, value), names in sorted(using.items()):
        outcome, text = _INSTEAD[name]
        yield Note(outcome=outcome, source=f"{name}: {value} ({_some(names)})", target=None, text=text)


def _resources(found: Found, options: Options) -> Iterator[Note]:
    holders: list[ClusterQueue | Cohort] = [*found.cluster_queues, *found.cohorts.values()]
    others = sorted({name for one in holders for name in one.others})
    if others:
        text = f"jobtree plans {options.gpu_resource} only: other quota is not kept; the requests stay in the pods"
        text += "; --gpu-resource plans another one" if any("/" in name for name in others) else ""
        yield Note(outcome=Outcome.DROPPED, source=f"quota of {', '.join(others)}", target=None, text=text)
    bare = [one.name for one in found.cluster_queues if not one.quotas]
    if bare:
        text = f"no quota of {options.gpu_resource}: nothing to plan"
        yield Note(outcome=Outcome.DROPPED, source=f"ClusterQueue {_some(bare)}", target=None, text=text)


def _priorities(found: Found) -> Iterator[Note]:
    classes: dict[str, int] = {}
    for work in found.workloads:
        if work.priority is not None and not work.finished:
            classes[work.priority] = classes.get(work.priority, 0) + 1
    for name, number in sorted(classes.items()):
        text = f"{count(number, 'workload')} had it; there is no priority: what counts is who pays, and since when"
        yield Note(outcome=Outcome.DROPPED, source=f"priority class {name}", target=None, text=text)


def _stopped(found: Found) -> Iterator[Note]:
    for queue in found.cluster_queues:
        if queue.held is not None:
            text = "its budget is there and shares nothing; its waiting runs are left out, and nothing stops new ones"
            source = f"ClusterQueue {queue.name}: stopPolicy {queue.held}"
            yield Note(outcome=Outcome.CHANGED, source=source, target=None, text=text)
    for key, local in sorted(found.local_queues.items()):
        if local.held is not None:
            text = "runs that wait in it are left out; nothing stops new ones from being added"
            source = f"LocalQueue {'/'.join(key)}: stopPolicy {local.held}"
            yield Note(outcome=Outcome.CHANGED, source=source, target=None, text=text)


def _unread(found: Found) -> Iterator[Note]:
    for kind, number in found.unread.items():
        text = _KINDS.get(kind, "it is not a kind that this import reads")
        if kind in _JOBS:
            text = "its Workload is what is imported: give `kubectl get workloads -A -o yaml` as well"
        yield Note(outcome=Outcome.DROPPED, source=f"{number:,} x {kind}", target=None, text=text)
    if found.plain_jobs:
        text = "they have no label kueue.x-k8s.io/queue-name, so Kueue does not queue them"
        yield Note(outcome=Outcome.DROPPED, source=count(found.plain_jobs, "Job"), target=None, text=text)
    if found.plain_nodes:
        text = "they have no GPUs"
        yield Note(outcome=Outcome.DROPPED, source=count(found.plain_nodes, "Node"), target=None, text=text)


def for_everybody(found: Found) -> Iterator[Note]:
    """What changes for all users, whatever was set."""
    if found.cohorts:
        text = (
            "an owner always gets its own back: its run starts where GPUs are free, and family work that used its "
            "quota runs on unpaid, the first to yield when GPUs are short"
        )
        yield Note(outcome=Outcome.CHANGED, source="borrowing in a cohort", target="family sharing", text=text)
        text = "a queue borrowed only flavors that it lists; family may use every flavor that its family shares"
        yield Note(outcome=Outcome.CHANGED, source="borrowing in a cohort", target="family sharing", text=text)
    if any(not work.finished for work in found.workloads):
        text = (
            "everybody gets a start time, or a reason in numbers why not; a start that was promised does not slip for "
            "a newcomer"
        )
        yield Note(outcome=Outcome.CHANGED, source="position in the queue", target="plan.json", text=text)
        text = "they are copied with their environment: look for secrets in them before you commit"
        yield Note(outcome=Outcome.CHANGED, source="pod templates", target="runs/", text=text)
    if found.machines:
        text = (
            "region, cluster, fabric.domain and gpu.flavor stand in topology/ only, your nodes do not have them: label "
            "the nodes too before you make this file anew from the cluster"
        )
        yield Note(outcome=Outcome.CHANGED, source="node labels", target="topology/", text=text)


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
