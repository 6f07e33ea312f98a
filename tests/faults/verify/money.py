"""Faults of money: payers, windows, family, lending, caps, quotas, registry."""

from tests.faults.verify.fault import Json, Table
from tests.unit.verify.world import World, at

MONEY = Table()


@MONEY.add("one-payer")
def a_pod_that_nobody_pays(world: World) -> None:
    world.pods("mm/eval")[0]["payer"] = None


@MONEY.add("one-payer")
def a_payer_that_does_not_exist(world: World) -> None:
    world.pods("mm/eval")[0]["payer"] = "mm/mm/none"


@MONEY.add("one-payer")
def two_terms_that_overlap(world: World) -> None:
    world.pods("mm/eval")[0]["renewals"] = [{"at": at(1), "payer": "mm/mm/west"}]


@MONEY.add("concurrency")
def one_gpu_too_many_for_one_second(world: World) -> None:
    world.run("ops/probe2").update(at=at(1, -1), expectedEnd=at(2, -1))


@MONEY.add("concurrency")
def one_gpu_too_many_beside_a_running_run(world: World) -> None:
    world.envelope("ops", "east")["concurrency"] = 23


@MONEY.add("concurrency")
def spares_that_are_not_counted(world: World) -> None:
    world.envelope("rai", "next")["concurrency"] = 35


@MONEY.add("gpu-hours")
def one_gpu_second_too_many(world: World) -> None:
    world.spec("Run", "probe2")["runtime"]["duration"] = "1h1s"
    world.run("ops/probe2")["expectedEnd"] = at(2, 1)


@MONEY.add("gpu-hours")
def spares_at_the_full_rate(world: World) -> None:
    world.envelope("rai", "next")["maxGPUHours"] = 324
    world.spec("Fleet", "acme")["planning"]["spareRate"] = "0.2501"


@MONEY.add("aggregate-cap")
def a_cap_across_clusters_exceeded(world: World) -> None:
    world.spec("Budget", "ops")["aggregateCaps"][0]["maxConcurrency"] = 31


@MONEY.add("aggregate-cap")
def a_subtree_cap_exceeded(world: World) -> None:
    world.spec("Budget", "org-ai")["aggregateCaps"][0]["maxConcurrency"] = 51


@MONEY.add("aggregate-cap")
def hours_of_a_subtree_exceeded(world: World) -> None:
    world.spec("Budget", "org-ai")["aggregateCaps"][0]["maxGPUHours"] = 1043


@MONEY.add("lending")
def a_lending_cap_over_by_one(world: World) -> None:
    world.envelope("lab", "west")["lending"]["maxConcurrency"] = 7


@MONEY.add("lending")
def hours_lent_over_by_one(world: World) -> None:
    world.envelope("lab", "west")["lending"]["maxGPUHours"] = 7


@MONEY.add("borrow-limit")
def a_borrow_limit_over_by_one(world: World) -> None:
    world.spec("Run", "borrow")["funding"]["maxBorrowGPUs"] = 7


@MONEY.add("tree-quota")
def a_tree_over_its_gpus(world: World) -> None:
    world.spec("JobTree", "weekly")["quota"]["maxGPUs"] = 7


@MONEY.add("tree-quota")
def a_tree_over_its_hours(world: World) -> None:
    world.spec("JobTree", "weekly")["quota"]["maxGPUHours"] = 15


@MONEY.add("window")
def a_window_that_closes_one_second_early(world: World) -> None:
    world.envelope("mm", "west")["end"] = at(6, -1)


@MONEY.add("window")
def a_window_that_opens_one_second_late(world: World) -> None:
    world.envelope("mm", "later")["start"] = at(2, 1)


@MONEY.add("window")
def a_reservation_that_the_window_does_not_take(world: World) -> None:
    world.envelope("mm", "later")["preActivation"]["allowReservations"] = False


@MONEY.add("window")
def a_renewal_before_the_window_closes(world: World) -> None:
    world.envelope("rai", "next")["start"] = at(20)
    for pod in world.pods("rai/train"):
        pod["renewals"][0]["at"] = at(23)


@MONEY.add("window")
def a_renewal_one_second_after_the_window(world: World) -> None:
    for pod in world.pods("rai/train"):
        pod["renewals"][0]["at"] = at(24, 1)


@MONEY.add("family")
def a_sibling_that_does_not_share(world: World) -> None:
    world.pods("rai/weekly-prep")[0]["payer"] = "mm/mm/private"


@MONEY.add("lending")
def a_stranger_that_pays(world: World) -> None:
    world.pods("ops/probe")[0]["payer"] = "lab/lab/west"
    world.envelope("lab", "west")["selector"] = {"region": "*"}


@MONEY.add("lending")
def a_sponsor_that_is_not_listed(world: World) -> None:
    world.spec("Run", "borrow")["funding"]["sponsors"] = ["org:ops"]


@MONEY.add("lending")
def a_run_that_does_not_borrow(world: World) -> None:
    world.spec("Run", "borrow")["funding"]["allowBorrow"] = False


@MONEY.add("lending")
def a_lender_that_lends_to_others_only(world: World) -> None:
    world.envelope("lab", "west")["lending"]["to"] = ["org:a", "org:ai"]


@MONEY.add("registry")
def an_owner_that_is_not_registered(world: World) -> None:
    world.spec("Fleet", "acme")["owners"].pop()


@MONEY.add("registry")
def an_owner_of_another_namespace(world: World) -> None:
    _owner(world, "org:ai:mm")["namespaces"] = ["elsewhere"]


@MONEY.add("registry")
def a_file_that_is_not_the_owners(world: World) -> None:
    _owner(world, "org:ops")["paths"] = ["runs/*", "*.yaml"]


@MONEY.add("registry")
def a_budget_that_is_not_the_owners(world: World) -> None:
    _owner(world, "org:ai:rai")["paths"] = ["runs/**"]


@MONEY.add("class", "stated")
def a_class_that_is_wrong(plan: Json) -> None:
    _run(plan, "mm/serve")["payers"][1]["class"] = "Owned"


@MONEY.add("class", "stated")
def payers_that_do_not_add_up(plan: Json) -> None:
    _run(plan, "mm/serve")["payers"][0]["gpus"] = 5


@MONEY.add("class", "stated")
def a_payer_left_out(plan: Json) -> None:
    _run(plan, "mm/serve")["payers"].pop()


@MONEY.add("class", "stated")
def a_use_that_is_wrong(plan: Json) -> None:
    _envelope(plan, "rai/rai/now")["used"]["Spare"] = 11


@MONEY.add("gpu-hours", "stated")
def charges_that_are_wrong(plan: Json) -> None:
    _envelope(plan, "rai/rai/now")["gpuSeconds"]["planned"] += 1


@MONEY.add("gpu-hours", "stated")
def an_envelope_left_out(plan: Json) -> None:
    plan["envelopes"].pop()


@MONEY.add("concurrency", "stated")
def a_concurrency_that_is_wrong(plan: Json) -> None:
    _envelope(plan, "rai/rai/now")["concurrency"] = 53


def _owner(world: World, name: str) -> Json:
    found: Json = next(entry for entry in world.spec("Fleet", "acme")["owners"] if entry["name"] == name)
    return found


def _run(plan: Json, name: str) -> Json:
    found: Json = next(run for run in plan["runs"] if run["run"] == name)
    return found


def _envelope(plan: Json, name: str) -> Json:
    found: Json = next(entry for entry in plan["envelopes"] if entry["envelope"] == name)
    return found
