"""The observed state is read as kubectl prints it."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtree.base.identity import Key
from jobtree.base.instant import parse_instant
from jobtree.emit.ledger import closed_object
from jobtree.emit.manifests import lease_object
from jobtree.load import state as observing
from jobtree.load.source import Source
from jobtree.load.state import StateRead, closing_order, read_state
from jobtree.model.history import NodeStatus, Observed, Phase, RunStatus
from jobtree.model.lease import ClosedLease, ClosureReason, Lease
from tests.faults.ledger.lines import leases, many

EXAMPLE = """apiVersion: v1
kind: List
items:
  - apiVersion: rq.davidlangworthy.io/v1
    kind: Lease
    metadata: {name: prep-0-0-3f9c1d, namespace: rai-sys, labels: {rq.davidlangworthy.io/run: data-prep}}
    spec:
      owner: org:ai:rai:sys
      runRef: {namespace: rai-sys, name: data-prep}
      group: 0
      rank: 0
      role: Active
      slice: {node: a-01, slots: [0, 1, 2, 3, 4, 5, 6, 7]}
      paidBy: {namespace: rai-sys, budget: rai-sys, envelope: west-h100, owner: "org:ai:rai:sys"}
      interval: {start: 2026-03-02T06:00:00Z, expectedEnd: 2026-03-02T08:00:00Z}
      reason: Start
    status: {closed: true, ended: 2026-03-02T07:55:00Z, closureReason: Completed}
  - apiVersion: rq.davidlangworthy.io/v1
    kind: Run
    metadata: {name: data-prep, namespace: rai-sys, uid: 1d, resourceVersion: "7", generation: 2}
    spec: {owner: "org:ai:rai:sys", resources: {gpuType: H100-80GB, totalGPUs: 8}}
    status: {phase: Completed, finishedAt: 2026-03-02T07:55:00Z}
"""
API = "rq.davidlangworthy.io/v1"
ENDED = parse_instant("2026-03-02T07:55:00Z")


def read(text: str) -> StateRead:
    state, findings = read_state(Source("state.yaml", text.encode()))
    assert findings == ()
    return state


def listed(*items: object) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


def run(status: object, name: str = "r") -> dict[str, Any]:
    spec = {"owner": "org:a", "resources": {"gpuType": "H100", "totalGPUs": 8}}
    metadata = {"name": name, "namespace": "a"}
    return {"apiVersion": API, "kind": "Run", "metadata": metadata, "spec": spec, "status": status}


def node(name: str, *, spec: object = None, ready: str = "True", **metadata: object) -> dict[str, Any]:
    status = {"conditions": [{"type": "Ready", "status": ready}]}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, **metadata},
        "spec": spec or {},
        "status": status,
    }


def test_the_example_of_the_contracts() -> None:
    state = read(EXAMPLE)
    (closed,) = state.closed
    assert (closed.lease.run, closed.lease.node) == (Key("rai-sys", "data-prep"), "a-01")
    assert (closed.closure.time, closed.closure.reason) == (ENDED, ClosureReason.COMPLETED)
    assert state.open == ()
    assert state.observed == Observed(
        digest="sha256:" + hashlib.sha256(EXAMPLE.encode()).hexdigest(),
        runs=(RunStatus(run=Key("rai-sys", "data-prep"), phase=Phase.COMPLETED, at=ENDED),),
    )


def test_documents_and_a_single_object_are_read_like_a_list() -> None:
    one, other = run({"phase": "Running"}, "q"), run({"phase": "Pending"})
    assert read(listed(one, other)).observed.runs == read(f"{json.dumps(one)}\n---\n{json.dumps(other)}").observed.runs
    assert len(read(json.dumps(one)).observed.runs) == 1


def test_runs_without_a_phase_are_not_mentioned() -> None:
    state = read(listed(run({"phase": "Failed"}, "z"), run({}, "q"), run(None, "p"), run({"finishedAt": None}, "o")))
    assert state.observed.runs == (RunStatus(run=Key("a", "z"), phase=Phase.FAILED),)


def test_only_a_finished_run_has_finished() -> None:
    statuses = [{"phase": phase, "finishedAt": "2026-03-02T07:55:00Z"} for phase in Phase]
    found = read(listed(*(run(status, f"r{at}") for at, status in enumerate(statuses)))).observed.runs
    assert [status.at for status in found] == [None, None, ENDED, ENDED]


OUT = {"taints": [{"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute", "value": "nodeshutdown"}]}


@pytest.mark.parametrize(
    ("given_node", "usable", "lost"),
    [
        (node("n"), True, False),
        (node("n", spec={"unschedulable": True}), False, False),
        (node("n", ready="False"), False, False),
        (node("n", ready="Unknown"), False, False),
        (node("n", deletionTimestamp="2026-03-02T07:55:00Z"), False, False),
        (node("n", spec=OUT), False, True),
        (node("n", spec={**OUT, "unschedulable": True}, ready="Unknown"), False, True),
        (node("n", spec={"taints": [{"key": "node.kubernetes.io/unreachable"}]}), True, False),
    ],
)
def test_not_ready_is_not_dead(given_node: object, usable: bool, lost: bool) -> None:
    assert read(listed(given_node)).observed.nodes == (NodeStatus(node="n", usable=usable, lost=lost),)


def test_without_the_rule_a_lost_node_would_only_be_unusable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observing, "out_of_service", lambda _: False)
    with pytest.raises(AssertionError):
        test_not_ready_is_not_dead(node("n", spec=OUT), usable=False, lost=True)


@given(many, st.lists(leases(), max_size=4), st.randoms(use_true_random=False))
def test_what_a_cluster_says_of_leases_is_read_in_any_order(
    over: list[ClosedLease], running: list[Lease], random: Any
) -> None:
    running = [lease for lease in dict.fromkeys(running) if lease not in {one.lease for one in over}]
    items = [*map(closed_object, over), *map(lease_object, running), node("n-02"), node("n-01")]
    random.shuffle(items)
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, default=dict)
    state = read(text)
    assert state.closed == tuple(sorted(over, key=closing_order))
    assert sorted(map(repr, state.open)) == sorted(map(repr, running))
    assert [status.node for status in state.observed.nodes] == ["n-01", "n-02"]
    assert read(text) == state


PATHS = ["metadata", "spec", "status"]
VALUES = st.sampled_from([None, True, -1, 10**30, 1.5, "", "x", [], [1], {}, {"x": 1}, {"": {"": []}}, "é" * 300])


@given(st.sampled_from(["Node", "Run", "Lease"]), st.sampled_from(PATHS), VALUES, VALUES)
def test_any_value_is_answered_with_values(kind: str, field: str, value: object, inner: object) -> None:
    version = "v1" if kind == "Node" else API
    document = {"apiVersion": version, "kind": kind, "metadata": {"name": "r", "namespace": "a"}, field: value}
    for item in (document, {**document, "status": {"phase": inner, "closed": inner, "ended": value}}):
        read_state(Source("state.yaml", listed(item).encode()))
