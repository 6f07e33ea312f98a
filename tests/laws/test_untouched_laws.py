"""What an edit cannot have touched stays as it was decided (semantics.md 7), and what it can have is decided anew."""

import copy
import itertools
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from jobtree.resolve import untouched
from tests.laws.compiler import AT_NOW, Story, compiled, decisions, plan_of, tree_of
from tests.worlds import World, contended_worlds, crowd, worlds

OTHER = {"org:": "firm:", "ns-": "nt-", "H100-80GB": "H200-141GB"}
"""What makes of one world another that shares nothing with it."""


def elsewhere(world: World) -> World:
    text = json.dumps(world.documents)
    for here, there in OTHER.items():
        text = text.replace(here, there)
    documents = {f"other/{path}": documents for path, documents in json.loads(text).items()}
    for one in itertools.chain.from_iterable(documents.values()):
        if one["kind"] == "NodePool":
            one["metadata"]["name"] = "m" + one["metadata"]["name"]
    return World(documents)


def beside(left: World, right: World) -> World:
    """One fleet of two worlds that share nothing."""
    apart = elsewhere(right)
    documents = copy.deepcopy({**left.documents, **apart.documents})
    (more,) = documents.pop("other/fleet.yaml")
    documents["fleet.yaml"][0]["spec"]["owners"] += more["spec"]["owners"]
    return World(documents)


def tightened(world: World, *, right: bool) -> World:
    """The fleet with less in every envelope of one side."""
    edited = copy.deepcopy(world)
    for path, documents in edited.documents.items():
        if path.startswith("other/") == right:
            for one in documents:
                for envelope in one["spec"].get("envelopes", ()):
                    envelope["concurrency"] = max(1, envelope["concurrency"] // 2)
                    envelope |= {key: envelope[key] // 2 for key in ("maxGPUHours",) if key in envelope}
    return edited


def of_side(tree: Mapping[str, bytes], *, right: bool) -> dict[str, Any]:
    return {run: entry for run, entry in decisions(tree).items() if run.startswith("nt-") == right}


def kept(tree: Mapping[str, bytes]) -> int:
    count: int = plan_of(tree)["proof"]["solver"]["limits"]["kept"]
    return count


def as_decided(entry: dict[str, Any]) -> dict[str, Any]:
    """What has begun is the same whether it starts or runs."""
    if entry["decision"] not in ("start", "running"):
        return entry
    return {**entry, "decision": "running", "reason": None, "waitSeconds": None}


def one_side_stays(left: World, right: World) -> None:
    """Editing budgets on the right leaves every decision on the left as it was; and the checker believes all of it."""
    story, fleet = Story(), beside(left, right)
    before = tree_of(story.compile(fleet, AT_NOW))
    after = tree_of(story.compile(tightened(fleet, right=True), AT_NOW))
    mine, others = of_side(before, right=False), of_side(before, right=True)
    assert len(mine) <= kept(after) <= len(mine) + len(others)
    then = of_side(after, right=False)
    assert {run: as_decided(entry) for run, entry in then.items()} == {
        run: as_decided(entry) for run, entry in mine.items()
    }


WORLDS = st.one_of(worlds(2), contended_worlds())


def probe(examples: int) -> None:
    @settings(max_examples=examples, phases=(Phase.generate,), database=None, report_multiple_bugs=False)
    @given(WORLDS, WORLDS)
    def look(left: World, right: World) -> None:
        assume(left.documents.keys() & {"runs/ns-org-a.yaml", "runs/ns-org-b.yaml", "runs/ns-org-c.yaml"})
        one_side_stays(left, right)

    look()


def test_an_edit_on_one_side_leaves_the_other_alone() -> None:
    probe(25)


CROWD = crowd([(4, 2, 3), (4, 1, 5), (4, 3, 2), (4, 2, 8), (4, 1, 1)])
"""Some begin, and the others wait for them."""


def test_a_side_that_is_not_kept_is_seen() -> None:
    """If nothing were kept, those that wait for what has just begun would contend with it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jobtree.pipeline.kept", lambda *_: untouched.Kept())
        with pytest.raises(AssertionError):
            one_side_stays(CROWD, CROWD)


def test_what_was_edited_is_decided_anew() -> None:
    story, fleet = Story(), beside(CROWD, CROWD)
    story.compile(fleet, AT_NOW)
    first = tree_of(story.compile(tightened(fleet, right=True), AT_NOW))
    assert kept(first) == len(of_side(first, right=False))
    second = tree_of(story.compile(tightened(fleet, right=False), AT_NOW))
    assert kept(second) == 0  # right is as it was at first, left is not: but the lock is of the fleet in between


@pytest.mark.parametrize("change", ["budget", "run", "node", "new run", "gone run"])
def test_every_kind_of_edit_touches_its_part(change: str) -> None:
    story, fleet = Story(), beside(CROWD, CROWD)
    before = tree_of(story.compile(fleet, AT_NOW))
    edited = copy.deepcopy(fleet)
    runs = edited.documents["other/runs.yaml"]
    match change:
        case "budget":
            edited = tightened(fleet, right=True)
        case "run":
            runs[-1]["spec"]["runtime"]["duration"] = "7h"
        case "node":
            edited.documents["other/nodes.yaml"][0]["spec"]["count"] += 1
        case "new run":
            runs.append(copy.deepcopy(runs[-1]))
            runs[-1]["metadata"]["name"] = "late"
        case "gone run":
            runs.pop()
    assert kept(tree_of(story.compile(edited, AT_NOW))) == len(of_side(before, right=False))


def test_later_nothing_is_kept() -> None:
    story, fleet = Story(), beside(CROWD, CROWD)
    story.compile(fleet, AT_NOW)
    assert kept(tree_of(story.compile(tightened(fleet, right=True), AT_NOW + 60))) == 0


def test_a_promise_that_somebody_edited_keeps_nothing() -> None:
    fleet = beside(CROWD, CROWD)
    first = compiled(fleet)
    tree = dict(tree_of(first))
    path = next(path for path in sorted(tree) if "/reservations/" in path)
    tree[path] = tree[path].replace(b"2026-03-02T", b"2026-03-03T")
    again = compiled(tightened(fleet, right=True), previous=tree, ledger=first.ledger)
    assert kept(tree_of(again)) == 0


def test_a_lock_that_claims_too_much_is_planned_anew() -> None:
    """The checker refuses what is kept of it, and nothing else of it is believed."""
    fleet = beside(CROWD, CROWD)
    first = compiled(fleet)
    tree = dict(tree_of(first))
    lock = json.loads(tree["plan.lock.json"])
    for share in lock["plan"]["proof"]["shares"]:
        share["bound"] = 10**18
    tree["plan.lock.json"] = json.dumps(lock).encode()
    again = compiled(tightened(fleet, right=True), previous=tree, ledger=first.ledger)
    assert kept(tree_of(again)) == 0
