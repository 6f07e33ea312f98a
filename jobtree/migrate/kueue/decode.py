"""From objects in any order to what Kueue knows, sorted. All that is wrong is found at once.

Codes: JT181 (a field), JT182 (nothing to import), JT184 (an object twice), JT186 (a version that is not known).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jobtree.base.diagnostic import Diagnostic, error
from jobtree.migrate.cursor import Cursor, SourceObject
from jobtree.migrate.kueue.decode_queues import cluster_queue, cohort, flavor, local_queue, topology
from jobtree.migrate.kueue.decode_work import QUEUE, job, machine, names_of, workload
from jobtree.migrate.kueue.objects import ClusterQueue, Cohort, Flavor, Found, LocalQueue, Machine, Workload

GROUP = "kueue.x-k8s.io"
_VERSIONS = {
    "ClusterQueue": ("v1beta1", "v1beta2", "v1"),
    "Cohort": ("v1alpha1", "v1beta1", "v1beta2", "v1"),
    "LocalQueue": ("v1beta1", "v1beta2", "v1"),
    "ResourceFlavor": ("v1beta1", "v1beta2", "v1"),
    "Topology": ("v1alpha1", "v1beta1", "v1beta2", "v1"),
    "Workload": ("v1beta1", "v1beta2", "v1"),
}
_GET = "kubectl get clusterqueues,cohorts,localqueues,resourceflavors,topologies,workloads -A -o yaml"


@dataclass(slots=True, kw_only=True)
class _Sorted:
    queues: dict[str, ClusterQueue] = field(default_factory=dict)
    cohorts: dict[str, Cohort] = field(default_factory=dict)
    local: dict[tuple[str, str], LocalQueue] = field(default_factory=dict)
    flavors: dict[str, Flavor] = field(default_factory=dict)
    topologies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    machines: dict[str, Machine] = field(default_factory=dict)
    workloads: dict[tuple[str, str], Workload] = field(default_factory=dict)
    jobs: dict[tuple[str, str], Workload] = field(default_factory=dict)
    unread: Counter[str] = field(default_factory=Counter)
    plain_nodes: int = 0
    plain_jobs: int = 0


def decode(documents: Sequence[SourceObject], resource: str) -> tuple[Found, tuple[Diagnostic, ...]]:
    """Everything that is there; what is wrong with it, sorted."""
    findings: list[Diagnostic] = []
    found = _Sorted()
    for document in _unique(documents, findings):
        _sort_in(found, Cursor(document=document, value=document.data, findings=findings), resource)
    if not found.queues and not findings:
        message = "there is no ClusterQueue in these files"
        findings.append(error("JT182", message, help=f"give what `{_GET}` prints"))
    owned = {(one.namespace, one.title) for one in found.workloads.values() if one.owner == "Job"}
    lone = {key: one for key, one in found.jobs.items() if key not in owned}
    work = [*found.workloads.values(), *lone.values()]
    return Found(
        cluster_queues=tuple(found.queues[name] for name in sorted(found.queues)),
        cohorts=_with_implicit(found),
        local_queues=dict(sorted(found.local.items())),
        flavors=dict(sorted(found.flavors.items())),
        topologies=dict(sorted(found.topologies.items())),
        machines=tuple(found.machines[name] for name in sorted(found.machines)),
        workloads=tuple(sorted(work, key=lambda one: (one.namespace, one.title, one.kind, one.name))),
        unread=dict(sorted(found.unread.items())),
        plain_nodes=found.plain_nodes,
        plain_jobs=found.plain_jobs,
    ), tuple(sorted(findings, key=lambda finding: finding.sort_key))


def _unique(documents: Sequence[SourceObject], findings: list[Diagnostic]) -> list[SourceObject]:
    """Each object once: printed twice alike it is one, printed twice and changed in between it is JT184."""
    seen: dict[tuple[str, ...], SourceObject] = {}
    ordered = sorted(documents, key=lambda document: (document.path, document.at()))
    for document in ordered:
        first = seen.setdefault(_identity(document), document)
        if first.data != document.data:
            _, kind, *names = _identity(document)
            message = f"{kind} {'/'.join(filter(None, names))} is there twice, and differs"
            notes = (f"first at {first.at()}",)
            findings.append(error("JT184", message, document.at(), notes=notes, help="give what is true now, once"))
    return list(seen.values())


def _identity(document: SourceObject) -> tuple[str, ...]:
    metadata = document.data.get("metadata")
    named: Mapping[str, object] = metadata if isinstance(metadata, Mapping) else {}
    group = str(document.data.get("apiVersion")).rpartition("/")[0]
    return group, str(document.data.get("kind")), str(named.get("namespace", "")), str(named.get("name", ""))


def _sort_in(found: _Sorted, cursor: Cursor, resource: str) -> None:
    group, _, version = (cursor["apiVersion"].text() or "").rpartition("/")
    kind = cursor["kind"].text() or "object without a kind"
    if group == GROUP and kind in _VERSIONS:
        if version not in _VERSIONS[kind]:
            cursor.findings.append(_unknown_version(cursor, kind, version))
        else:
            _sort_in_kueue(found, cursor, kind, resource)
    elif (group, version, kind) == ("", "v1", "Node"):
        node = machine(cursor, resource)
        if node is not None:
            found.machines[node.name] = node
        found.plain_nodes += node is None
    elif (group, version, kind) == ("batch", "v1", "Job"):
        _sort_in_job(found, cursor, resource)
    else:
        found.unread[kind] += 1


def _sort_in_kueue(found: _Sorted, cursor: Cursor, kind: str, resource: str) -> None:
    before = len(cursor.findings)
    match kind:
        case "ClusterQueue" if (queue := cluster_queue(cursor, resource)) is not None:
            found.queues[queue.name] = queue
        case "Cohort" if (group := cohort(cursor, resource)) is not None:
            found.cohorts[group.name] = group
        case "LocalQueue" if (local := local_queue(cursor)) is not None:
            found.local[local.namespace, local.name] = local
        case "ResourceFlavor" if (kind_of := flavor(cursor)) is not None:
            found.flavors[kind_of.name] = kind_of
        case "Topology" if (levels := topology(cursor)) is not None:
            found.topologies[levels[0]] = levels[1]
        case "Workload" if (work := workload(cursor, resource)) is not None:
            found.workloads[work.namespace, work.name] = work
        case _ if len(cursor.findings) == before:
            cursor["metadata"].complain("that of an object: a name, and a namespace where the kind has one")


def _sort_in_job(found: _Sorted, cursor: Cursor, resource: str) -> None:
    if any(kind != "CronJob" for kind, _ in names_of(cursor)):
        return  # part of a JobSet and the like, whose Workload speaks for it
    before = len(cursor.findings)
    work = job(cursor, resource)
    if work is not None:
        found.jobs[work.namespace, work.name] = work
    elif QUEUE not in cursor["metadata"]["labels"].pairs():
        found.plain_jobs += 1
    elif len(cursor.findings) == before:
        cursor["metadata"].complain("that of an object: a name and a namespace")


def _with_implicit(found: _Sorted) -> Mapping[str, Cohort]:
    """Cohorts that exist, and those that are only named: for Kueue these are cohorts without quota or limits."""
    named = [queue.cohort for queue in found.queues.values()] + [group.parent for group in found.cohorts.values()]
    implicit = {name: Cohort(name=name) for name in named if name is not None}
    return dict(sorted({**implicit, **found.cohorts}.items()))


def _unknown_version(cursor: Cursor, kind: str, version: str) -> Diagnostic:
    known = ", ".join(_VERSIONS[kind])
    resource = {"Topology": "topologies"}.get(kind, f"{kind.lower()}s")
    hint = f"kubectl get {resource}.v1beta1.{GROUP} -A -o yaml"
    message = f"{kind} of version {version} is not known"
    return error("JT186", message, cursor.document.at("apiVersion"), notes=(f"known: {known}",), help=hint)
