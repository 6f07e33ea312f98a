"""The same kinds of fault in a tree that the compiler made of examples/quickstart."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from jobtree.adapters.cbc import Cbc
from jobtree.base.instant import parse_instant
from jobtree.base.progress import Silent
from jobtree.load.source import Source
from jobtree.pipeline import CompileRequest, compile_fleet
from jobtree.verify import verify
from tests.faults.verify.fault import edit_json, edit_manifest
from tests.unit.verify import publish as publishing
from tests.unit.verify.publish import publish, restated, sealed

EXAMPLE = Path(__file__).parents[3] / "examples" / "quickstart"
NOW = "2026-03-02T09:00:00Z"
Json = dict[str, Any]


@cache
def compiled() -> tuple[dict[str, bytes], dict[str, bytes]]:
    sources = [Source(path.name, path.read_bytes()) for path in sorted(EXAMPLE.glob("*.yaml"))]
    request = CompileRequest(sources=sources, admissions={}, as_of=parse_instant(NOW))
    result = compile_fleet(request, Cbc(), Silent())
    assert result.tree is not None, (result.violations, result.diagnostics)
    return {source.path: source.data for source in sources}, dict(result.tree)


def starts(plan: Json) -> list[Json]:
    return [run for run in plan["runs"] if run["decision"] == "start"]


def a_slot_sold_twice(plan: Json) -> None:
    """Within one domain, so that nothing else is wrong with the place."""
    pods = [(group["domain"], pod, run) for run in starts(plan) for group in run["groups"] for pod in group["pods"]]
    first, second = next(
        (one, other)
        for place, one, run in pods
        for same, other, another in pods
        if place == same and run is not another and len(one["slots"]) == len(other["slots"])
    )
    second.update(node=first["node"], slots=first["slots"])


def a_width_that_is_not_placed(plan: Json) -> None:
    starts(plan)[0]["width"] += 1


def a_run_without_a_decision(plan: Json) -> None:
    plan["runs"].pop()


def a_pod_that_nobody_pays(plan: Json) -> None:
    starts(plan)[0]["groups"][0]["pods"][0]["payer"] = None


def a_start_that_is_not_now(plan: Json) -> None:
    starts(plan)[0]["at"] = "2026-03-02T09:00:01Z"


DECISIONS: dict[str, Callable[[Json], None]] = {
    "slot-exclusive": a_slot_sold_twice,
    "gang-whole": a_width_that_is_not_placed,
    "decision-complete": a_run_without_a_decision,
    "one-payer": a_pod_that_nobody_pays,
    "duration": a_start_that_is_not_now,
}


@pytest.fixture(autouse=True)
def _owners(monkeypatch: pytest.MonkeyPatch) -> None:
    for run in json.loads(compiled()[1]["plan.json"])["runs"]:
        for share in run["payers"]:
            monkeypatch.setitem(publishing.OWNERS, share["envelope"], share["owner"])


def test_the_tree_is_right_and_other_code_writes_the_same_objects() -> None:
    inputs, tree = compiled()
    assert verify(inputs, tree) == ()
    again = publish(inputs, json.loads(tree["plan.json"]))
    assert verify(inputs, again) == ()
    assert {path for path in again if "/leases/" in path} == {path for path in tree if "/leases/" in path}


@pytest.mark.parametrize("invariant", DECISIONS)
def test_wrong_decisions_are_refused(invariant: str) -> None:
    inputs, tree = compiled()
    plan = json.loads(tree["plan.json"])
    DECISIONS[invariant](plan)
    found = verify(inputs, publish(inputs, restated(inputs, plan)))
    assert invariant in {violation.invariant for violation in found}, found


def test_wrong_files_are_refused() -> None:
    inputs, right = compiled()
    leases = next(path for path in right if "/leases/" in path)
    tree = dict(right)
    with edit_manifest(tree, leases) as objects:
        objects.pop()
    assert {"manifest-matches-plan"} == {item.invariant for item in verify(inputs, sealed(inputs, tree))}
    with edit_json(tree, "seal.json") as seal:
        seal["files"].pop(0)
    assert "seal" in {item.invariant for item in verify(inputs, tree)}
    assert {"input-digest"} == {item.invariant for item in verify({**inputs, "more.yaml": b"a: 1\n"}, right)}
