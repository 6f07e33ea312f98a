"""What a state file shows, through the whole compiler: lost nodes, finished runs, cordons (semantics.md 10)."""

import json
from typing import Any

import pytest
import yaml

from jobtree.load.source import Source
from tests.laws.compiler import Story, decisions, plan_of, tree_of
from tests.unit.resolve.test_contention import at, run, world
from tests.worlds import API

TAINT = {"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"}


def state(*items: dict[str, Any]) -> Source:
    return Source("/state.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": list(items)}).encode())


def node(name: str, **spec: Any) -> dict[str, Any]:
    ready = {"conditions": [{"type": "Ready", "status": "True"}], "allocatable": {"nvidia.com/gpu": "8"}}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": spec, "status": ready}


def observed_run(space: str, name: str, **status: Any) -> dict[str, Any]:
    spec = {"owner": "org:a", "resources": {"gpuType": "H100-80GB", "totalGPUs": 8}}
    metadata = {"name": name, "namespace": space}
    return {"apiVersion": API, "kind": "Run", "metadata": metadata, "spec": spec, "status": status}


def pods(tree: Any, name: str) -> list[tuple[str, str, str]]:
    groups = decisions(tree)[name]["groups"]
    return [(pod["node"], pod["role"], pod["reason"]) for group in groups for pod in group["pods"]]


def test_a_lost_pod_moves_to_its_spare_and_the_node_stays_cordoned() -> None:
    story, fleet = Story(), world(run("org:a", "h", 8, pod=8, spares=1), nodes=3)
    before = pods(tree_of(story.compile(fleet, at(0))), "ns-org-a/h")
    lost, spare = before[0][0], before[1][0]
    tree = tree_of(story.compile(fleet, at(1), state=state(node(lost, taints=[TAINT]))))
    assert pods(tree, "ns-org-a/h") == [(spare, "Active", "Swap")]
    assert sorted(entry["reason"] for entry in plan_of(tree)["closures"]) == ["NodeFailure", "Swap"]
    crowded = world(run("org:a", "h", 8, pod=8, spares=1), run("org:b", "n", 16, pod=8), nodes=3)
    later = decisions(tree_of(story.compile(crowded, at(2))))["ns-org-b/n"]
    assert lost not in {pod["node"] for group in later["groups"] for pod in group["pods"]}


def test_without_a_spare_the_run_is_planned_again_at_once() -> None:
    story, fleet = Story(), world(run("org:a", "h", 8, pod=8), nodes=2)
    ((lost, _, _),) = pods(tree_of(story.compile(fleet, at(0))), "ns-org-a/h")
    tree = tree_of(story.compile(fleet, at(1), state=state(node(lost, taints=[TAINT]))))
    ((home, _, reason),) = pods(tree, "ns-org-a/h")
    assert (home != lost, reason) == (True, "Start")


def test_a_cordoned_node_keeps_its_pods() -> None:
    story, fleet = Story(), world(run("org:a", "h", 8, pod=8), nodes=2)
    before = pods(tree_of(story.compile(fleet, at(0))), "ns-org-a/h")
    tree = tree_of(story.compile(fleet, at(1), state=state(node(before[0][0], unschedulable=True))))
    assert pods(tree, "ns-org-a/h") == before
    assert plan_of(tree)["closures"] == []


def test_a_finished_run_frees_its_followers_and_a_failed_one_does_not() -> None:
    follower = run("org:a", "hh", 8, pod=8, after=["h"])
    for phase, decision in (("Completed", "start"), ("Failed", "refuse")):
        story, fleet = Story(), world(run("org:a", "h", 8, pod=8), follower)
        tree_of(story.compile(fleet, at(0)))
        seen = state(observed_run("ns-org-a", "h", phase=phase, finishedAt="2026-03-02T01:30:00Z"))
        tree = tree_of(story.compile(fleet, at(1), state=seen))
        assert decisions(tree)["ns-org-a/h"]["decision"] == "finished"
        assert decisions(tree)["ns-org-a/hh"]["decision"] == decision
        again = tree_of(story.compile(fleet, at(2)))
        assert decisions(again)["ns-org-a/h"]["expectedEnd"] == "2026-03-02T01:30:00Z"


def test_many_open_leases_do_not_vanish_unasked() -> None:
    story = Story()
    tree_of(story.compile(world(run("org:a", "h", 8, pod=8)), at(0)))
    result = story.compile(world(), at(1), allow_drop=False)
    assert result.tree is None
    assert {finding.code for finding in result.diagnostics if finding.severity == "error"} == {"JT710"}
    tree = tree_of(story.compile(world(), at(1), allow_drop=True))
    assert [entry["reason"] for entry in plan_of(tree)["closures"]] == ["RunDeleted"]


@pytest.mark.parametrize("reason", ["Completed", "WorkloadFailed"])
@pytest.mark.parametrize("which", [0, 1])
def test_a_run_whose_leases_are_closed_one_by_one_is_over(which: int, reason: str) -> None:
    """A state may be printed in between, and printed again when the rest is closed too."""
    story, fleet = Story(), world(run("org:a", "h", 16, pod=8), nodes=2)
    before = tree_of(story.compile(fleet, at(0)))
    leases = [one for path, data in before.items() if "/leases/h" in path for one in yaml.safe_load_all(data)]
    leases[which]["status"] = {"closed": True, "ended": "2026-03-02T01:30:00Z", "closureReason": reason}
    tree = tree_of(story.compile(fleet, at(1), state=state(*leases)))
    assert decisions(tree)["ns-org-a/h"]["decision"] == "finished"
    told = {(entry["time"], entry["reason"]) for entry in plan_of(tree)["closures"]}
    assert told == {("2026-03-02T01:30:00Z", reason)}
    assert len(plan_of(tree)["closures"]) == 2
    again = tree_of(story.compile(fleet, at(2), state=state(*leases)))
    assert (decisions(again)["ns-org-a/h"]["decision"], plan_of(again)["closures"]) == ("finished", [])
