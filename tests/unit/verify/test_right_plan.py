"""A right plan passes, with the numbers worked out by hand; and facts of the past are not held against it."""

import json
from typing import Any

from jobtree.verify import Violation, replay, verify
from tests.unit.verify.later import later
from tests.unit.verify.world import World, at, honest, refusal


def violations(world: World, **more: Any) -> tuple[Violation, ...]:
    inputs, tree = world.files()
    return verify(inputs, tree, ledger=world.ledger(), **more)


def found(world: World, **more: Any) -> list[str]:
    return [violation.invariant for violation in violations(world, **more)]


def test_a_right_plan_has_no_violation() -> None:
    assert violations(honest()) == ()


def test_levels_are_those_worked_out_by_hand() -> None:
    plan = json.loads(honest().files()[1]["plan.json"])
    values = {level["name"]: level["value"] for level in plan["proof"]["levels"]}
    refused = (64 + 1) * 3_600 * 7 * 86_400
    reserved = 4 * 7_200 * 7_200 + 2 * 4 * 14_400 * 7_200 + 1 * 3_600 * 3_600 + 8 * 3_600 * 3_600
    assert values["wait"] == refused + reserved
    ops_weight = (64 + 1 + 1 + 1) * 3_600 + 16 * 12 * 3_600
    assert values["fairness"] == -(-(refused + 3_600 * 3_600) // ops_weight)
    assert (values["reach-sponsor"], values["reach-near-family"]) == (8 * 3_600, 4 * 7_200)
    assert (values["width"], values["topology"]) == (0, 12)


def test_envelopes_are_those_worked_out_by_hand() -> None:
    plan = json.loads(honest().files()[1]["plan.json"])
    stated = {entry["envelope"]: entry for entry in plan["envelopes"]}
    spares_of_a_day = 12 * 86_400 // 4
    assert stated["rai/rai/now"]["gpuSeconds"]["planned"] == 24 * 86_400 + spares_of_a_day + 2 * 8 * 3_600
    assert stated["rai/rai/now"]["used"] == {"Owned": 44, "Shared": 0, "Borrowed": 0, "Unfunded": 0, "Spare": 12}
    assert stated["ops/ops/east"]["gpuSeconds"] == {"cap": None, "spent": 24 * 3_600, "planned": 200 * 3_600}


def test_a_running_run_may_coast_unfunded() -> None:
    world = honest()
    world.envelope("ops", "east")["concurrency"] = 7
    index = world.plan["runs"].index(world.run("ops/east"))
    world.plan["runs"][index] = refusal("ops/east", "org:ops", "JT403")
    assert violations(world) == ()
    running = next(run for run in json.loads(world.files()[1]["plan.json"])["runs"] if run["run"] == "ops/old")
    assert [share["class"] for share in running["payers"]] == ["Unfunded"]


def test_what_coasts_leaves_its_budget_to_others() -> None:
    world = honest()
    world.envelope("ops", "east")["concurrency"] = 7
    index = world.plan["runs"].index(world.run("ops/east"))
    world.plan["runs"][index] = refusal("ops/east", "org:ops", "JT403")
    world.pods("ops/probe")[0]["payer"] = "ops/ops/east"
    assert found(world) == []
    world.envelope("ops", "east")["concurrency"] = 8
    assert found(world) == ["concurrency"]


def test_a_running_run_may_sit_on_a_cordoned_or_vanished_node() -> None:
    world = honest()
    world.spec("NodePool", "c")["count"] = 4
    world.run("ops/old")["groups"][0]["pods"][0]["node"] = "c-05"
    assert found(world) == []


def test_leases_that_start_now_are_facts_where_the_earlier_tree_has_them() -> None:
    world = honest()
    earlier = world.files()[1]
    world.envelope("ops", "east")["concurrency"] = 8
    assert found(world) == ["concurrency"]
    assert violations(world, previous=earlier) == ()


def test_facts_of_the_earlier_tree_do_not_miss_new_deadlines() -> None:
    world = honest()
    earlier = world.files()[1]
    world.spec("Run", "train")["runtime"]["deadline"] = at(1)
    assert found(world) == ["deadline"]
    assert violations(world, previous=earlier) == ()


def test_the_registry_of_the_base_revision_counts() -> None:
    world = honest()
    base = json.dumps(world.documents["fleet.yaml"][0]).encode()
    world.spec("Fleet", "acme")["owners"].pop()
    assert "registry" in found(world)
    assert set(found(world, registry=base)) == {"class"}


def test_a_violation_reads_as_a_sentence() -> None:
    assert str(Violation("seal", "seal.json lists x 2 times")) == "seal: seal.json lists x 2 times"


def test_what_is_over_was_charged_until_it_was_closed() -> None:
    world = honest()
    world.past[0]["status"]["ended"] = world.run("ops/done")["expectedEnd"] = at(-9)
    world.envelope("ops", "east")["maxGPUHours"] = 16 * 12 + 8 * 2 + 8
    assert found(world) == []
    stated = {entry["envelope"]: entry for entry in json.loads(world.files()[1]["plan.json"])["envelopes"]}
    assert stated["ops/ops/east"]["gpuSeconds"]["spent"] == 8 * 3_600 + 8 * 3_600
    world.past[0]["status"]["ended"] = world.run("ops/done")["expectedEnd"] = at(-8)
    assert found(world) == ["gpu-hours"]


def test_a_promise_that_slips_needs_a_warning_that_names_the_run() -> None:
    world = honest()
    earlier = world.files()[1]
    for run in world.plan["runs"]:
        if run["run"] == "mm/eval":
            run.update(at=at(2, 1), expectedEnd=at(4, 1))
    assert found(world, previous=earlier) == ["promise"]
    world.plan["diagnostics"] = [{"code": "JT520", "message": "mm/eval was promised earlier", "notes": []}]
    assert found(world, previous=earlier) == ["promise"]
    world.plan["diagnostics"][0]["notes"].append("mm/serve ends later than it did")
    assert violations(world, previous=earlier) == ()


def test_a_right_plan_with_a_past_has_no_violation() -> None:
    world = later()
    assert violations(world, previous=world.previous()) == ()
    assert replay(world.ledger(), world.files()[1]) == ()


def test_a_right_plan_needs_no_earlier_tree() -> None:
    assert violations(later()) == ()
