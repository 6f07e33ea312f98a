"""Owners recall what family uses of their envelopes: the family's work coasts, and nobody else's does."""

import pytest

from jobtree.verify import accounting, funding, verify
from tests.unit.verify.world import World, at, decision, document, envelope, group, plan_of, pod, pool, run

ALL = "org-ai/org-ai/west"


def family(parent_gpus: int = 16, *, starter: str = "org:ai") -> World:
    """A child runs on 16 GPUs of its parent's envelope, which has so many; now the starter takes 8 of them."""
    owners = [{"name": owner, "namespaces": [owner.replace(":", "-")]} for owner in ("org:ai", "org:ai:mm")]
    spaces = {entry["name"]: entry["namespaces"][0] for entry in owners}
    budgets = [
        document("Budget", "org-ai", {"owner": "org:ai", "envelopes": [envelope("west", parent_gpus)]}, "org-ai"),
        document(
            "Budget", "mm", {"owner": "org:ai:mm", "parents": ["org:ai"], "envelopes": [envelope("own", 1)]}, "mm"
        ),
    ]
    work = [
        document("Run", "old", run("org:ai:mm", 16, 24, resources={"gpusPerPod": 8}), spaces["org:ai:mm"]),
        document("Run", "new", run(starter, 8, 2), spaces[starter]),
    ]
    documents = {
        "fleet.yaml": [document("Fleet", "acme", {"owners": owners, "planning": {"horizon": "7d"}})],
        "topology.yaml": [pool("a", 4, "west", "gpu-w")],
        "budgets.yaml": budgets,
        "runs.yaml": work,
    }
    old = decision(
        "org-ai-mm/old", "org:ai:mm", "running", -1, 24, group(0, pod(0, "a-01#0-7", ALL), pod(1, "a-02#0-7", ALL))
    )
    new = decision(f"{spaces[starter]}/new", starter, "start", 0, 2, group(0, pod(0, "a-03#0-7", ALL)))
    return World(documents, plan_of(sorted([old, new], key=lambda entry: entry["run"].split("/"))))


def found(world: World) -> list[str]:
    return [violation.invariant for violation in verify(*world.files())]


def test_an_owner_recalls_what_family_uses() -> None:
    world = family()
    assert found(world) == []
    inputs = world.files()[0]
    stated = {entry["run"]: entry["payers"] for entry in world.stated(inputs)["runs"]}
    assert [share["class"] for share in stated["org-ai-mm/old"]] == ["Unfunded"]
    assert [share["class"] for share in stated["org-ai/new"]] == ["Owned"]


def test_an_owner_recalls_for_a_later_instant_too() -> None:
    world = family()
    world.run("org-ai/new").update(decision="reserve", at=at(1), expectedEnd=at(3))
    world.run("org-ai/new")["forecast"] = {
        "deficit": [],
        "remedies": [],
        "conflictSet": [],
        "cutProbability": {},
        "naturalStart": at(1),
        "confidence": "contended",
        "lottery": None,
    }
    assert found(world) == []


def test_what_the_owner_itself_runs_is_not_recalled() -> None:
    assert found(family(7)) == ["concurrency"]


def test_family_does_not_recall_family() -> None:
    assert found(family(starter="org:ai:mm")) == ["concurrency"]


def test_without_recall_the_owner_would_be_locked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounting, "_wholly", lambda *_: set())
    assert found(family()) == ["concurrency"]


def lent(starter: str) -> World:
    """A child runs on 8 GPUs of its parent and 8 of a lender, who have no more; now one of the two starts a run."""
    spaces = {"org:ai": "org-ai", "org:ai:mm": "org-ai-mm", "org:lab": "lab"}
    owners = [{"name": owner, "namespaces": [space]} for owner, space in spaces.items()]
    loan = envelope("west", 8, lending={"allow": True})
    budgets = [
        document("Budget", "org-ai", {"owner": "org:ai", "envelopes": [envelope("west", 8)]}, "org-ai"),
        document(
            "Budget", "mm", {"owner": "org:ai:mm", "parents": ["org:ai"], "envelopes": [envelope("own", 1)]}, "mm"
        ),
        document("Budget", "lab", {"owner": "org:lab", "envelopes": [loan]}, "lab"),
    ]
    space = spaces[starter]
    borrows = run("org:ai:mm", 16, 24, resources={"gpusPerPod": 8})
    work = [
        document("Run", "old", {**borrows, "funding": {"allowBorrow": True, "sponsors": ["org:lab"]}}, "org-ai-mm"),
        document("Run", "zz", run(starter, 8, 2), space),
    ]
    documents = {
        "fleet.yaml": [document("Fleet", "acme", {"owners": owners, "planning": {"horizon": "7d"}})],
        "topology.yaml": [pool("a", 4, "west", "gpu-w")],
        "budgets.yaml": budgets,
        "runs.yaml": work,
    }
    pods = (pod(0, "a-01#0-7", ALL), pod(1, "a-02#0-7", "lab/lab/west"))
    old = decision("org-ai-mm/old", "org:ai:mm", "running", -1, 24, group(0, *pods))
    new = decision(f"{space}/zz", starter, "start", 0, 2, group(0, pod(0, "a-03#0-7", f"{space}/{space}/west")))
    return World(documents, plan_of(sorted([old, new], key=lambda entry: entry["run"].split("/"))))


def test_a_lender_does_not_recall_a_loan_that_family_rides_on() -> None:
    assert found(lent("org:lab")) == ["concurrency"]


def test_a_run_that_lost_its_family_holds_no_loan() -> None:
    world = lent("org:ai")
    assert found(world) == []
    (old,) = [entry for entry in world.stated(world.files()[0])["runs"] if entry["run"] == "org-ai-mm/old"]
    assert {share["class"] for share in old["payers"]} == {"Unfunded"}


def test_without_contracts_the_lender_would_recall_the_loan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(funding, "_is_contract", lambda _: False)
    assert found(lent("org:lab")) == []
