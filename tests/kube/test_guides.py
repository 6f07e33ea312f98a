"""What the guides tell people to type at a cluster is typed at one, as it is written."""

import re
import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobtree.cli.main import run as jobtree
from tests.kube.objects import lease
from tests.kube.server import Object, Server, _kubectl

ROOT = Path(__file__).parents[2]
KUEUE, VERSION = "kueue.x-k8s.io", "v1beta2"
PLURALS = {
    "ClusterQueue": "clusterqueues",
    "Cohort": "cohorts",
    "LocalQueue": "localqueues",
    "ResourceFlavor": "resourceflavors",
    "Topology": "topologies",
    "Workload": "workloads",
}
SERVERS_OWN = {"creationTimestamp", "generation", "managedFields", "ownerReferences", "resourceVersion", "uid"}


def typed(guide: str, verb: str) -> list[str]:
    """The lines of a guide's blocks that call kubectl so."""
    text = (ROOT / "docs" / "guides" / guide).read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:sh|console)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith(f"kubectl {verb}")]


def run(server: Server, line: str, folder: Path, **names: str) -> None:
    """The line in a shell, with the server's own kubectl, and a guide's placeholders filled in."""
    for placeholder, name in names.items():
        line = line.replace(placeholder, name)
    words = shlex.join(_kubectl(server.kubeconfig, server.cache))
    done = subprocess.run(["sh", "-c", line.replace("kubectl", words, 1)], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, (line, done.stderr)


def examples(name: str) -> list[Object]:
    listed = yaml.safe_load((ROOT / "examples" / "from-kueue" / name).read_text())
    for item in listed["items"]:
        item["metadata"] = {key: value for key, value in item["metadata"].items() if key not in SERVERS_OWN}
    return list(listed["items"])


def definition(kind: str, *, namespaced: bool) -> Object:
    """Kueue's names without its schemas: what is stored is what comes out."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": VERSION, "served": True, "storage": True, "schema": {"openAPIV3Schema": anything}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{PLURALS[kind]}.{KUEUE}",
            "annotations": {"api-approved.kubernetes.io": "unapproved, a stand-in for tests"},
        },
        "spec": {
            "group": KUEUE,
            "names": {"kind": kind, "plural": PLURALS[kind], "singular": kind.lower()},
            "scope": "Namespaced" if namespaced else "Cluster",
            "versions": [version],
        },
    }


@pytest.fixture
def kueue(server: Server) -> Iterator[None]:
    """The objects of examples/from-kueue and its nodes, for as long as a test lasts."""
    made: list[str] = []
    try:
        _store(server, made)
        yield
    finally:
        for path in reversed(made):
            server.call("DELETE", path)


@pytest.fixture(autouse=True)
def ours(server: Server) -> None:
    await_served(server, "/apis/rq.davidlangworthy.io/v1/leases")


def await_served(server: Server, path: str) -> None:
    """A group that another server answers for is served a while after its definitions are there."""
    for _ in range(120):
        try:
            if server.call("GET", path).accepted:
                return
        except ValueError:  # "service unavailable", which is no JSON
            pass
        time.sleep(0.5)
    raise AssertionError(f"{path} is not served")


def _store(server: Server, made: list[str]) -> None:
    objects = examples("kueue.yaml")
    kinds: Mapping[str, bool] = {item["kind"]: "namespace" in item["metadata"] for item in objects}

    def create(path: str, body: Object) -> None:
        answer = server.call("POST", path, body)
        assert answer.accepted, answer.faults
        made.append(f"{path}/{body['metadata']['name']}")

    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    for kind in PLURALS:
        create(crds, definition(kind, namespaced=kinds.get(kind, False)))
    defined = (f"crd/{plural}.{KUEUE}" for plural in PLURALS.values())
    server.kubectl("wait", "--for=condition=Established", "--timeout=60s", *defined)
    for plural in PLURALS.values():
        await_served(server, f"/apis/{KUEUE}/{VERSION}/{plural}")
    for space in sorted({item["metadata"]["namespace"] for item in objects if "namespace" in item["metadata"]}):
        create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}})
    for item in objects:
        inside = f"/namespaces/{item['metadata']['namespace']}" if kinds[item["kind"]] else ""
        create(f"/apis/{KUEUE}/{VERSION}{inside}/{PLURALS[item['kind']]}", item)
    for node in examples("nodes.yaml"):
        create("/api/v1/nodes", node)
        name = node["metadata"]["name"]
        stored = server.call("GET", f"/api/v1/nodes/{name}").body
        server.call("PUT", f"/api/v1/nodes/{name}/status", stored | {"status": node["status"]})


@pytest.mark.usefixtures("kueue")
def test_what_kubectl_prints_of_kueue_is_what_the_importer_reads(server: Server, tmp_path: Path) -> None:
    lines = typed("kueue-users.md", "get")
    assert len(lines) == 2
    for line in lines:
        run(server, line, tmp_path)
    out = tmp_path / "imported"
    files = (str(tmp_path / "kueue.yaml"), str(tmp_path / "nodes.yaml"))
    assert jobtree(["import", "kueue", *files, "--out", str(out), "--cluster", "gpu-west"]) == 0
    kept = ROOT / "examples" / "from-kueue" / "fleet" / "budgets"
    budgets = {path.name: owned(path) for path in sorted(kept.iterdir())}
    assert {path.name: owned(path) for path in sorted((out / "budgets").iterdir())} == budgets


def owned(path: Path) -> list[Any]:
    """Who owns how many GPUs of what: windows begin at the instant of the import."""
    specs = [document["spec"] for document in yaml.safe_load_all(path.read_text())]
    return [
        (spec["owner"], [(one["flavor"], one["concurrency"]) for one in spec.get("envelopes", ())]) for spec in specs
    ]


def test_what_operators_type_makes_a_state_file(server: Server, tmp_path: Path) -> None:
    (line,) = typed("operators.md", "get")
    run(server, line, tmp_path)
    fleet = tmp_path / "fleet"
    assert jobtree(["init", str(fleet)]) == 0
    done = ["compile", str(fleet), "--now", "2026-03-02T09:00:00Z", "--state", str(tmp_path / "state.yaml")]
    assert jobtree(done) == 0


def test_a_lease_is_approved_for_deletion_as_the_guide_says(server: Server, stored: Any, tmp_path: Path) -> None:
    made = stored(lease())
    (line,) = typed("delivery.md", "annotate")
    inside = line.replace("annotate", f"annotate -n {server.namespace}")
    run(server, inside, tmp_path, NAME=made["metadata"]["name"], REASON="sold")
    assert server.read(made)["metadata"]["annotations"]["rq.davidlangworthy.io/deletion-approved"] == "sold"
