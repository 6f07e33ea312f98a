"""Faults of contention: cuts, lotteries, odds."""

from tests.faults.verify.fault import Json, Table
from tests.unit.verify.chain import closed
from tests.unit.verify.later import CLAIM, commitment, cut, held, later, unit
from tests.unit.verify.publish import leases
from tests.unit.verify.world import World, at, refusal

CONTENTION = Table(later)


@CONTENTION.add("cut-order")
def cuts_out_of_order(world: World) -> None:
    world.plan["cuts"].reverse()


@CONTENTION.add("cut-order")
def a_cut_that_frees_nothing(world: World) -> None:
    _cut_keepers_spare(world)


@CONTENTION.add("cut-order")
def cuts_that_are_not_enough(world: World) -> None:
    for lottery in world.plan["lottery"]:
        lottery["needs"][0]["pods"] = 6


@CONTENTION.add("cut-order")
def a_cut_for_a_claim_that_does_not_start(world: World) -> None:
    world.run(CLAIM).update(decision="reserve", at=at(1), expectedEnd=at(3), forecast=world.run("x/next")["forecast"])


@CONTENTION.add("cut-order")
def a_cut_for_a_claim_that_was_promised_nothing(world: World) -> None:
    assert world.earlier is not None
    world.earlier.pop(0)


@CONTENTION.add("cut-order")
def a_cut_for_a_claim_that_is_not_due(world: World) -> None:
    assert world.earlier is not None
    world.earlier[0].update(at=at(1), expectedEnd=at(3))


@CONTENTION.add("cut-order")
def a_cut_more_than_the_record_needs(world: World) -> None:
    world.plan["lottery"][0]["needs"][0]["pods"] = 4


@CONTENTION.add("cut-order")
def a_lottery_that_forgets_what_was_cut(world: World) -> None:
    second = world.plan["lottery"][1]
    second["needs"][0]["free"]["a-06"] = 0


@CONTENTION.add("cut-order")
def somebody_unfunded_who_was_spared(world: World) -> None:
    first = world.plan["lottery"][0]
    first["candidates"].insert(0, unit("y/idle", "ReclaimUnfunded", 8, {}))


@CONTENTION.add("cut-whole")
def a_cut_of_other_gpus_than_it_says(world: World) -> None:
    world.plan["cuts"][1]["gpus"] = 16


@CONTENTION.add("cut-whole")
def a_cut_of_no_unit(world: World) -> None:
    world.plan["cuts"][2]["unit"] = "y/elastic"


@CONTENTION.add("cut-whole")
def a_cut_stated_twice(world: World) -> None:
    world.plan["cuts"].insert(2, world.plan["cuts"][2])


@CONTENTION.add("cut-whole")
def half_of_a_unit_left(world: World) -> None:
    assert world.earlier is not None
    group = next(entry for entry in world.earlier if entry["run"] == "y/elastic")["groups"][2]
    world.run("y/elastic")["groups"].append(group)
    world.run("y/elastic")["width"] = 16
    world.closing[:] = [lease for lease in world.closing if lease["spec"]["slice"]["node"] != "a-03"]


@CONTENTION.add("cut-whole")
def a_cut_with_the_reason_of_another(world: World) -> None:
    for lease in world.closing:
        if lease["status"]["closureReason"] == "DropSpare":
            lease["status"]["closureReason"] = "Shrink"


@CONTENTION.add("closures")
def a_cut_with_the_seed_of_another(world: World) -> None:
    for lease in world.closing:
        if lease["status"]["closureReason"].startswith("RandomPreempt"):
            lease["status"]["closureReason"] = f"RandomPreempt({'0' * 64})"


@CONTENTION.add("cut-whole")
def a_partner_that_is_left_alone(world: World) -> None:
    drawn = world.plan["cuts"][-1]["unit"]
    partner = "renewing" if drawn == "y/solid" else "half"
    for document in world.documents["runs.yaml"]:
        if (document["metadata"]["namespace"], document["metadata"]["name"]) == tuple(drawn.split("/")):
            document["spec"]["with"] = [partner]


@CONTENTION.add("cut-whole")
def a_cut_of_the_claims_own_tree(world: World) -> None:
    assert world.earlier is not None
    own = next(entry for entry in world.earlier if entry["run"] == "x/big-own")
    world.plan["cuts"].insert(1, cut("x/big-own", "DropSpare", 8, None) | {"unit": "x/big-own#0/s0"})
    spare = own | {"groups": [own["groups"][0] | {"pods": [own["groups"][0]["pods"][0] | {"role": "Spare"}]}]}
    world.closing += [closed(lease, at(), "DropSpare") for lease in leases(spare)]


@CONTENTION.add("cut-whole")
def a_cut_within_protection(world: World) -> None:
    world.spec("Fleet", "acme")["planning"]["activation"] = {"protection": "10h1s"}


@CONTENTION.add("cut-whole")
def a_cut_before_the_first_checkpoint(world: World) -> None:
    world.spec("Run", "elastic")["runtime"]["checkpoint"] = "10h1s"


@CONTENTION.add("cut-whole")
def a_cut_before_the_fleets_checkpoint(world: World) -> None:
    world.spec("Fleet", "acme")["planning"]["defaults"] = {"checkpoint": "10h1s"}


@CONTENTION.add("decision-complete")
def a_run_that_was_cut_and_forgotten(world: World) -> None:
    world.plan["runs"].remove(world.run("z/idle"))


@CONTENTION.add("draw")
def an_entropy_that_was_not_used(world: World) -> None:
    world.plan["lottery"][1]["entropy"] += "0"


@CONTENTION.add("draw")
def a_seed_that_was_chosen(world: World) -> None:
    world.plan["lottery"][1]["seed"] = "0" * 64


@CONTENTION.add("draw")
def somebody_else_who_was_drawn(world: World) -> None:
    world.plan["lottery"][1]["draws"].reverse()


@CONTENTION.add("draw")
def a_draw_at_another_place(world: World) -> None:
    world.plan["cuts"][-1]["draw"] += 1


@CONTENTION.add("draw")
def a_unit_that_was_not_given_back(world: World) -> None:
    world.plan["lottery"][1]["returned"] = []


@CONTENTION.add("draw")
def a_cut_that_was_never_drawn(world: World) -> None:
    world.plan["lottery"].pop()


@CONTENTION.add("draw")
def a_structural_cut_with_a_draw(world: World) -> None:
    world.plan["cuts"][1]["draw"] = 0


@CONTENTION.add("draw")
def a_candidate_that_was_not_committed(world: World) -> None:
    assert world.earlier is not None
    world.earlier[0]["forecast"]["lottery"]["candidates"].pop()


@CONTENTION.add("draw")
def candidates_out_of_order(world: World) -> None:
    for lottery in world.plan["lottery"]:
        lottery["candidates"].reverse()


@CONTENTION.add("draw")
def another_reservation(world: World) -> None:
    world.plan["lottery"] = [held(lottery | {"reservation": "x/another"}) for lottery in world.plan["lottery"]]


@CONTENTION.add("odds")
def a_chance_above_one(world: World) -> None:
    _forecast(world)["cutProbability"]["y/keeper"]["p"] = "3/2"


@CONTENTION.add("odds")
def a_chance_over_nothing(world: World) -> None:
    _forecast(world)["cutProbability"]["y/keeper"]["p"] = "0/0"


@CONTENTION.add("odds")
def an_exact_chance_with_an_error(world: World) -> None:
    _forecast(world)["cutProbability"]["y/keeper"]["error"] = "0.0100"


@CONTENTION.add("odds")
def a_sampled_chance_without_an_error(world: World) -> None:
    _forecast(world)["cutProbability"]["y/keeper"]["method"] = "sampled"


@CONTENTION.add("odds")
def odds_of_somebody_else(world: World) -> None:
    _forecast(world)["cutProbability"] = {"z/half": {"p": "1", "method": "exact", "error": None}}


@CONTENTION.add("odds")
def a_remedy_from_somebody_else(world: World) -> None:
    _forecast(world)["remedies"][0]["run"] = "z/half"


@CONTENTION.add("odds")
def a_conflict_set_out_of_order(world: World) -> None:
    _forecast(world)["conflictSet"] = ["z/half", "y/keeper"]


@CONTENTION.add("odds")
def a_commitment_to_another_digest(world: World) -> None:
    _forecast(world)["lottery"]["digest"] = "0" * 64


@CONTENTION.add("odds")
def a_commitment_to_another_rule(world: World) -> None:
    _forecast(world)["lottery"]["rule"] = "jobtree/lottery/v0"


@CONTENTION.add("odds")
def a_commitment_to_structural_cuts(world: World) -> None:
    _forecast(world)["lottery"] = commitment([unit("y/keeper", "Shrink", 8, {"a-15": 8})])


@CONTENTION.add("odds")
def a_commitment_from_the_future(world: World) -> None:
    _forecast(world)["lottery"]["published"] = at(1)


@CONTENTION.add("odds")
def a_commitment_of_this_plan_to_other_inputs(world: World) -> None:
    _forecast(world)["lottery"]["published"] = at()


@CONTENTION.add("odds")
def a_firm_promise_that_would_cut(world: World) -> None:
    _forecast(world)["confidence"] = "firm"


@CONTENTION.add("wait-level", "stated")
def cuts_that_are_not_counted(plan: Json) -> None:
    next(level for level in plan["proof"]["levels"] if level["name"] == "cuts")["value"] = 0


@CONTENTION.add("format", "stated")
def a_pod_of_no_gpus(plan: Json) -> None:
    plan["lottery"][0]["needs"][0]["perPod"] = 0


@CONTENTION.add("format", "stated")
def a_seed_that_is_no_hash(plan: Json) -> None:
    plan["lottery"][0]["seed"] = "x"


def _forecast(world: World) -> Json:
    found: Json = world.run("x/next")["forecast"]
    return found


def _cut_keepers_spare(world: World) -> None:
    """One more spare, on a node that the claim does not use; its guest does not start."""
    assert world.earlier is not None
    keeper = next(entry for entry in world.earlier if entry["run"] == "y/keeper")
    spares = [lease for lease in leases(keeper) if lease["spec"]["role"] == "Spare"]
    world.closing += [closed(lease, at(), "DropSpare") for lease in spares]
    world.plan["cuts"].insert(2, cut("y/keeper#0/s0", "DropSpare", 8, None))
    world.run("y/keeper")["groups"][0]["pods"] = world.run("y/keeper")["groups"][0]["pods"][:1]
    world.plan["runs"][world.plan["runs"].index(world.run("z/guest"))] = refusal("z/guest", "org:z", "JT501")
