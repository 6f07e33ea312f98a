"""What the edit says is what the next compile does: a running run gives groups back, down to its minimum."""

import json
from pathlib import Path

from jobtree.base.identity import Key
from jobtree.base.instant import parse_instant
from jobtree.cli.main import run
from jobtree.cli.runs.backend import Applied, Refused, View
from jobtree.edit.edits import Shrink
from tests.unit.cli_runs.repositories import backend

FLEET = """apiVersion: rq.davidlangworthy.io/v1
kind: Fleet
metadata: {name: f}
spec:
  owners: [{name: "org:a", namespaces: [a]}]
---
apiVersion: rq.davidlangworthy.io/v1
kind: Budget
metadata: {name: a, namespace: a}
spec:
  owner: org:a
  envelopes:
    - {name: e, flavor: H100, selector: {region: r}, concurrency: 64,
       start: 2026-01-01T00:00:00Z, end: 2027-01-01T00:00:00Z}
---
apiVersion: rq.davidlangworthy.io/v1
kind: NodePool
metadata: {name: p}
spec: {count: 10, gpusPerNode: 8, labels: {region: r, cluster: c, fabric.domain: A, gpu.flavor: H100}}
"""
RUN = """apiVersion: rq.davidlangworthy.io/v1
kind: Run
metadata: {name: train, namespace: a, creationTimestamp: 2026-03-02T08:00:00Z}
spec:
  owner: org:a
  resources: {gpuType: H100, totalGPUs: 24}
  malleable:
    minTotalGPUs: 8
    maxTotalGPUs: 32
    stepGPUs: 8       # a node
  runtime: {duration: 20h}
"""


def compiled(root: Path, now: str) -> tuple[str, int, list[str]]:
    assert run(["compile", str(root), "--now", now]) == 0
    assert run(["verify", str(root)]) == 0
    plan = json.loads((root / "rendered" / "plan.json").read_bytes())
    entry = plan["runs"][0]
    return entry["decision"], entry["width"], sorted({closure["reason"] for closure in plan["closures"]})


def test_a_running_run_shrinks_to_its_minimum(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text(FLEET)
    (tmp_path / "train.yaml").write_text(RUN)
    assert compiled(tmp_path, "2026-03-02T09:00:00Z") == ("start", 24, [])
    assert compiled(tmp_path, "2026-03-02T09:30:00Z") == ("running", 32, [])
    by_8 = Shrink(run=Key("a", "train"), by=8)
    for hour, width in ((10, 24), (11, 16), (12, 8)):
        now = f"2026-03-02T{hour}:00:00Z"
        outcome = backend(tmp_path, now=parse_instant(now)).apply(by_8)
        assert isinstance(outcome, Applied)
        assert outcome.sentences == (f"run.rq.davidlangworthy.io/train shrunk from {width + 8} to {width} GPUs",)
        view = backend(tmp_path, now=parse_instant(now)).view()
        assert isinstance(view, View)
        assert view.plan["runs"][0]["width"] == width
        assert compiled(tmp_path, now) == ("running", width, ["Shrink"])
    small = RUN.replace("totalGPUs: 24", "totalGPUs: 8").replace("# a node", "# a node\n    desiredTotalGPUs: 8")
    assert (tmp_path / "train.yaml").read_text() == small
    assert isinstance(backend(tmp_path).apply(by_8), Refused)
