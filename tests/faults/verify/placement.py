"""Faults of placement: slots, nodes, groups, widths, spares."""

from tests.faults.verify.fault import Table
from tests.unit.verify.world import World, at, domain, group, node, pod

PLACEMENT = Table()


@PLACEMENT.add("slot-exclusive")
def a_slot_sold_twice(world: World) -> None:
    world.pods("mm/serve")[0]["slots"] = [0, 1, 2, 3]


@PLACEMENT.add("slot-exclusive")
def a_slot_listed_twice_in_one_pod(world: World) -> None:
    world.pods("rai/train")[0]["slots"] = [0, 1, 2, 2]


@PLACEMENT.add("slot-exclusive")
def a_slot_of_a_running_run_sold_again(world: World) -> None:
    world.pods("ops/east")[1]["node"] = "c-03"


@PLACEMENT.add("reservation-free")
def a_slot_promised_one_second_too_early(world: World) -> None:
    world.envelope("ops", "hours")["concurrency"] = 2
    world.run("ops/probe2").update(at=at(1, -1), expectedEnd=at(2, -1))
    world.pods("ops/probe2")[0]["slots"] = [0]


@PLACEMENT.add("reservation-free")
def two_reservations_on_one_slot(world: World) -> None:
    world.pods("mm/right")[0]["slots"] = [3, 4, 5, 6]


@PLACEMENT.add("slot-exists")
def an_ordinal_that_does_not_exist(world: World) -> None:
    world.pods("ops/east")[0]["slots"] = list(range(1, 9))


@PLACEMENT.add("slot-exists")
def a_node_that_does_not_exist(world: World) -> None:
    world.pods("ops/east")[0]["node"] = "c-09"


@PLACEMENT.add("slot-exists")
def a_node_of_a_cluster_that_the_fleet_does_not_list(world: World) -> None:
    world.spec("Fleet", "acme")["clusters"] = ["gpu-w"]


@PLACEMENT.add("unusable-node")
def a_lease_on_a_cordoned_node(world: World) -> None:
    world.run("mm/eval")["groups"] = [group(0, pod(0, "a-cordoned#0-3", "mm/mm/west"))]


@PLACEMENT.add("unusable-node")
def a_lease_on_a_node_that_is_not_ready(world: World) -> None:
    late = node("a-late")
    late["spec"], late["status"]["conditions"][0]["status"] = {}, "False"
    world.documents["topology.yaml"].append(late)
    world.run("mm/eval")["groups"] = [group(0, pod(0, "a-late#0-3", "mm/mm/west"))]


@PLACEMENT.add("flavor-match")
def a_node_of_the_wrong_flavor(world: World) -> None:
    world.run("mm/eval")["groups"] = [group(0, pod(0, "d-01#0-3", "mm/mm/west"))]


@PLACEMENT.add("flavor-match")
def a_payer_of_the_wrong_flavor(world: World) -> None:
    world.envelope("ops", "a100")["selector"] = {"region": "east"}
    world.pods("ops/probe")[0]["payer"] = "ops/ops/a100"


@PLACEMENT.add("selector-match")
def a_node_that_the_run_does_not_select(world: World) -> None:
    world.spec("Run", "train")["locality"]["selector"] = {"region": "east"}


@PLACEMENT.add("selector-match")
def a_node_that_the_envelope_does_not_select(world: World) -> None:
    world.envelope("org-ai", "west")["selector"] = {"region": "east"}


@PLACEMENT.add("gang-whole")
def a_width_that_is_not_placed(world: World) -> None:
    world.run("rai/train")["width"] = 16


@PLACEMENT.add("gang-whole")
def a_group_that_is_missing(world: World) -> None:
    world.run("rai/train")["groups"].pop()


@PLACEMENT.add("gang-whole")
def a_group_number_left_out(world: World) -> None:
    world.run("rai/train")["groups"][2]["index"] = 3


@PLACEMENT.add("group-whole")
def a_pod_in_the_wrong_group(world: World) -> None:
    first, second, _ = world.run("rai/train")["groups"]
    first["pods"].insert(2, second["pods"].pop(1) | {"rank": 2})


@PLACEMENT.add("width-grid")
def a_group_missing_a_pod(world: World) -> None:
    world.run("rai/train")["groups"][2]["pods"].pop(1)
    world.run("rai/train")["width"] = 20


@PLACEMENT.add("group-whole")
def a_group_missing_its_spare(world: World) -> None:
    world.run("rai/train")["groups"][0]["pods"].pop()


@PLACEMENT.add("group-whole")
def a_spare_that_nobody_asked_for(world: World) -> None:
    world.run("mm/eval")["groups"][0]["pods"].append(pod(0, "b-05#0-3", "mm/mm/west", "Spare"))


@PLACEMENT.add("group-whole")
def pods_that_are_too_small(world: World) -> None:
    halves = [pod(0, "b-03#0-1", "mm/mm/west"), pod(1, "b-03#2-3", "mm/mm/west")]
    world.run("mm/eval")["groups"] = [group(0, *halves)]


@PLACEMENT.add("group-whole")
def ranks_that_do_not_count_from_zero(world: World) -> None:
    world.pods("mm/eval")[0]["rank"] = 1


@PLACEMENT.add("one-domain")
def a_group_across_domains(world: World) -> None:
    world.pods("rai/train")[1].update(node="b-05", slots=[0, 1, 2, 3])


@PLACEMENT.add("one-domain")
def a_group_in_another_domain_than_it_says(world: World) -> None:
    world.run("mm/eval")["groups"][0]["domain"] = domain("a")


@PLACEMENT.add("one-domain")
def a_run_spread_against_its_will(world: World) -> None:
    _serve_on_two_islands(world, first="a-05#0-3", second="b-02#4-7")


@PLACEMENT.add("one-domain")
def parts_of_a_run_out_of_domain_order(world: World) -> None:
    world.spec("Run", "serve")["locality"] = {}
    _serve_on_two_islands(world, first="b-02#4-7", second="a-05#0-3")


@PLACEMENT.add("one-cluster")
def pods_across_clusters(world: World) -> None:
    world.spec("Run", "serve")["locality"] = {}
    world.envelope("org-ai", "west")["selector"] = {"region": "*"}
    _serve_on_two_islands(world, first="c-05#0-3", second="b-02#4-7")


@PLACEMENT.add("width-grid")
def a_width_off_the_grid(world: World) -> None:
    world.spec("Run", "train")["resources"]["totalGPUs"] = 32
    world.spec("Run", "train")["malleable"]["stepGPUs"] = 16


@PLACEMENT.add("spare-apart")
def a_spare_beside_its_active_pods(world: World) -> None:
    _, active, spare = world.pods("rai/train")[:3]
    active["node"], active["slots"], spare["node"], spare["slots"] = "a-02", [0, 1, 2, 3], "a-01", [4, 5, 6, 7]


def _serve_on_two_islands(world: World, *, first: str, second: str) -> None:
    world.spec("NodePool", "a")["count"] = 5
    payer = "org-ai/org-ai/west"
    world.run("mm/serve")["groups"] = [group(0, pod(0, first, payer)), group(1, pod(0, second, payer))]
