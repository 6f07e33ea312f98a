"""Contention on small fleets, compile after compile: who waits for whom, who is cut, and what is said of it."""

from typing import Any

from jobtree.base.instant import Instant, parse_instant
from jobtree.verify import replay
from tests.laws.compiler import Story, decisions, plan_of, tree_of
from tests.worlds import FLAVOR, World, document, fleet, namespace, pool

START = parse_instant("2026-03-02T01:00:00Z")
HOUR = 3_600
OWNERS = ("org:a", "org:b")


def budget(owner: str, gpus: int, **more: Any) -> dict[str, Any]:
    envelope = {"name": "e", "flavor": FLAVOR, "selector": {"region": "west"}, "concurrency": gpus, **more}
    return document("Budget", "b", {"owner": owner, "envelopes": [envelope]}, namespace(owner))


def run(owner: str, name: str, gpus: int, *, hours: int = 10, pod: int = 4, **spec: Any) -> dict[str, Any]:
    asked = {"gpuType": FLAVOR, "totalGPUs": gpus, "gpusPerPod": pod}
    body = {"owner": owner, "resources": asked, "runtime": {"duration": f"{hours}h"}, **spec}
    created = f"2026-03-02T00:{len(name):02}:00Z"
    return document("Run", name, body, namespace(owner), creationTimestamp=created)


def world(*runs: dict[str, Any], nodes: int = 2, protection: str = "4h") -> World:
    planning = {"activation": {"lead": "15m", "protection": protection}}
    return World(
        {
            "fleet.yaml": [fleet(OWNERS, **planning)],
            "topology.yaml": [pool("n", nodes, 8, "f1")],
            "budgets.yaml": [budget(owner, 16) for owner in OWNERS],
            "runs.yaml": list(runs),
        }
    )


def full(**spec: Any) -> list[dict[str, Any]]:
    return [run("org:a", name, 4, **spec) for name in ("r", "rr", "rrr", "rrrr")]


def at(hours: float) -> Instant:
    return Instant(START + int(hours * HOUR))


def test_a_claim_waits_for_protection_and_its_odds_are_published() -> None:
    story = Story()
    tree_of(story.compile(world(*full()), at(0)))
    tree = tree_of(story.compile(world(*full(), run("org:b", "big", 8)), at(1)))
    entry = decisions(tree)["ns-org-b/big"]
    assert (entry["decision"], entry["at"]) == ("reserve", "2026-03-02T05:00:00Z")
    forecast = entry["forecast"]
    assert forecast["confidence"] == "contended"
    assert [lack["gpus"] for lack in forecast["deficit"]] == [8]
    assert {chance["p"] for chance in forecast["cutProbability"].values()} == {"1/2"}
    assert len(forecast["conflictSet"]) == 4


def test_activation_cuts_what_is_missing_and_plans_the_cut_again() -> None:
    story, everything = Story(), world(*full(), run("org:b", "big", 8))
    tree_of(story.compile(world(*full()), at(0)))
    promised = decisions(tree_of(story.compile(everything, at(1))))["ns-org-b/big"]
    tree = tree_of(story.compile(everything, at(4)))
    found = decisions(tree)
    assert (found["ns-org-b/big"]["decision"], found["ns-org-b/big"]["at"]) == ("start", promised["at"])
    cut = {run for entry in plan_of(tree)["cuts"] for run in entry["runs"]}
    assert len(cut) == 2
    assert cut <= set(promised["forecast"]["conflictSet"])
    assert {found[name]["decision"] for name in cut} <= {"start", "reserve", "refuse"}
    assert replay(story.ledger, tree) == ()


def test_width_goes_before_a_lottery_and_the_highest_group_first() -> None:
    malleable = {"minTotalGPUs": 4, "maxTotalGPUs": 12, "stepGPUs": 4}
    wide = run("org:a", "w", 12, malleable=malleable)
    story, everything = Story(), world(wide, run("org:a", "ww", 4), run("org:b", "big", 8), protection="0s")
    tree_of(story.compile(world(wide, run("org:a", "ww", 4), protection="0s"), at(0)))
    promised = decisions(tree_of(story.compile(everything, at(1))))["ns-org-b/big"]["forecast"]
    assert {remedy["kind"] for remedy in promised["remedies"]} == {"Shrink"}
    tree = tree_of(story.compile(everything, at(1.25)))
    assert [entry["unit"] for entry in plan_of(tree)["cuts"]] == ["ns-org-a/w#2", "ns-org-a/w#1"]
    assert decisions(tree)["ns-org-a/w"]["width"] == 4


def test_a_shrunk_run_grows_back_in_new_groups_and_never_beyond_what_it_desires() -> None:
    malleable = {"minTotalGPUs": 4, "maxTotalGPUs": 12, "stepGPUs": 4}
    wide, short = run("org:a", "w", 12, malleable=malleable), run("org:b", "big", 12, hours=1)
    story, everything = Story(), world(wide, short, protection="0s")
    tree_of(story.compile(world(wide, protection="0s"), at(0)))
    tree_of(story.compile(everything, at(1)))
    widths, groups = [], []
    for hours in (1.25, 2.25, 2.5, 2.75, 3):
        entry = decisions(tree_of(story.compile(everything, at(hours))))["ns-org-a/w"]
        widths.append(entry["width"])
        groups = [group["index"] for group in entry["groups"]]
    assert widths == [4, 8, 12, 12, 12]
    assert groups == [0, 3, 4]


def test_a_newcomer_never_moves_a_promise() -> None:
    story = Story()
    tree_of(story.compile(world(*full()), at(0)))
    first = decisions(tree_of(story.compile(world(*full(), run("org:b", "big", 8)), at(1))))["ns-org-b/big"]["at"]
    more = world(*full(), run("org:b", "big", 8), run("org:b", "another", 4), run("org:a", "a", 4))
    result = story.compile(more, at(2))
    assert decisions(tree_of(result))["ns-org-b/big"]["at"] == first
    assert "JT520" not in {finding.code for finding in result.diagnostics}


def test_a_slip_names_the_input_that_changed() -> None:
    story, wanted = Story(), run("org:b", "big", 16, hours=1)
    tree_of(story.compile(world(*full(), wanted), at(0)))
    result = story.compile(world(*full(), wanted, nodes=1), at(1))
    slips = [finding for finding in result.diagnostics if finding.code == "JT520"]
    assert [slip.notes[0] for slip in slips] == ["changed since: nodes of west/gpu-west/f1"] * 2


def test_guests_sit_on_spares_and_go_when_the_spare_is_dropped() -> None:
    holder = run("org:a", "h", 8, pod=8, spares=1)
    guest = run("org:a", "guest", 4, hours=2, funding={"allowOpportunistic": True})  # the spare uses up its budget
    story = Story()
    tree_of(story.compile(world(holder), at(0)))
    tree = tree_of(story.compile(world(holder, guest), at(1)))
    entry = decisions(tree)["ns-org-a/guest"]
    assert entry["decision"] == "start"
    assert {pod["role"] for group in entry["groups"] for pod in group["pods"]} == {"Opportunistic"}
    claimed = world(holder, guest, run("org:b", "big", 8, pod=8), protection="0s")
    promised = decisions(tree_of(story.compile(claimed, at(1.25))))["ns-org-b/big"]
    assert promised["forecast"]["conflictSet"] == ["ns-org-a/guest", "ns-org-a/h"]
    tree = tree_of(story.compile(claimed, at(1.5)))
    reasons = {closed["run"]: closed["reason"] for closed in plan_of(tree)["closures"]}
    assert reasons == {"ns-org-a/h": "DropSpare", "ns-org-a/guest": "ReclaimedBySpare"}


def with_budget_of_b(files: World, **window: Any) -> World:
    return World({**files.documents, "budgets.yaml": [budget("org:a", 16), budget("org:b", 16, **window)]})


def test_a_window_is_claimed_for_the_second_in_which_it_opens() -> None:
    story = Story()
    tree_of(story.compile(world(*full(hours=48)), at(0)))
    later = with_budget_of_b(world(*full(hours=48), run("org:b", "big", 8)), start="2026-03-02T12:00:00Z")
    entry = decisions(tree_of(story.compile(later, at(1))))["ns-org-b/big"]
    assert (entry["decision"], entry["at"], entry["forecast"]["confidence"]) == (
        "reserve", "2026-03-02T12:00:00Z", "contended",
    )  # fmt: skip
    opened = decisions(tree_of(story.compile(later, at(11))))["ns-org-b/big"]
    assert (opened["decision"], opened["at"]) == ("start", entry["at"])


def test_a_claim_waits_for_its_own_budget_and_no_longer() -> None:
    own = run("org:b", "b", 4, hours=6)
    files = with_budget_of_b(world(*full(hours=48)[:3], own, run("org:b", "big", 8)), concurrency=8)
    story = Story()
    tree_of(story.compile(World({**files.documents, "runs.yaml": [*full(hours=48)[:3], own]}), at(0)))
    entry = decisions(tree_of(story.compile(files, at(1))))["ns-org-b/big"]
    assert (entry["decision"], entry["at"]) == ("reserve", "2026-03-02T07:00:00Z")
    assert [lack["gpus"] for lack in entry["forecast"]["deficit"]] == [4]


def test_cuts_keep_a_deadline() -> None:
    story, soon = Story(), {"duration": "2h", "deadline": "2026-03-02T08:00:00Z"}
    tree_of(story.compile(world(*full()), at(0)))
    entry = decisions(tree_of(story.compile(world(*full(), run("org:b", "big", 8, runtime=soon)), at(1))))[
        "ns-org-b/big"
    ]
    assert (entry["decision"], entry["at"], entry["expectedEnd"]) == (
        "reserve", "2026-03-02T05:00:00Z", "2026-03-02T07:00:00Z",
    )  # fmt: skip


def test_the_same_story_gives_the_same_bytes() -> None:
    trees = []
    for _ in range(2):
        story, everything = Story(), world(*full(), run("org:b", "big", 8))
        tree_of(story.compile(world(*full()), at(0)))
        tree_of(story.compile(everything, at(1)))
        tree_of(story.compile(everything, at(4)))
        trees.append((dict(story.tree), dict(story.ledger)))
    assert trees[0] == trees[1]


def test_runs_that_go_together_are_cut_together_also_when_one_between_them_has_ended() -> None:
    chain = [run("org:a", "r", 4, **{"with": ["rr"]}), run("org:a", "rr", 4, hours=1, **{"with": ["rrr"]})]
    running = [*chain, run("org:a", "rrr", 4)]
    story, everything = Story(), world(*running, run("org:b", "big", 12), protection="0s")
    tree_of(story.compile(world(*running, protection="0s"), at(0)))
    tree_of(story.compile(everything, at(1)))
    cuts = plan_of(tree_of(story.compile(everything, at(1.25))))["cuts"]
    assert [entry["runs"] for entry in cuts] == [["ns-org-a/r", "ns-org-a/rrr"]]


def test_a_promise_does_not_outlive_the_upstream_that_it_counts_on() -> None:
    running = [run("org:a", "up", 4, hours=2), run("org:a", "y", 4), run("org:b", "x", 8)]
    claims = [run("org:b", "big", 8), run("org:a", "down", 8, after=["up"])]
    domains = [pool("n", 1, 8, "f1"), pool("m", 1, 8, "f2")]
    before, after = (
        World({**world(*runs, protection="0s").documents, "topology.yaml": domains})
        for runs in (running, [*running, *claims])
    )
    story = Story()
    tree_of(story.compile(before, at(0)))
    promised = decisions(tree_of(story.compile(after, at(1))))["ns-org-a/down"]
    assert (promised["at"], promised["forecast"]["confidence"]) == ("2026-03-02T03:00:00Z", "contended")
    found = decisions(tree_of(story.compile(after, at(1.25))))
    assert found["ns-org-a/up"]["expectedEnd"] > promised["at"]
    assert found["ns-org-a/down"]["at"] >= found["ns-org-a/up"]["expectedEnd"]


def test_a_lottery_goes_on_until_spares_have_a_node_of_their_own() -> None:
    running, claim = [run("org:a", name, 8) for name in ("r", "rr")], run("org:b", "big", 2, pod=2, spares=1)
    story, everything = Story(), world(*running, claim, protection="0s")
    tree_of(story.compile(world(*running, protection="0s"), at(0)))
    promised = decisions(tree_of(story.compile(everything, at(1))))["ns-org-b/big"]
    started = decisions(tree_of(story.compile(everything, at(1.25))))["ns-org-b/big"]
    assert (started["decision"], started["at"]) == ("start", promised["at"])
    assert {pod["role"]: pod["node"] for pod in started["groups"][0]["pods"]}.keys() == {"Active", "Spare"}
