"""A cluster to which a plan was delivered, and nothing else happened, goes on with that plan."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings

from jobtree.adapters.cbc import Cbc
from jobtree.base.instant import parse_instant
from jobtree.base.progress import Silent
from jobtree.load.scan import scan
from jobtree.load.source import Source
from jobtree.pipeline import compile_fleet
from jobtree.snapshot.objects import planned_objects
from jobtree.snapshot.reading import read_snapshot
from jobtree.snapshot.request import request_of
from tests.laws.compiler import compiled, decisions, tree_of
from tests.worlds import NOW, World, contended_worlds, worlds


def listed(world: World, tree: Mapping[str, bytes]) -> Source:
    """Everything in one v1 List, as JSON: documents, leases and reservations."""
    items = [document for documents in world.documents.values() for document in documents]
    for path, data in tree.items():
        if path.endswith(".yaml") and "kustomization" not in path:
            items += [dict(part.data) for part in scan(Source(path, data)).ours]
    return Source("cluster.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode())


def replanned(source: Source) -> tuple[Mapping[str, bytes], tuple[Mapping[str, Any], ...]]:
    snapshot, findings = read_snapshot(source)
    assert snapshot is not None, findings
    asked = request_of(snapshot, as_of=parse_instant(NOW))
    result = compile_fleet(asked.request, Cbc(), Silent())
    assert result.violations == ()
    assert result.tree is not None, result.diagnostics
    return result.tree, planned_objects(snapshot, result.tree)


def check(world: World) -> None:
    tree = tree_of(compiled(world))
    again, objects = replanned(listed(world, tree))
    before, after = decisions(tree), decisions(again)
    assert before.keys() == after.keys()
    for run, entry in before.items():
        now = after[run]
        if entry["decision"] in ("start", "running"):
            assert (now["decision"], now["at"]) == ("running", entry["at"])
            assert now["width"] >= entry["width"]  # an elastic run grows by a step in each compile
        if entry["decision"] == "reserve":
            assert now["at"] <= entry["at"]
    runs = {f"{one['metadata']['namespace']}/{one['metadata']['name']}" for one in objects if one["kind"] == "Run"}
    assert runs == set(after)


@settings(max_examples=20, deadline=None)
@given(worlds())
def test_a_snapshot_of_a_plan_goes_on_with_it(world: World) -> None:
    check(world)


@settings(max_examples=8, deadline=None)
@given(contended_worlds())
def test_so_does_one_of_contention(world: World) -> None:
    check(world)
