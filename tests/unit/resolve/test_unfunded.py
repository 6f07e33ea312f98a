"""What somebody pays for begins before work that nobody pays for, on a small fleet."""

from typing import Any

import pytest

from jobtree.base.instant import parse_instant
from jobtree.resolve import decide
from jobtree.verify import bound
from tests.fleet_days import Unsolved, cheaply
from tests.laws.compiler import Story, decisions, tree_of
from tests.worlds import FLAVOR, World, document, fleet, namespace, pool

OWNER = "org:a"
NOW = parse_instant("2026-03-02T06:00:00Z")
LATER = parse_instant("2026-03-02T09:00:00Z")


def run(name: str, gpus: int, hours: int, **spec: Any) -> dict[str, Any]:
    asked = {"gpuType": FLAVOR, "totalGPUs": gpus, "gpusPerPod": 2}
    body = {"owner": OWNER, "resources": asked, "runtime": {"duration": f"{hours}h"}, **spec}
    return document("Run", name, body, namespace(OWNER), creationTimestamp="2026-03-02T00:00:00Z")


def world() -> World:
    """12 GPUs; two runs that are paid for, and a long one that nobody can pay for beside them."""
    envelopes = [
        {"name": "now", "flavor": FLAVOR, "selector": {"region": "*"}, "concurrency": 12, "maxGPUHours": 48},
        {
            "name": "soon",
            "flavor": FLAVOR,
            "selector": {"region": "*"},
            "concurrency": 3,
            "start": "2026-03-02T08:00:00Z",
        },
    ]
    budget = document("Budget", "b", {"owner": OWNER, "envelopes": envelopes}, namespace(OWNER))
    settings = fleet((OWNER,))
    settings["spec"]["solver"] = {"effort": "quick"}
    return World(
        {
            "fleet.yaml": [settings],
            "topology.yaml": [pool("m", 1, 4, "f1"), pool("n", 2, 4, "f2")],
            "budgets.yaml": [budget],
            "runs.yaml": [
                run("large", 6, 2),
                run("small", 2, 1),
                run("idle", 6, 9, funding={"allowOpportunistic": True}),
            ],
        }
    )


def decided() -> dict[str, str]:
    """What becomes of each run where no search mends what the first orders come to."""
    with pytest.MonkeyPatch.context() as patch:
        cheaply(patch)
        found = decisions(tree_of(Story().compile(world(), NOW, solver=Unsolved())))
    return {name.removeprefix("ns-org-a/"): entry["decision"] for name, entry in found.items()}


def test_unfunded_work_takes_nothing_from_what_would_have_begun_without_it() -> None:
    assert decided() == {"large": "start", "small": "start", "idle": "refuse"}


def test_unfunded_work_takes_it_if_contention_looks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """That plan is bad, and legal: the checker lets a run come first although unfunded work finds another place."""
    monkeypatch.setattr(decide, "_begins", lambda *_, **__: frozenset())
    assert decided() == {"large": "reserve", "small": "start", "idle": "start"}


def test_the_checker_asks_for_whom_a_run_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bound, "_displaces", lambda *_: False)
    with pytest.raises(AssertionError):
        decided()


def narrow(gpus: int) -> World:
    """A budget of so many GPUs, four of them taken, and a run that begins beside them and would be wider."""
    envelope = {"name": "e", "flavor": FLAVOR, "selector": {"region": "*"}, "concurrency": gpus}
    malleable = {"minTotalGPUs": 2, "maxTotalGPUs": 6, "stepGPUs": 2}
    return World(
        {
            "fleet.yaml": [fleet((OWNER,))],
            "topology.yaml": [pool("n", 2, 4, "f1")],
            "budgets.yaml": [document("Budget", "b", {"owner": OWNER, "envelopes": [envelope]}, namespace(OWNER))],
            "runs.yaml": [
                run("a", 4, 2),
                run("wide", 2, 9, malleable=malleable, funding={"allowOpportunistic": True}),
            ],
        }
    )


@pytest.mark.parametrize(("gpus", "width"), [(4, 2), (8, 4)])
def test_a_run_that_nobody_pays_for_does_not_grow_into_a_budget(gpus: int, width: int) -> None:
    """Its lowest group is unfunded, and with it what a budget would pay for above."""
    story = Story()
    tree_of(story.compile(narrow(gpus), NOW))
    assert decisions(tree_of(story.compile(narrow(gpus), LATER)))["ns-org-a/wide"]["width"] == width
