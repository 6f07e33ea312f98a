"""What a contended reservation says is what happens when nothing changes until it is due (semantics.md 8)."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.base.instant import Instant, parse_instant
from jobtree.model.contention import Entropy
from jobtree.plan.slot_times import SlotTimes
from jobtree.resolve.reach import Reach
from jobtree.verify import replay
from tests.laws.compiler import AT_NOW, Story, decisions, plan_of, tree_of
from tests.worlds import contended_worlds

STRUCTURAL = ("DropSpare", "Shrink")
ENTROPIES = ("00", "a1", "b2", "c3")


def contended(found: dict[str, Any]) -> dict[str, Any]:
    return {
        name: entry
        for name, entry in found.items()
        if entry["decision"] == "reserve" and entry["forecast"]["confidence"] == "contended"
    }


@settings(max_examples=60)
@given(contended_worlds(), st.sampled_from(ENTROPIES), st.integers(1, 4))
def test_the_numbers_of_a_reservation_are_what_activation_does(world: Any, entropy: str, hours: int) -> None:
    """The earliest contended reservations, left alone: their instant, their remedies, their conflict sets.

    What each says of itself is exact if no other is due with it, for which more may be cut than it needs.
    """
    story = Story()
    tree_of(story.compile(world, AT_NOW))
    tree = tree_of(story.compile(world, Instant(AT_NOW + hours * 3_600)))
    promised = contended(decisions(tree))
    if not promised:
        return
    first = min(promised, key=lambda name: (promised[name]["at"], name))
    due = promised[first]["at"]
    together = [name for name, entry in promised.items() if entry["at"] == due]
    later = tree_of(story.compile(world, parse_instant(due), entropy=Entropy(text=entropy)))
    plan, found = plan_of(later), decisions(later)
    for name in together:
        assert (found[name]["decision"], found[name]["at"]) == ("start", due), found[name]["reason"]
        cuts = [cut for cut in plan["cuts"] if cut["for"] == name]
        forecast = promised[name]["forecast"]
        assert {run for cut in cuts for run in cut["runs"]} <= set(forecast["conflictSet"])
        if forecast["lottery"] is None:
            said = {(one["kind"], one["run"]): one["gpus"] for one in forecast["remedies"]}
            assert len(together) > 1 or gpus_by_run(cuts) == said
        else:
            drawn = {run for cut in cuts if cut["kind"] not in STRUCTURAL for run in cut["runs"]}
            assert drawn <= set(forecast["cutProbability"])
            certain = {run for run, odds in forecast["cutProbability"].items() if odds["p"] == "1"}
            assert certain <= drawn
            committed = {lottery["committedDigest"] for lottery in plan["lottery"] if lottery["for"] == name}
            assert committed == {forecast["lottery"]["digest"]}
    assert replay(story.ledger, later) == ()


def gpus_by_run(cuts: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for cut in cuts:
        key = (cut["kind"], cut["runs"][0])
        found[key] = found.get(key, 0) + cut["gpus"]
    return found


@settings(max_examples=40)
@given(contended_worlds(), st.integers(1, 4))
def test_compiling_the_same_instant_again_changes_nothing(world: Any, hours: int) -> None:
    story = Story()
    tree_of(story.compile(world, AT_NOW))
    later = Instant(AT_NOW + hours * 3_600)
    first = dict(tree_of(story.compile(world, later)))
    ledger = dict(story.ledger)
    assert tree_of(story.compile(world, later)) == first
    assert story.ledger == ledger


@settings(max_examples=60)
@given(contended_worlds(), st.lists(st.sampled_from([900, 3_600, 14_400]), min_size=2, max_size=3))
def test_who_is_turned_away_without_a_close_look_would_find_nothing(world: Any, pauses: list[int]) -> None:
    quick, thorough = Story(), Story()
    now = AT_NOW
    for pause in (0, *pauses):
        now = Instant(now + pause)
        found = tree_of(quick.compile(world, now))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SlotTimes, "could_seat", lambda *_: True)
            patch.setattr(Reach, "could_claim", lambda *_: True)
            assert tree_of(thorough.compile(world, now)) == found


@settings(max_examples=40)
@given(contended_worlds(), st.lists(st.sampled_from([900, 3_600, 14_400]), min_size=3, max_size=5))
def test_nobody_is_cut_within_the_protection_of_a_funded_start(world: Any, pauses: list[int]) -> None:
    planning = world.documents["fleet.yaml"][0]["spec"]["planning"]
    protection = {"0s": 0, "30m": 1_800, "4h": 14_400}[planning["activation"]["protection"]]
    story, now = Story(), AT_NOW
    before = decisions(tree_of(story.compile(world, now)))
    for pause in pauses:
        now = Instant(now + pause)
        tree = tree_of(story.compile(world, now))
        for cut in plan_of(tree)["cuts"]:
            for name in cut["runs"]:
                funded = any(share["envelope"] for share in before[name]["payers"])
                assert not funded or now - parse_instant(before[name]["at"]) >= protection
        before = decisions(tree)
