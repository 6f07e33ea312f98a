"""Who may be cut for whom, and what a claim leaves alone: small fleets, compile after compile."""

from typing import Any

from tests.laws.compiler import Story, decisions, plan_of, tree_of
from tests.unit.resolve.test_contention import at, budget, full, run, world
from tests.worlds import World, document, namespace, pool


def with_budgets(base: World, *budgets: dict[str, Any]) -> World:
    return World({**base.documents, "budgets.yaml": list(budgets)})


def after(before: World, then: World, hours: float = 1) -> dict[str, Any]:
    """The decisions of a second compile."""
    story = Story()
    tree_of(story.compile(before, at(0)))
    return decisions(tree_of(story.compile(then, at(hours))))


def test_a_tree_never_cuts_its_own() -> None:
    members = [{"name": name, "runRef": name} for name in ("big", "r")]
    tree = document("JobTree", "t", {"owner": "org:a", "runs": members}, namespace("org:a"))
    running = [tree, run("org:a", "r", 4), run("org:b", "x", 4)]
    claim = run("org:a", "big", 4)
    without = [document("JobTree", "t", {"owner": "org:a", "runs": members[1:]}, namespace("org:a")), *running[1:]]
    found = after(world(*without, nodes=1, protection="0s"), world(*running, claim, nodes=1, protection="0s"))
    assert found["ns-org-a/big"]["forecast"]["conflictSet"] == ["ns-org-b/x"]


def test_a_tree_does_not_end_its_own_guest() -> None:
    guest, big = run("org:a", "guest", 4, hours=2), run("org:a", "big", 8)
    guest["spec"]["funding"] = {"allowOpportunistic": True}
    guest["spec"]["runtime"]["deadline"] = "2026-03-02T03:20:00Z"  # before anybody could pay for it
    members = [
        {"name": one["metadata"]["name"], "spec": {key: value for key, value in one["spec"].items() if key != "owner"}}
        for one in (guest, big)
    ]
    holder = run("org:b", "h", 8, pod=8, spares=1)
    trees = [
        document("JobTree", "t", {"owner": "org:a", "runs": own}, namespace("org:a")) for own in (members[:1], members)
    ]
    tight = [budget("org:a", 8, start="2026-03-02T02:00:00Z"), budget("org:b", 16)]
    story = Story()
    tree_of(story.compile(with_budgets(world(holder), *tight), at(0)))
    before = decisions(tree_of(story.compile(with_budgets(world(holder, trees[0]), *tight), at(0.25))))
    assert before["ns-org-a/t-guest"]["groups"][0]["pods"][0]["role"] == "Opportunistic"
    claimed = with_budgets(world(holder, trees[1], protection="0s"), *tight)
    entry = decisions(tree_of(story.compile(claimed, at(0.5))))["ns-org-a/t-big"]
    assert entry["at"] >= before["ns-org-a/t-guest"]["expectedEnd"]
    assert entry["forecast"]["conflictSet"] == []


def test_unfunded_work_goes_first_and_is_not_protected() -> None:
    running = [run("org:a", "r", 4), run("org:b", "u", 4, funding={"allowOpportunistic": True})]
    budgets = [budget("org:a", 16), budget("org:b", 1)]
    before = with_budgets(world(*running, nodes=1), *budgets)
    found = after(before, with_budgets(world(*running, run("org:a", "big", 4), nodes=1), *budgets))
    forecast = found["ns-org-a/big"]["forecast"]
    assert [(one["kind"], one["run"]) for one in forecast["remedies"]] == [("ReclaimUnfunded", "ns-org-b/u")]
    assert found["ns-org-a/big"]["at"] == "2026-03-02T02:15:00Z"


def test_one_lottery_is_pending_in_a_domain() -> None:
    claims = [run("org:b", "big", 8), run("org:b", "bigger", 8)]
    found = after(world(*full(), protection="0s"), world(*full(), *claims, protection="0s"))
    confidence = {name: found[f"ns-org-b/{name}"]["forecast"]["confidence"] for name in ("big", "bigger")}
    assert confidence == {"big": "contended", "bigger": "firm"}


def test_partners_do_not_start_apart() -> None:
    pair = [run("org:b", "p", 4, **{"with": ["q"]}), run("org:b", "q", 4)]
    running = full()
    running[0] = run("org:a", "r", 4, hours=2)
    found = after(world(*running, protection="0s"), world(*running, *pair, protection="0s"))
    assert found["ns-org-b/p"]["at"] == found["ns-org-b/q"]["at"]


def test_a_claim_does_not_take_the_room_of_a_promise() -> None:
    running = [run("org:a", "r", 8, hours=2), run("org:a", "rr", 8)]
    first = run("org:a", "a", 8)
    story = Story()
    tree_of(story.compile(world(*running), at(0)))
    promised = decisions(tree_of(story.compile(world(*running, first), at(0.5))))["ns-org-a/a"]
    assert promised["forecast"]["confidence"] == "firm"
    result = story.compile(world(*running, first, run("org:b", "big", 8)), at(1))
    found = decisions(tree_of(result))
    assert found["ns-org-a/a"]["at"] == promised["at"]
    assert "JT520" not in {finding.code for finding in result.diagnostics}


def test_only_what_was_a_candidate_before_the_entropy_is_drawn() -> None:
    running = [run("org:a", name, 4) for name in ("r", "rr", "rrr")]
    everything = [*running, run("org:b", "big", 12)]
    story = Story()
    tree_of(story.compile(world(*running), at(0)))
    promised = decisions(tree_of(story.compile(world(*everything), at(1))))["ns-org-b/big"]
    tree = tree_of(story.compile(world(*everything, run("org:b", "short", 4, hours=1)), at(1.5)))
    tree = tree_of(story.compile(world(*everything), at(4)))
    cut = {name for entry in plan_of(tree)["cuts"] for name in entry["runs"]}
    assert cut <= set(promised["forecast"]["conflictSet"])


def test_a_cut_frees_whole_pods() -> None:
    small = [run("org:a", "s" * length, 2, pod=2) for length in range(1, 5)]
    nodes = [pool("n", 1, 8, "f1")]
    running = World({**world(*small, protection="0s").documents, "topology.yaml": nodes})
    claimed = World({**world(*small, run("org:b", "big", 4), protection="0s").documents, "topology.yaml": nodes})
    forecast = after(running, claimed)["ns-org-b/big"]["forecast"]
    assert {chance["p"] for chance in forecast["cutProbability"].values()} == {"1/2"}
