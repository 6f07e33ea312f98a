"""The CRDs on a real API server: it takes them, and refuses what they say it refuses.

Runs against the server that JOBTREE_TEST_KUBECONFIG names (CONTRIBUTING.md), and is skipped where there is none.
Objects are made in a namespace of their own; the CRDs stay.
"""

import json
from collections.abc import Callable

import pytest

from jobtree.load.crd_rules import NAMES, RULES
from jobtree.load.crds import crd
from jobtree.load.wire.metadata import GROUP
from tests.kube.cases import BROKEN_RULES, BROKEN_SHAPES, FITTING, TRANSITIONS, Changes
from tests.kube.objects import GONE, changed, lease, of_compile, of_examples, sample
from tests.kube.server import Object, Server
from tests.unit.load.sample import CREATED, END, SAMPLE

Store = Callable[[Object], Object]


def test_every_crd_is_established_and_structural(server: Server) -> None:
    for naming in NAMES.values():
        found = json.loads(server.kubectl("get", "crd", f"{naming.plural}.{GROUP}", "-o", "json"))
        said = {condition["type"]: condition["status"] for condition in found["status"]["conditions"]}
        assert said == {"NamesAccepted": "True", "Established": "True"}


@pytest.mark.parametrize("kind", sorted(NAMES))
def test_the_server_stores_a_crd_as_it_is_written(server: Server, kind: str) -> None:
    """Nothing of a schema is pruned, so nothing in it is a mere intention."""
    written = crd(kind)
    found = json.loads(server.kubectl("get", "crd", written["metadata"]["name"], "-o", "json"))
    assert found["spec"]["versions"] == written["spec"]["versions"]


def test_every_rule_is_broken_here() -> None:
    messages = {message for rules in RULES.values() for _, message in rules}
    broken = (*(said for _, _, said in BROKEN_RULES), *TRANSITIONS)
    assert [message for message in sorted(messages) if not any(message.startswith(said) for said in broken)] == []


def test_what_an_owner_writes_is_accepted_and_stored_as_written(server: Server) -> None:
    for thing in of_examples():
        answer = server.try_create(thing)
        assert answer.accepted, (thing["metadata"]["name"], answer.faults)
        assert answer.body["spec"] == thing["spec"]


def test_what_a_compile_publishes_is_accepted_and_never_changes(server: Server, stored: Store) -> None:
    for thing in of_compile():
        assert stored(thing)["spec"] == thing["spec"]
    for thing in of_compile():
        first, second = server.apply(thing), server.apply(thing)
        assert (first.accepted, second.accepted) == (True, True), first.faults
        assert first.body["metadata"]["resourceVersion"] == second.body["metadata"]["resourceVersion"]


@pytest.mark.parametrize(("name", "changes"), FITTING)
def test_accepts(server: Server, name: str, changes: Changes) -> None:
    thing = changed(sample(name), changes)
    answer = server.try_create(thing)
    assert answer.accepted, answer.faults
    assert answer.body["spec"] == thing["spec"]


@pytest.mark.parametrize(("name", "changes", "said"), BROKEN_RULES)
def test_refuses_broken_relations(server: Server, name: str, changes: Changes, said: str) -> None:
    answer = server.try_create(changed(sample(name), changes))
    assert answer.code == 422
    assert said in answer.faults


@pytest.mark.parametrize(("name", "changes", "said"), [case for case in BROKEN_SHAPES if case[0] != "fleet"])
def test_refuses_broken_shapes(server: Server, name: str, changes: Changes, said: str) -> None:
    answer = server.try_create(changed(sample(name), changes))
    assert answer.code in (400, 422)
    assert said in answer.faults


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("lease", {"spec.reason": "Grow"}, TRANSITIONS[0]),
        ("lease", {"spec.paidBy": None}, TRANSITIONS[0]),
        ("lease", {"spec.slice.slots": [0]}, TRANSITIONS[0]),
        ("lease", {"spec.interval.expectedEnd": "2026-03-08T09:00:00Z"}, TRANSITIONS[0]),
        ("reservation", {"spec.earliestStart": "2026-03-02T14:04:00Z"}, TRANSITIONS[1]),
        ("reservation", {"spec.payers": []}, TRANSITIONS[1]),
        ("reservation", {"spec.intendedSlice.0.nodes.0": "b-09"}, TRANSITIONS[1]),
    ],
)
def test_a_published_spec_never_changes(server: Server, stored: Store, name: str, changes: Changes, said: str) -> None:
    answer = server.update(changed(stored(sample(name)), changes))
    assert answer.code == 422
    assert said in answer.faults


def test_a_large_promise_stays_within_what_a_rule_may_cost(server: Server, stored: Store) -> None:
    group = sample("reservation")["spec"]["intendedSlice"][0]
    groups = [group | {"group": number, "nodes": [f"n-{number}-{i}" for i in range(16)]} for number in range(1024)]
    made = stored(changed(sample("reservation"), {"spec.intendedSlice": groups}))
    assert TRANSITIONS[1] in server.update(changed(made, {"spec.intendedSlice.1023.nodes.15": "other"})).faults
    assert server.update(changed(made, {"metadata.labels": {"seen": "yes"}})).accepted


def test_labels_of_facts_and_specs_of_wishes_may_change(server: Server, stored: Store) -> None:
    labelled = changed(stored(lease()), {"metadata.labels": {"seen": "yes"}})
    assert server.update(labelled).accepted
    wider = changed(stored(sample("run")), {"spec.resources.totalGPUs": 24})
    assert server.update(wider).accepted


CLOSED = {"closed": True, "ended": CREATED, "closureReason": "Completed"}


def test_a_closure_is_written_once(server: Server, stored: Store) -> None:
    thing = stored(lease())
    thing = server.update(changed(thing, {"status": CLOSED}), under="/status").body
    assert thing["status"] == CLOSED
    assert server.update(thing, under="/status").accepted
    for changes, said in (
        ({"status.closureReason": "Swap"}, TRANSITIONS[2]),
        ({"status.ended": END}, TRANSITIONS[2]),
        ({"status.closed": False}, TRANSITIONS[2]),
        ({"status.closed": GONE}, TRANSITIONS[2]),
        ({"status": GONE}, TRANSITIONS[4]),
        ({"status": {}}, TRANSITIONS[2]),
    ):
        answer = server.update(changed(thing, changes), under="/status")
        assert answer.code == 422, changes
        assert said in answer.faults
    assert server.read(thing)["status"] == CLOSED


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({"closed": True}, TRANSITIONS[3]),
        ({"closed": True, "ended": CREATED}, TRANSITIONS[3]),
        ({"closed": True, "closureReason": "Completed"}, TRANSITIONS[3]),
        (CLOSED | {"closureReason": "Bored"}, 'status.closureReason: Invalid value: "Bored"'),
        (CLOSED | {"by": "me"}, 'unknown field "status.by"'),
    ],
)
def test_refuses_half_a_closure(server: Server, stored: Store, status: Changes, said: str) -> None:
    answer = server.update(changed(stored(lease()), {"status": status}), under="/status")
    assert answer.code in (400, 422)
    assert said in answer.faults


@pytest.mark.parametrize("reason", ["RandomPreempt(3f2a)", "ReclaimUnfunded(00)", "SwapDeclined", "RunDeleted"])
def test_accepts_every_kind_of_closure(server: Server, stored: Store, reason: str) -> None:
    closure = CLOSED | {"closureReason": reason}
    assert server.update(changed(stored(lease()), {"status": closure}), under="/status").body["status"] == closure


@pytest.mark.parametrize("name", ["budget", "run", "tree", "pool", "policy", "reservation", "lease"])
def test_status_belongs_to_the_cluster(server: Server, stored: Store, name: str) -> None:
    """Status is written below ``/status`` only, and nothing else is written there."""
    status = {"run": {"phase": "Running"}, "lease": {"closed": False}}.get(name, {"seen": 3})
    made = stored(sample(name) | {"status": status})
    assert "status" not in made
    written = server.update(changed(made, {"status": status, "spec": {**made["spec"]}}), under="/status")
    assert written.body["status"] == status, written.faults
    kept = server.update(changed(written.body, {"status": {}}))
    assert (kept.body["status"], kept.body["spec"]) == (status, made["spec"])


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("budget", {"OWNER": "org:a", "PARENTS": '["org:b"]'}),
        ("run", {"OWNER": "org:a", "FLAVOR": "H100-80GB", "GPUS": "16", "PHASE": ""}),
        ("tree", {"OWNER": "org:a", "MAX GPUS": "64"}),
        ("pool", {"NODES": "4", "GPUS PER NODE": "8"}),
        ("lease", {"RUN": "mm2", "GROUP": "0", "RANK": "0", "ROLE": "Active", "NODE": "b-09", "PAYER": "west-h100"}),
        ("reservation", {"RUN": "mm3", "WIDTH": "64", "EARLIEST START": "2026-03-02T14:05:00Z", "CONFIDENCE": "firm"}),
    ],
)
def test_kubectl_shows_columns(server: Server, stored: Store, name: str, columns: dict[str, str]) -> None:
    thing = stored(sample(name))
    naming = NAMES[thing["kind"]]
    for called in (f"{naming.plural}.{GROUP}", *naming.short):
        header, row = server.kubectl("get", called, thing["metadata"]["name"], "-n", server.namespace).splitlines()
        starts = {title: header.index(title) for title in columns}
        shown = {title: row[at:].split("  ")[0].strip() for title, at in starts.items()}
        assert shown == columns


@pytest.mark.parametrize("kind", sorted(NAMES))
def test_the_singular_means_one_kind(server: Server, stored: Store, kind: str) -> None:
    """No name of a kind is also the name of a category or of another kind of ours."""
    thing = stored(next(sample(name) for name in (*SAMPLE, "lease", "reservation") if sample(name)["kind"] == kind))
    called = f"{kind.lower()}.{GROUP}" if kind == "Lease" else kind.lower()
    found = server.kubectl("get", called, thing["metadata"]["name"], "-n", server.namespace, "-o", "name")
    assert found.strip() == f"{kind.lower()}.{GROUP}/{thing['metadata']['name']}"
