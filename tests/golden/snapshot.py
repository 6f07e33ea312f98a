"""What kubectl prints of the cluster of examples/contention/two-domains at 10:00. As a module, it renews the example.

Nodes, budgets, runs, leases and reservations are those of the story, with what an API server and controllers add.
"""

import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jobtree.adapters.files import read_sources
from jobtree.cli.main import run
from jobtree.emit.yaml_writer import write_documents
from jobtree.load.loader import load
from jobtree.load.scan import scan
from jobtree.load.source import Source

ROOT = Path(__file__).parents[2]
STORY = ROOT / "examples" / "contention" / "two-domains"
KEPT = ROOT / "examples" / "snapshot" / "cluster.yaml"
ORDER = ("Node", "Budget", "Run", "Reservation", "Lease")


def snapshot() -> bytes:
    with tempfile.TemporaryDirectory() as place:
        fleet = Path(place) / "fleet"
        shutil.copytree(STORY / "fleet", fleet)
        assert run(["compile", str(fleet), "--now", "2026-03-02T06:00:00Z"]) == 0
        shutil.copytree(STORY / "steps" / "01-claim", fleet, dirs_exist_ok=True)
        assert run(["compile", str(fleet), "--now", "2026-03-02T10:00:00Z"]) == 0
        inputs = read_sources(fleet, skip=["rendered"]).sources
        rendered = [Source(path.name, path.read_bytes()) for path in sorted(fleet.glob("rendered/*/*/*/*.yaml"))]
    written = [dict(part.data) for source in (*inputs, *rendered) for part in scan(source).ours if part.kind in ORDER]
    running = {lease["spec"]["runRef"]["name"] for lease in written if lease["kind"] == "Lease"}
    items = sorted([*_nodes(inputs), *written], key=_place)
    printed = [_printed(item, number, running) for number, item in enumerate(items)]
    listed: dict[str, object] = {
        "apiVersion": "v1",
        "items": printed,
        "kind": "List",
        "metadata": {"resourceVersion": ""},
    }
    return b"# kubectl get nodes,budgets,runs,reservations,leases -A -o yaml\n" + write_documents([listed])


def _nodes(inputs: tuple[Source, ...]) -> Iterator[dict[str, Any]]:
    catalog = load(inputs, admissions={}).catalog
    assert catalog is not None
    for node in catalog.nodes:
        yield {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": node.name, "labels": {**dict(node.labels), "kubernetes.io/hostname": node.name}},
            "spec": {},
            "status": {
                "allocatable": {"cpu": "192", "memory": "2113411Mi", "nvidia.com/gpu": str(node.gpus), "pods": "110"},
                "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
            },
        }


def _place(item: Mapping[str, Any]) -> tuple[int, str, str]:
    metadata = item["metadata"]
    return (ORDER.index(item["kind"]), metadata.get("namespace", ""), metadata["name"])


def _printed(item: dict[str, Any], number: int, running: set[str]) -> dict[str, Any]:
    """With what a server adds, names in its order, and the phase that a controller sets."""
    kind, metadata = item["kind"], item["metadata"]
    identity = f"{kind}/{metadata.get('namespace', '')}/{metadata['name']}"
    added = {
        "creationTimestamp": metadata.get("creationTimestamp", "2026-03-02T04:00:00Z"),
        "resourceVersion": str(1041 + 7 * number),
        "uid": str(uuid.uuid5(uuid.NAMESPACE_URL, identity)),
    }
    whole = {**item, "metadata": {**metadata, **added, **({"generation": 1} if kind != "Node" else {})}}
    if kind == "Run":
        whole["status"] = {"phase": "Running" if metadata["name"] in running else "Pending"}
    return {name: _sorted(value) for name, value in sorted(whole.items())}


def _sorted(value: Any) -> Any:
    """As kubectl prints it: names of members in order."""
    match value:
        case dict():
            return {name: _sorted(value[name]) for name in sorted(value)}
        case list():
            return [_sorted(item) for item in value]
        case _:
            return value


if __name__ == "__main__":
    KEPT.write_bytes(snapshot())
