"""Faults of what is over: the ledger, closures, the lock's history."""

from tests.faults.verify.fault import Case, Files, Json, Table, edit_json
from tests.unit.verify.chain import Lines, closed
from tests.unit.verify.later import before, later
from tests.unit.verify.publish import leases
from tests.unit.verify.world import World, at

HISTORY = Table(later)


@HISTORY.add("ledger-chain", "tree")
def a_lock_with_another_head(tree: Files) -> None:
    with edit_json(tree, "plan.lock.json") as lock:
        lock["key"]["ledger"]["after"] = "0" * 64


@HISTORY.add("ledger-chain", "tree")
def a_lock_without_the_ledger(tree: Files) -> None:
    with edit_json(tree, "plan.lock.json") as lock:
        del lock["key"]["ledger"]


@HISTORY.add("ledger-chain", "bytes")
def a_byte_of_the_past_changed(case: Case) -> None:
    case.ledger["2026-02.jsonl"] = case.ledger["2026-02.jsonl"].replace(b"a-11", b"a-10", 1)


@HISTORY.add("ledger-chain", "bytes")
def a_space_in_a_line(case: Case) -> None:
    case.ledger["2026-03.jsonl"] = case.ledger["2026-03.jsonl"].replace(b'"lease":', b'"lease": ', 1)


@HISTORY.add("ledger-chain", "bytes")
def a_line_removed_from_the_middle(case: Case) -> None:
    lines = case.ledger["2026-03.jsonl"].splitlines(keepends=True)
    case.ledger["2026-03.jsonl"] = b"".join(lines[:2] + lines[3:])


@HISTORY.add("ledger-chain", "bytes")
def a_line_cut_off_the_end(case: Case) -> None:
    lines = case.ledger["2026-03.jsonl"].splitlines(keepends=True)
    case.ledger["2026-03.jsonl"] = b"".join(lines[:-1])


@HISTORY.add("ledger-chain", "bytes")
def a_line_without_its_end(case: Case) -> None:
    case.ledger["2026-03.jsonl"] = case.ledger["2026-03.jsonl"][:-1]


@HISTORY.add("ledger-chain", "bytes")
def a_month_that_is_gone(case: Case) -> None:
    del case.ledger["2026-02.jsonl"]


@HISTORY.add("ledger-chain", "bytes")
def a_month_that_no_calendar_has(case: Case) -> None:
    case.ledger["2026-13.jsonl"] = case.ledger.pop("2026-03.jsonl")


@HISTORY.add("ledger-chain", "ledger")
def a_lease_closed_twice(lines: Lines) -> None:
    lines.append(("2026-03", lines[0][1]))


@HISTORY.add("ledger-chain", "ledger")
def a_lease_of_another_content_than_its_name(lines: Lines) -> None:
    _closed(lines, "y/over")["spec"]["rank"] = 1


@HISTORY.add("ledger-chain", "ledger")
def a_line_of_no_kind(lines: Lines) -> None:
    lines.append(("2026-03", {"note": "hello"}))


@HISTORY.add("closures", "ledger")
def a_line_that_plan_json_does_not_know(lines: Lines) -> None:
    kept = next(entry for entry in before() if entry["run"] == "y/keeper")
    lines.append(("2026-03", {"lease": closed(leases(kept)[0], at(), "Completed")}))


@HISTORY.add("closures", "ledger")
def a_lottery_that_the_ledger_lacks(lines: Lines) -> None:
    lines.pop()


@HISTORY.add("closures", "ledger")
def a_label_that_the_earlier_tree_lacks(lines: Lines) -> None:
    _closed(lines, "y/over")["metadata"]["labels"]["more"] = "x"


@HISTORY.add("closures", "stated")
def a_closure_of_another_time(plan: Json) -> None:
    plan["closures"][0]["time"] = at(-2)


@HISTORY.add("closures", "stated")
def a_closure_left_out(plan: Json) -> None:
    plan["closures"].pop()


@HISTORY.add("closures", "stated")
def closures_out_of_order(plan: Json) -> None:
    plan["closures"].reverse()


@HISTORY.add("closures")
def a_closure_of_a_lease_that_never_was(world: World) -> None:
    assert world.earlier is not None
    world.earlier = [entry for entry in world.earlier if entry["run"] != "y/gone"]


@HISTORY.add("closures")
def a_run_that_is_over_before_its_end(world: World) -> None:
    _close(world, "y/over", at(-2), "Completed")
    world.run("y/over")["expectedEnd"] = at(-2)


@HISTORY.add("closures")
def an_end_that_the_ledger_does_not_say(world: World) -> None:
    world.run("y/over")["expectedEnd"] = at(-2)


@HISTORY.add("closures")
def a_closure_that_is_still_to_come(world: World) -> None:
    _close(world, "y/gone", at(1), "RunDeleted")


@HISTORY.add("closures")
def a_deletion_of_a_run_that_is_there(world: World) -> None:
    _close(world, "y/over", at(-1), "RunDeleted")


@HISTORY.add("closures")
def a_renewal_without_a_successor(world: World) -> None:
    _close(world, "y/over", at(-1), "Renew")


@HISTORY.add("closures")
def a_failure_of_a_node_that_is_well(world: World) -> None:
    _close(world, "y/over", at(), "NodeFailure")
    world.run("y/over")["expectedEnd"] = at()


@HISTORY.add("closures")
def a_shrink_that_nobody_asked_for(world: World) -> None:
    world.plan["cuts"].pop(2)


@HISTORY.add("closures")
def a_workload_that_nobody_saw_fail(world: World) -> None:
    _close(world, "y/over", at(-1), "WorkloadFailed")


@HISTORY.add("closures")
def an_eviction_by_no_spare(world: World) -> None:
    _close(world, "y/over", at(-1), "ReclaimedBySpare")


@HISTORY.add("manifest-matches-plan")
def a_lease_that_vanishes(world: World) -> None:
    _drop(world, "y/gone")


@HISTORY.add("manifest-matches-plan")
def a_lease_that_is_closed_and_still_there(world: World) -> None:
    assert world.earlier is not None
    index = world.plan["runs"].index(world.run("y/over"))
    world.plan["runs"][index] = next(entry for entry in world.earlier if entry["run"] == "y/over")


@HISTORY.add("manifest-matches-plan", "tree")
def a_lock_with_other_closures(tree: Files) -> None:
    with edit_json(tree, "plan.lock.json") as lock:
        lock["plan"]["closures"].pop()


@HISTORY.add("manifest-matches-plan", "tree")
def a_lock_with_other_cuts(tree: Files) -> None:
    with edit_json(tree, "plan.lock.json") as lock:
        lock["plan"]["cuts"][0]["gpus"] = 9


@HISTORY.add("manifest-matches-plan", "tree")
def a_lock_with_other_draws(tree: Files) -> None:
    with edit_json(tree, "plan.lock.json") as lock:
        lock["plan"]["draws"][1]["drawn"].reverse()


@HISTORY.add("manifest-matches-plan", "tree")
def a_lock_that_observed_something_else(tree: Files) -> None:
    with edit_json(tree, "plan.lock.json") as lock:
        lock["plan"]["observed"]["nodes"] = [{"node": "a-01", "usable": False, "lost": False}]


@HISTORY.add("manifest-matches-plan", "tree")
def a_lock_of_another_state(tree: Files) -> None:
    with edit_json(tree, "plan.lock.json") as lock:
        lock["key"]["state"] = "sha256:" + "2" * 64


def _closed(lines: Lines, run: str) -> Json:
    """The lease line of a run."""
    name = run.split("/")[1]
    found: Json = next(line["lease"] for _, line in lines if line["lease"]["spec"]["runRef"]["name"] == name)
    return found


def _close(world: World, run: str, ended: str, reason: str) -> None:
    for lease in world.closing:
        if lease["spec"]["runRef"]["name"] == run.split("/")[1]:
            lease["status"].update(ended=ended, closureReason=reason)


def _drop(world: World, run: str) -> None:
    world.closing[:] = [lease for lease in world.closing if lease["spec"]["runRef"]["name"] != run.split("/")[1]]
