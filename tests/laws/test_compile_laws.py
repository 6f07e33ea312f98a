"""The laws of the whole compiler, on random fleets: from the text that users write to the tree that is applied."""

import copy
from collections.abc import Mapping
from datetime import datetime

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jobtree.base.instant import Instant, parse_instant
from tests.laws.compiler import AT_NOW, Story, compiled, decisions, open_leases, placed, plan_of, tree_of, wait_level
from tests.worlds import FLAVOR, World, document, namespace, pool, worlds


@settings(max_examples=60)
@given(worlds())
def test_no_plan_fails_the_checker(world: World) -> None:
    result = compiled(world)
    assert result.violations == ()
    assert result.tree is not None


@settings(max_examples=25)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_files_and_documents_changes_nothing(world: World, dice) -> None:  # type: ignore[no-untyped-def]
    shuffled = []
    for path, documents in world.documents.items():
        documents = list(documents)
        dice.shuffle(documents)
        shuffled.append((path, documents))
    dice.shuffle(shuffled)
    first, second = tree_of(compiled(world)), tree_of(compiled(World(dict(shuffled))))
    # The digest of a file sees the order of its documents; no decision does.
    assert plan_of(first) | {"inputDigest": ""} == plan_of(second) | {"inputDigest": ""}
    manifests = [path for path in first if path.endswith(".yaml")]
    assert {path: first[path] for path in manifests} == {path: second[path] for path in manifests}


@settings(max_examples=25)
@given(worlds())
def test_compiling_again_changes_nothing(world: World) -> None:
    first = tree_of(compiled(world))
    assert tree_of(compiled(world, previous=first)) == first


@settings(max_examples=25)
@given(worlds())
def test_facts_stay_and_promises_hold_as_time_passes(world: World) -> None:
    """Nothing changes but the clock: leases stay until they are closed, and every promise is kept."""
    story = Story()
    tree, steps = tree_of(story.compile(world, AT_NOW)), 0
    while (due := earliest_promise(tree)) is not None and steps < 5:
        later = tree_of(story.compile(world, due))
        closed = {entry["lease"] for entry in plan_of(later)["closures"]}
        assert open_leases(tree) <= open_leases(later) | closed
        before, after = decisions(tree), decisions(later)
        for run, entry in before.items():
            if entry["decision"] == "reserve":
                assert after[run]["at"] is not None, after[run]["reason"]
                assert after[run]["at"] <= entry["at"]
        tree, steps = later, steps + 1


def earliest_promise(tree: Mapping[str, bytes]) -> Instant | None:
    promises = [entry["at"] for entry in decisions(tree).values() if entry["decision"] == "reserve"]
    return parse_instant(min(promises)) if promises else None


@settings(max_examples=40)
@given(worlds())
def test_what_is_placed_is_paid_and_what_is_paid_is_placed(world: World) -> None:
    plan = plan_of(tree_of(compiled(world)))
    charged = sum(entry["gpuSeconds"]["spent"] + entry["gpuSeconds"]["planned"] for entry in plan["envelopes"])
    windows = {
        f"{budget['metadata']['namespace']}/budget/{envelope['name']}": envelope
        for documents in world.documents.values()
        for budget in documents
        if budget["kind"] == "Budget"
        for envelope in budget["spec"]["envelopes"]
    }
    assert charged == sum(
        cost(term, windows)
        for entry in placed(plan["runs"])
        for group in entry["groups"]
        for term in terms(entry, group)
        if term[1] is not None
    )


def terms(entry, group):  # type: ignore[no-untyped-def]
    for pod in group["pods"]:
        marks = [(entry["at"], pod["payer"]), *((item["at"], item["payer"]) for item in pod["renewals"])]
        ends = [*(at for at, _ in marks[1:]), entry["expectedEnd"]]
        yield from ((pod, payer, start, end) for (start, payer), end in zip(marks, ends, strict=True))


def cost(term, windows) -> int:  # type: ignore[no-untyped-def]
    """GPUs x seconds inside the payer's window, a quarter of it for a spare, rounded up."""
    pod, payer, start, end = term
    window = windows[payer]
    opened, closed = max(start, window.get("start") or start), min(end, window.get("end") or end)
    work = len(pod["slots"]) * max(
        0, int((datetime.fromisoformat(closed) - datetime.fromisoformat(opened)).total_seconds())
    )
    return -(-work // 4) if pod["role"] == "Spare" else work


@settings(max_examples=25)
@given(worlds(), st.data())
def test_tightening_a_budget_never_helps(world: World, data: st.DataObject) -> None:
    loose = tree_of(compiled(world))
    tight = copy.deepcopy(world)
    budgets = [item for items in tight.documents.values() for item in items if item["kind"] == "Budget"]
    envelope = data.draw(st.sampled_from(budgets))["spec"]["envelopes"][0]
    envelope["concurrency"] = max(1, envelope["concurrency"] // 2)
    envelope["maxGPUHours"] = envelope.get("maxGPUHours", 8) // 2
    result = tree_of(compiled(tight))
    assume(plan_of(loose)["proof"]["status"] == "proven")
    assert wait_level(result)["value"] >= wait_level(loose)["value"]


@settings(max_examples=25)
@given(worlds())
def test_a_team_with_its_own_hardware_changes_nothing_for_others(world: World) -> None:
    alone = decisions(tree_of(compiled(world)))
    both = decisions(tree_of(compiled(with_strangers(world))))
    assert {run: entry for run, entry in both.items() if not run.startswith("ns-org-x/")} == alone


def with_strangers(world: World) -> World:
    """The same world, and a team that shares nothing with it: flavor, region and budget of its own."""
    crowded = copy.deepcopy(world)
    owner, flavor = "org:x", "B200"
    crowded.documents["fleet.yaml"][0]["spec"]["owners"].append({"name": owner, "namespaces": [namespace(owner)]})
    crowded.documents["topology.yaml"].append(pool("x", 2, 8, "f1", flavor=flavor, region="east"))
    envelope = {"name": "e", "flavor": flavor, "selector": {"cluster": "gpu-east"}, "concurrency": 8}
    spec = {"owner": owner, "envelopes": [envelope]}
    job = {"owner": owner, "resources": {"gpuType": flavor, "totalGPUs": 8}, "runtime": {"duration": "7h"}}
    crowded.documents["x.yaml"] = [
        document("Budget", "x", spec, namespace(owner)),
        *(document("Run", f"x{index}", job, namespace(owner)) for index in range(3)),
    ]
    assert flavor != FLAVOR
    return crowded
