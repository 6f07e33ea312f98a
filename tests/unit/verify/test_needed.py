"""Structural cuts have no lottery to count from: the checker counts what would fit if a cut were put back."""

from jobtree.verify import verify
from tests.unit.verify.chain import closed
from tests.unit.verify.publish import leases
from tests.unit.verify.world import World, at, decision, document, envelope, group, plan_of, pod, pool, run

A = "x/x/all"


def spare_dropped(node: str, *, nodes: int, slots: str = "0-3") -> World:
    """Pods of 4 GPUs: x/claim starts here, for which y/spared loses its spare on a-02#0-3; a-02#4-7 was free."""
    owners = [{"name": f"org:{name}", "namespaces": [name]} for name in "xy"]
    size = {"resources": {"gpusPerPod": 4}}
    documents = {
        "fleet.yaml": [document("Fleet", "acme", {"owners": owners, "planning": {"horizon": "7d"}})],
        "topology.yaml": [pool("a", nodes, "west", "gpu-w")],
        "budgets.yaml": [
            document("Budget", name, {"owner": f"org:{name}", "envelopes": [envelope("all", 64)]}, name)
            for name in "xy"
        ],
        "runs.yaml": [
            document("Run", "claim", run("org:x", 8, 2, **size), "x"),
            document("Run", "spared", run("org:y", 8, 24, spares=1, **size), "y"),
        ],
    }
    held = [pod(0, "a-01#0-3", "y/y/all"), pod(1, "a-01#4-7", "y/y/all")]
    old = decision("y/spared", "org:y", "running", -10, 24, group(0, *held, pod(0, "a-02#0-3", "y/y/all", "Spare")))
    now = decision("y/spared", "org:y", "running", -10, 24, group(0, *held))
    pods = [pod(0, "a-02#4-7", A), pod(1, f"{node}#{slots}", A)]
    claim = decision("x/claim", "org:x", "start", 0, 2, group(0, *pods))
    plan = plan_of([claim, now])
    runs = {"runs": ["y/spared"], "kind": "DropSpare", "gpus": 4, "for": "x/claim", "draw": None}
    plan["cuts"] = [{"unit": "y/spared#0/s0", **runs}]
    spares = [closed(lease, at(), "DropSpare") for lease in leases(old) if lease["spec"]["role"] == "Spare"]
    return World(documents, plan, closing=spares)


def found(world: World) -> list[str]:
    return [str(one) for one in verify(*world.files(), ledger=world.ledger())]


def test_a_cut_whose_slots_the_claim_takes_is_needed() -> None:
    assert found(spare_dropped("a-02", nodes=2)) == []


def test_a_cut_is_not_needed_where_enough_is_free_without_it() -> None:
    assert found(spare_dropped("a-03", nodes=3)) == [
        "cut-order: the cut of y/spared#0/s0 for x/claim was not needed: its GPUs are free still"
    ]


def test_what_is_free_on_a_node_that_the_claim_may_not_use_does_not_count() -> None:
    world = spare_dropped("a-03", nodes=3)
    nodes = [{"node": "a-03", "usable": False, "lost": False}]
    world.plan["observed"] = {"digest": "sha256:" + "1" * 64, "runs": [], "nodes": nodes}
    assert [told.split(":")[0] for told in found(world)] == ["unusable-node"]
