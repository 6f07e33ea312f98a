"""Faults of what goes on: running groups, growth, swaps, guests, promises of what others hold, lost nodes."""

from tests.faults.verify.fault import Table
from tests.unit.verify.later import X, Z, later
from tests.unit.verify.world import World, at, group, pod

RUNNING = Table(later)


@RUNNING.add("unusable-node")
def a_lease_left_on_a_lost_node(world: World) -> None:
    _observe(world, "a-17", lost=True)


@RUNNING.add("unusable-node")
def a_group_grown_onto_a_cordoned_node(world: World) -> None:
    _observe(world, "a-11", lost=False)


@RUNNING.add("horizon")
def a_pod_of_a_running_run_that_begins_later(world: World) -> None:
    world.earlier = None
    world.pods("y/renewing")[0]["start"] = at(1)


@RUNNING.add("horizon")
def a_pod_that_began_before_its_run(world: World) -> None:
    world.earlier = None
    world.pods("y/keeper")[0]["start"] = at(-11)


@RUNNING.add("group-whole")
def a_running_group_without_its_first_rank(world: World) -> None:
    world.earlier = None
    world.pods("y/elastic")[0]["rank"] = 1


@RUNNING.add("width-grid")
def a_run_below_its_minimum(world: World) -> None:
    world.spec("Run", "elastic")["malleable"]["minTotalGPUs"] = 16


@RUNNING.add("gang-whole")
def a_fixed_run_that_lost_a_pod(world: World) -> None:
    world.run("y/swap")["groups"][0]["pods"].pop()
    world.run("y/swap")["width"] = 8


@RUNNING.add("gang-whole")
def a_running_width_that_is_not_there(world: World) -> None:
    world.run("y/keeper")["width"] = 16


@RUNNING.add("growth")
def a_group_number_used_again(world: World) -> None:
    world.run("y/grow")["groups"][1]["index"] = 1


@RUNNING.add("growth")
def growth_beyond_what_is_desired(world: World) -> None:
    world.spec("Run", "grow")["malleable"]["desiredTotalGPUs"] = 8


@RUNNING.add("growth")
def growth_by_two_steps(world: World) -> None:
    _more_nodes(world)
    grown = group(3, pod(0, "a-19#0-7", "y/y/all") | {"start": at(), "reason": "Grow"})
    world.run("y/grow")["groups"].append(grown)
    world.run("y/grow")["width"] = 24


@RUNNING.add("growth")
def growth_without_a_spare(world: World) -> None:
    world.spec("Run", "grow")["spares"] = 1


@RUNNING.add("one-payer")
def growth_that_nobody_pays(world: World) -> None:
    world.spec("Run", "grow")["funding"] = {"allowOpportunistic": True}
    world.run("y/grow")["groups"][1]["pods"][0]["payer"] = None


@RUNNING.add("concurrency")
def growth_over_the_concurrency(world: World) -> None:
    open_before = 8 + 8 + 16 + 8 + 16 + 8 + (8 if world.plan["cuts"][-1]["unit"] == "z/solid" else 0)
    world.envelope("y", "all")["concurrency"] = open_before + 7


@RUNNING.add("swap")
def a_swap_that_changes_the_payer(world: World) -> None:
    world.pods("y/swap")[1]["payer"] = X


@RUNNING.add("swap")
def a_swap_of_a_pod_that_is_well(world: World) -> None:
    first, second = world.pods("y/swap")
    first["rank"], second["rank"] = 1, 0


@RUNNING.add("swap")
def a_swap_onto_no_spare(world: World) -> None:
    _more_nodes(world)
    world.pods("y/swap")[1]["node"] = "a-19"


@RUNNING.add("renewal")
def a_new_payer_for_a_pod_that_no_lease_ends_for(world: World) -> None:
    world.earlier = None
    world.pods("y/keeper")[0].update(start=at(), reason="Renew")


@RUNNING.add("opportunistic")
def a_guest_on_idle_slots(world: World) -> None:
    _more_nodes(world)
    world.pods("z/guest")[0]["node"] = "a-19"


@RUNNING.add("opportunistic")
def a_guest_that_is_paid_for(world: World) -> None:
    world.pods("z/guest")[0]["payer"] = Z


@RUNNING.add("one-payer")
def a_guest_that_did_not_ask_to_be_one(world: World) -> None:
    world.spec("Run", "guest")["funding"]["allowOpportunistic"] = False


@RUNNING.add("slot-exclusive")
def two_guests_on_one_spare(world: World) -> None:
    world.pods("z/filler")[0].update(node="a-16", role="Opportunistic", payer=None)
    world.spec("Run", "filler")["funding"] = {"allowOpportunistic": True}


@RUNNING.add("slot-exclusive")
def an_active_pod_on_a_spare(world: World) -> None:
    world.pods("z/filler")[0]["node"] = "a-16"


@RUNNING.add("reservation-free")
def a_promise_of_slots_whose_holder_is_not_to_be_cut(world: World) -> None:
    world.pods("x/next")[0]["node"] = "a-17"


@RUNNING.add("reservation-free")
def a_promise_against_another_promise(world: World) -> None:
    index = world.plan["runs"].index(next(run for run in world.plan["runs"] if run["reason"]["code"] == "JT501"))
    refused = world.plan["runs"][index]
    kept = world.run("x/next")
    world.plan["runs"][index] = kept | {
        "run": refused["run"],
        "owner": refused["owner"],
        "expectedEnd": at(26),
        "groups": [group(0, pod(0, "a-15#0-7", f"{refused['run'][0]}/{refused['run'][0]}/all"))],
    }


def _observe(world: World, name: str, *, lost: bool) -> None:
    nodes = [{"node": name, "usable": False, "lost": lost}]
    world.plan["observed"] = {"digest": "sha256:" + "1" * 64, "runs": [], "nodes": nodes}


def _more_nodes(world: World) -> None:
    world.spec("NodePool", "a")["count"] = 19
