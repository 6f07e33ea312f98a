"""What a state file said: nodes as they are, closures that were not planned."""

from typing import Any

from jobtree.verify import verify
from tests.unit.verify.chain import closed
from tests.unit.verify.later import later
from tests.unit.verify.publish import leases
from tests.unit.verify.world import World, at

Json = dict[str, Any]


def found(world: World) -> list[str]:
    inputs, tree = world.files()
    return [one.invariant for one in verify(inputs, tree, previous=world.previous(), ledger=world.ledger())]


def observing(world: World, *nodes: Json, **phases: str) -> World:
    runs = [{"run": name.replace("_", "/"), "phase": phase, "at": at(-2)} for name, phase in phases.items()]
    world.plan["observed"] = {"digest": "sha256:" + "1" * 64, "runs": runs, "nodes": list(nodes)}
    return world


def ended(world: World, run: str, when: str, reason: str) -> World:
    for lease in world.closing:
        if lease["spec"]["runRef"]["name"] == run:
            lease["status"].update(ended=when, closureReason=reason)
    return world


def test_a_run_may_end_before_it_was_expected_to() -> None:
    world = ended(later(), "over", at(-2), "Completed")
    world.run("y/over")["expectedEnd"] = at(-2)
    assert found(world) == ["closures"]
    assert found(observing(world, y_over="Completed")) == []


def test_a_workload_may_fail() -> None:
    world = ended(later(), "over", at(-1), "WorkloadFailed")
    assert found(world) == ["closures"]
    assert found(observing(world, y_over="Failed")) == []


def test_a_lost_node_is_lost_by_the_state_alone() -> None:
    world = later()
    dead = next(item for item in world.documents["topology.yaml"] if item["kind"] == "Node")
    dead["spec"] = {}
    assert set(found(world)) == {"closures"}
    assert found(observing(world, {"node": "a-dead", "usable": False, "lost": True})) == []


def test_a_cordoned_node_keeps_its_leases() -> None:
    assert found(observing(later(), {"node": "a-17", "usable": False, "lost": False})) == []


def test_a_swap_that_somebody_else_made_is_a_fact() -> None:
    """The lease is in no earlier tree: it was observed, and began before this plan."""
    world = later()
    world.pods("y/swap")[1]["start"] = at(-1)
    for lease in world.closing:
        if lease["spec"]["runRef"]["name"] == "swap":
            lease["status"]["ended"] = at(-1)
    assert "manifest-matches-plan" in found(world)
    assert found(observing(world)) == []


def test_a_lease_that_nobody_knew_may_be_observed_to_be_over() -> None:
    world = later()
    assert world.earlier is not None
    own = next(entry for entry in world.earlier if entry["run"] == "x/big-own")
    spare = own | {"groups": [own["groups"][0] | {"pods": [own["groups"][0]["pods"][0] | {"role": "Spare"}]}]}
    world.closing += [closed(lease, at(-2), "DropSpare") for lease in leases(spare)]
    assert "closures" in found(world)
    assert found(observing(world)) == []
