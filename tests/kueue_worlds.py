"""Random clusters under Kueue, as the objects that ``kubectl get -o yaml`` prints, valid or nearly so."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from jobtree.base.diagnostic import Diagnostic
from jobtree.base.instant import parse_instant
from jobtree.emit.yaml_writer import write_documents
from jobtree.load.foreign import read_foreign
from jobtree.load.source import Source
from jobtree.migrate.kueue.compose import migrate_kueue
from jobtree.migrate.kueue.options import Options
from jobtree.migrate.migration import Migration
from jobtree.pipeline import check
from jobtree.request import Checked, CompileRequest

GPU = "nvidia.com/gpu"
NOW = parse_instant("2026-03-02T09:00:00Z")
OPTIONS = Options(now=NOW, cluster="main", duration="24h", gpu_resource=GPU, fabric=None)
QUEUES = ("a", "b", "b.c", "b-c", "cohort-x")
COHORTS = ("x", "y", "z", "a")
FLAVORS = ("h100", "a100", "a.100")
SPACES = ("team-1", "team-2", "b-cohort", "a")

Object = dict[str, Any]


def kueue(kind: str, name: str, spec: Mapping[str, Any], space: str | None = None, **more: Any) -> Object:
    place = {"namespace": space} if space else {}
    version = more.pop("version", "v1beta2")
    metadata = {"name": name, **place, **more.pop("metadata", {})}
    return {"apiVersion": f"kueue.x-k8s.io/{version}", "kind": kind, "metadata": metadata, "spec": dict(spec), **more}


def quota(flavor: str, nominal: Any, **limits: Any) -> Object:
    amounts = [{"name": "cpu", "nominalQuota": 100}, {"name": GPU, "nominalQuota": nominal, **limits}]
    return {"name": flavor, "resources": amounts}


def groups(*quotas: Object) -> list[Object]:
    return [{"coveredResources": ["cpu", GPU], "flavors": list(quotas)}]


def queue(name: str, *quotas: Object, cohort: str | None = None, **spec: Any) -> Object:
    member = {"cohortName": cohort} if cohort else {}
    return kueue("ClusterQueue", name, {"resourceGroups": groups(*quotas), "namespaceSelector": {}, **member, **spec})


def local(space: str, target: str, name: str = "gpus", **spec: Any) -> Object:
    return kueue("LocalQueue", name, {"clusterQueue": target, **spec}, space)


def flavor(name: str, **spec: Any) -> Object:
    return kueue("ResourceFlavor", name, {"nodeLabels": {"gpu": name}, **spec})


def node(name: str, kind: str, gpus: Any = "8", **labels: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"gpu": kind, "kubernetes.io/hostname": name, **labels}},
        "status": {"allocatable": {"cpu": "100", GPU: gpus}, "conditions": [{"type": "Ready", "status": "True"}]},
    }


def template(gpus: int, **pod: Any) -> Object:
    container = {"name": "main", "image": "example.com/a:1", "resources": {"limits": {"cpu": 1.5, GPU: str(gpus)}}}
    return {"spec": {"containers": [container], **pod}}


def pods(count: int, gpus: int, name: str = "main", **more: Any) -> Object:
    return {"name": name, "count": count, "template": more.pop("template", template(gpus)), **more}


def workload(space: str, name: str, *pod_sets: Object, queue_name: str = "gpus", **more: Any) -> Object:
    metadata = {"creationTimestamp": "2026-03-02T08:00:00Z", **more.pop("metadata", {})}
    status = more.pop("status", {})
    spec = {"podSets": list(pod_sets), "queueName": queue_name, **more}
    return kueue("Workload", name, spec, space, metadata=metadata, status=status)


def as_source(objects: Iterable[Object], path: str = "kueue.yaml") -> Source:
    """A v1 List; JSON is YAML."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    return Source(path, text.encode())


def migrate(
    objects: Iterable[Object] | Sequence[Source], options: Options = OPTIONS
) -> tuple[Migration | None, tuple[Diagnostic, ...]]:
    given = list(objects)
    sources = [one for one in given if isinstance(one, Source)] or [as_source(given)]  # type: ignore[arg-type]
    documents = []
    for source in sources:
        found, findings = read_foreign(source)
        assert findings == ()
        documents += found
    return migrate_kueue(documents, options)


def migrated(*objects: Object, options: Options = OPTIONS) -> Migration:
    """The migration of objects that are sound, which passes the check."""
    migration, findings = migrate(objects, options)
    assert migration is not None, findings
    errors = [finding for finding in checked(migration).diagnostics if finding.severity == "error"]
    assert errors == []
    return migration


def written(migration: Migration) -> dict[str, bytes]:
    return {path: write_documents(documents) for path, documents in migration.files.items()}


def checked(migration: Migration) -> Checked:
    sources = [Source(path, data) for path, data in written(migration).items()]
    return check(CompileRequest(sources=sources, as_of=NOW))


def budget(migration: Migration, path: str) -> Any:
    """The spec of the one budget in a file."""
    (document,) = migration.files[path]
    return document["spec"]


def run(migration: Migration, path: str) -> Any:
    """The spec of a run."""
    (document,) = migration.files[path]
    return document["spec"]


def texts(migration: Migration, source: str) -> str:
    """All that is said of a source."""
    return "\n".join(f"{note.outcome}: {note.text}" for note in migration.notes if source in note.source)


@st.composite
def quotas(draw: st.DrawFn, *, limits: bool) -> list[Object]:
    names = draw(st.lists(st.sampled_from(FLAVORS), min_size=1, max_size=3, unique=True))
    made = []
    for name in names:
        amounts: Object = {}
        if limits and draw(st.booleans()):
            amounts["lendingLimit"] = draw(st.sampled_from([0, "4", 8, 99]))
        if limits and draw(st.booleans()):
            amounts["borrowingLimit"] = draw(st.sampled_from([0, 0, 0, "16"]))
        made.append(quota(name, draw(st.sampled_from([0, 1, "8", 16, "32", "1k"])), **amounts))
    return made


@st.composite
def pod_sets(draw: st.DrawFn) -> list[Object]:
    names = draw(st.sampled_from([("main",), ("master", "worker"), ("launcher", "worker")]))
    made = []
    for name in names:
        count, gpus = draw(st.integers(0, 5)), draw(st.sampled_from([8, 8, 4, 1, 0]))
        pod: Object = {}
        if draw(st.booleans()):
            pod["nodeSelector"] = draw(
                st.sampled_from([{}, {"gpu": "h100"}, {"zone": "z1"}, {"zone": "z2"}, {"gpu": "none"}])
            )
        request: Object = {}
        if draw(st.booleans()):
            request = draw(st.sampled_from([{"required": "block"}, {"required": "rack"}, {"preferred": "block"}]))
        if draw(st.booleans()):
            request = {**request, "podSetSliceRequiredTopology": "block", "podSetSliceSize": draw(st.integers(1, 3))}
        more: Object = {"topologyRequest": request} if request else {}
        if count > 1 and len(made) == 0 and draw(st.booleans()):
            more["minCount"] = draw(st.integers(1, count))
        made.append(pods(count, gpus, name, template=template(gpus, **pod), **more))
    return made


@st.composite
def workloads(draw: st.DrawFn, index: int) -> Object:
    space, name = draw(st.sampled_from(SPACES)), f"job-{index}"
    status: Object = {}
    match draw(st.sampled_from(["pending", "pending", "admitted", "finished"])):
        case "admitted":
            status = {"admission": {"clusterQueue": draw(st.sampled_from(QUEUES)), "podSetAssignments": []}}
        case "finished":
            status = {"conditions": [{"type": "Finished", "status": "True"}]}
    more: Object = {"maximumExecutionTimeSeconds": 3600} if draw(st.booleans()) else {}
    if draw(st.booleans()):
        more["priorityClassRef"] = {"name": draw(st.sampled_from(["high", "low"]))}
    owner = {"kind": draw(st.sampled_from(["Job", "PyTorchJob"])), "name": draw(st.sampled_from(["train", "tr.ain"]))}
    metadata: Object = {"ownerReferences": [owner]} if draw(st.booleans()) else {}
    if draw(st.integers(0, 4)) == 0:
        metadata["annotations"] = {"kueue.x-k8s.io/workload-slice-replacement-for": f"{space}/job-0"}
    return workload(space, name, *draw(pod_sets()), status=status, metadata=metadata, **more)


@st.composite
def clusters(draw: st.DrawFn) -> list[Object]:
    """Everything that there is in a cluster."""
    objects = []
    names = draw(st.lists(st.sampled_from(QUEUES), min_size=1, max_size=4, unique=True))
    for name in names:
        cohort = draw(st.sampled_from([None, "x", *COHORTS]))
        spec: Object = {"stopPolicy": "Hold"} if draw(st.integers(0, 5)) == 0 else {}
        objects.append(queue(name, *draw(quotas(limits=cohort is not None)), cohort=cohort, **spec))
    for name in draw(st.lists(st.sampled_from(COHORTS), max_size=3, unique=True)):
        parent = draw(st.sampled_from([None, *COHORTS]))
        spec = {"parentName": parent} if parent else {}
        spec |= {"resourceGroups": groups(*draw(quotas(limits=bool(parent))))} if draw(st.booleans()) else {}
        objects.append(kueue("Cohort", name, spec))
    for space in draw(st.lists(st.sampled_from(SPACES), min_size=2, unique=True)):
        objects.append(local(space, draw(st.sampled_from([*names, *names, *QUEUES]))))
        if draw(st.booleans()):
            objects.append(local(space, draw(st.sampled_from(names)), "other", stopPolicy="HoldAndDrain"))
    if draw(st.booleans()):
        objects.append(kueue("Topology", "fabric", {"levels": [{"nodeLabel": "block"}, {"nodeLabel": "rack"}]}))
    for name in draw(st.lists(st.sampled_from(FLAVORS), max_size=3, unique=True)):
        labels = draw(st.sampled_from([{"gpu": name}, {}]))
        topology = {"topologyName": "fabric"} if draw(st.booleans()) else {}
        objects.append(kueue("ResourceFlavor", name, {"nodeLabels": labels, **topology}))
    for index in range(draw(st.integers(0, 4))):
        labels = draw(st.sampled_from([{}, {"block": "b1", "rack": "r1"}, {"zone": "z1"}]))
        kind, gpus = draw(st.sampled_from(FLAVORS)), draw(st.sampled_from(["8", "4", "0"]))
        objects.append(node(f"n{index}", kind, gpus, **labels))
    objects += [draw(workloads(index)) for index in range(draw(st.integers(2, 6)))]
    return objects
