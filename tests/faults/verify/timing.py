"""Faults of time and of the proof: decisions, dependencies, co-starts, deadlines, horizon, levels."""

from tests.faults.verify.fault import Json, Table
from tests.unit.verify.world import World, at, group, pod, refusal

TIMING = Table()


@TIMING.add("dependency")
def a_follower_one_second_before_its_upstream_ends(world: World) -> None:
    world.spec("JobTree", "weekly")["quota"]["maxGPUs"] = 16
    world.run("rai/weekly-train").update(
        at=at(1, -1), expectedEnd=at(2, -1), groups=[group(0, pod(0, "b-05#0-7", "rai/rai/now"))]
    )


@TIMING.add("dependency")
def a_follower_of_a_refused_run(world: World) -> None:
    world.envelope("ops", "hours").update(concurrency=2, maxGPUHours=3)
    groups = [group(0, pod(0, "c-05#0", "ops/ops/hours"))]
    world.run("ops/big-next").update(decision="start", at=at(), expectedEnd=at(1), width=1, groups=groups)


@TIMING.add("co-start")
def a_with_set_apart_by_one_second(world: World) -> None:
    world.run("mm/right").update(at=at(2, 1), expectedEnd=at(6, 1))


@TIMING.add("co-start")
def half_of_a_with_set_refused(world: World) -> None:
    index = next(index for index, run in enumerate(world.plan["runs"]) if run["run"] == "mm/right")
    world.plan["runs"][index] = refusal("mm/right", "org:ai:mm", "JT501")


@TIMING.add("co-start")
def a_with_set_in_two_clusters(world: World) -> None:
    world.envelope("mm", "west")["selector"] = {"region": "*"}
    world.run("mm/right")["groups"] = [group(0, pod(0, "c-05#0-3", "mm/mm/west"))]


@TIMING.add("deadline")
def a_deadline_missed_by_one_second(world: World) -> None:
    world.spec("Run", "train")["runtime"]["deadline"] = at(36, -1)


@TIMING.add("horizon")
def a_start_beyond_the_horizon(world: World) -> None:
    world.run("mm/eval").update(at=at(24 * 7), expectedEnd=at(24 * 7 + 2))


@TIMING.add("horizon")
def a_start_that_is_not_now(world: World) -> None:
    world.run("ops/east").update(at=at(0, 1), expectedEnd=at(12, 1))


@TIMING.add("horizon")
def a_horizon_that_is_not_the_fleets(world: World) -> None:
    world.plan["horizon"]["end"] = at(24 * 7, 1)


@TIMING.add("horizon")
def a_running_run_that_is_over(world: World) -> None:
    world.run("ops/old").update(at=at(-3), expectedEnd=at(-1))


@TIMING.add("duration")
def a_duration_that_is_wrong(world: World) -> None:
    world.run("mm/left")["expectedEnd"] = at(6, -1)


@TIMING.add("decision-complete")
def a_decision_twice(world: World) -> None:
    runs = world.plan["runs"]
    runs.insert(4, dict(world.run("ops/big")))


@TIMING.add("decision-complete")
def a_run_without_a_decision(world: World) -> None:
    world.plan["runs"].remove(world.run("ops/big-next"))


@TIMING.add("decision-complete")
def a_decision_without_a_run(world: World) -> None:
    world.plan["runs"].append(refusal("z/ghost", "org:lab", "JT501"))


@TIMING.add("decision-complete")
def a_run_that_is_over_without_a_document(world: World) -> None:
    runs = world.documents["runs/ops/all.yaml"]
    runs[:] = [document for document in runs if document["metadata"]["name"] != "done"]


@TIMING.add("decision-complete")
def a_run_of_another_owner(world: World) -> None:
    world.run("ops/big")["owner"] = "org:lab"


@TIMING.add("decision-complete")
def decisions_out_of_order(world: World) -> None:
    world.plan["runs"].reverse()


@TIMING.add("promise", "earlier")
def a_promise_that_slips_in_silence(world: World) -> None:
    for name in ("mm/left", "mm/right"):
        world.run(name).update(at=at(3), expectedEnd=at(7))


@TIMING.add("manifest-matches-plan", "earlier")
def a_fact_that_moves(world: World) -> None:
    world.pods("ops/old")[0]["node"] = "c-05"


@TIMING.add("wait-level", "stated")
def a_wait_that_is_wrong(plan: Json) -> None:
    level = _level(plan, "wait")
    level["value"], level["bound"] = level["value"] - 1, level["bound"] - 1


@TIMING.add("wait-level", "stated")
def a_bound_above_its_value(plan: Json) -> None:
    _level(plan, "wait")["bound"] += 1
    plan["proof"]["status"] = "bounded"


@TIMING.add("wait-bound", "stated")
def a_search_that_claims_too_much(plan: Json) -> None:
    plan["proof"]["certificate"]["searched"][0]["bound"] += 1


@TIMING.add("wait-bound", "stated")
def a_bound_that_nothing_proves(plan: Json) -> None:
    plan["proof"]["certificate"]["searched"] = []


@TIMING.add("wait-bound", "stated")
def a_run_that_is_searched_twice(plan: Json) -> None:
    plan["proof"]["certificate"]["searched"].append({"runs": ["mm/eval"], "bound": 0})


@TIMING.add("wait-bound", "stated")
def a_place_that_contention_did_not_give(plan: Json) -> None:
    plan["proof"]["certificate"] |= {"given": ["mm/eval"], "searched": []}


@TIMING.add("wait-bound", "stated")
def nodes_that_are_priced_twice(plan: Json) -> None:
    row = {"nodes": ["a-01"], "steps": []}
    plan["proof"]["certificate"]["nodes"] = [row, row]


@TIMING.add("wait-bound", "stated")
def an_account_that_is_none(plan: Json) -> None:
    row = {"account": "envelope mm/budget/ghost", "steps": [], "charged": 1}
    plan["proof"]["certificate"]["accounts"] = [row]


@TIMING.add("wait-bound", "stated")
def hours_that_cost_without_a_limit(plan: Json) -> None:
    accounts = [line["envelope"] for line in plan["envelopes"] if line["gpuSeconds"]["cap"] is None]
    row = {"account": f"envelope {accounts[0]}", "steps": [], "charged": 1}
    plan["proof"]["certificate"]["accounts"] = [row]


@TIMING.add("format", "stated")
def a_price_that_is_negative(plan: Json) -> None:
    plan["proof"]["certificate"]["nodes"] = [{"nodes": ["a-01"], "steps": [[0, -1], [3600, 0]]}]


@TIMING.add("format", "stated")
def a_price_that_never_ends(plan: Json) -> None:
    plan["proof"]["certificate"]["nodes"] = [{"nodes": ["a-01"], "steps": [[0, 1]]}]


@TIMING.add("wait-level", "stated")
def a_gap_that_is_wrong(plan: Json) -> None:
    level = _level(plan, "wait")
    level["bound"] = level["value"] // 2
    level["gap"] = 0.499
    plan["proof"]["status"] = "bounded"


@TIMING.add("wait-level", "stated")
def a_proof_that_is_none(plan: Json) -> None:
    level = _level(plan, "wait")
    level["bound"], level["gap"] = level["value"] // 2, 0.5


@TIMING.add("wait-level", "stated")
def a_run_that_waits_longer_than_it_says(plan: Json) -> None:
    next(run for run in plan["runs"] if run["run"] == "mm/eval")["waitSeconds"] -= 1


@TIMING.add("wait-level", "stated")
def a_fairness_that_is_wrong(plan: Json) -> None:
    _level(plan, "fairness")["value"] -= 1


@TIMING.add("wait-level", "stated")
def a_reach_that_is_wrong(plan: Json) -> None:
    _level(plan, "reach-sponsor")["value"] = 0


@TIMING.add("wait-level", "stated")
def a_level_left_out(plan: Json) -> None:
    plan["proof"]["levels"].pop()


def _level(plan: Json, name: str) -> Json:
    found: Json = next(level for level in plan["proof"]["levels"] if level["name"] == name)
    return found
