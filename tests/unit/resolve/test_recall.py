"""Recall on small fleets: what an owner takes back of its envelope, and what stays with family (semantics.md 4)."""

from typing import Any

import pytest

from jobtree.base.instant import parse_instant
from jobtree.ledger import statement
from tests.laws.compiler import Story, decisions, tree_of
from tests.worlds import FLAVOR, World, document, fleet, namespace, pool

OWNERS = ("org:a", "org:b", "org:c")
START = parse_instant("2026-03-02T01:00:00Z")
NEXT = parse_instant("2026-03-02T02:00:00Z")


def budget(owner: str, gpus: int, sharing: str, parents: list[str]) -> dict[str, Any]:
    one = {"name": "e", "flavor": FLAVOR, "selector": {"region": "*"}, "concurrency": gpus, "sharing": sharing}
    return document("Budget", "b", {"owner": owner, "envelopes": [one], "parents": parents}, namespace(owner))


def run(owner: str, name: str, gpus: int, island: str, **spec: Any) -> dict[str, Any]:
    asked = {"gpuType": FLAVOR, "totalGPUs": gpus, "gpusPerPod": 1}
    body = {"owner": owner, "resources": asked, "runtime": {"duration": "10h"}, **spec}
    body["locality"] = {"selector": {"fabric.domain": island}}
    return document("Run", name, body, namespace(owner), creationTimestamp="2026-03-02T00:00:00Z")


def world(*runs: dict[str, Any]) -> World:
    """Islands of 4 and 8 GPUs; a wide run of c holds the larger, and yields it at once."""
    wide = run("org:c", "wide", 8, "f2", malleable={"minTotalGPUs": 1, "maxTotalGPUs": 8, "stepGPUs": 1})
    return World(
        {
            "fleet.yaml": [fleet(OWNERS, activation={"lead": "15m", "protection": "0s"})],
            "topology.yaml": [pool("m", 1, 4, "f1"), pool("n", 1, 8, "f2")],
            "budgets.yaml": [
                budget("org:a", 2, "none", ["org:c"]),
                budget("org:b", 5, "family", ["org:c"]),
                budget("org:c", 8, "none", []),
            ],
            "runs.yaml": [wide, *runs],
        }
    )


RUNNING = run("org:a", "x", 3, "f1")
"""Two GPUs of its own, one of b."""
FAMILY, OWNER = run("org:a", "u", 3, "f2"), run("org:b", "o", 2, "f1")
"""One fits into the five of b beside what runs; both do if what runs is recalled."""


def compiled() -> dict[str, Any]:
    story = Story()
    tree_of(story.compile(world(RUNNING), START))
    found: dict[str, Any] = decisions(tree_of(story.compile(world(RUNNING, FAMILY, OWNER), NEXT)))
    return found


def test_a_recall_does_not_let_a_claim_of_family_push_out_what_family_runs() -> None:
    found = compiled()
    assert (found["ns-org-a/u"]["at"], found["ns-org-a/x"]["decision"]) == ("2026-03-02T02:15:00Z", "running")
    assert found["ns-org-b/o"]["at"] > found["ns-org-a/u"]["at"]


def test_a_claim_that_may_push_out_what_runs_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement, "_last", lambda claim: claim)
    with pytest.raises(AssertionError):
        compiled()
