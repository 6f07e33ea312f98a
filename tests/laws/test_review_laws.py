"""Laws of the plan diff: it tells everything that differs and nothing else, and turned round it says the opposite."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from jobtree.adapters.cbc import Cbc
from jobtree.base.progress import Silent
from jobtree.comparing import Compared, Question, compare_fleets, side_of
from jobtree.load.source import Source
from jobtree.model.contention import Entropy
from jobtree.plan.executor import InOrder
from jobtree.request import CompileRequest
from jobtree.review import changes
from jobtree.review.changes import Effect, compare
from jobtree.review.diff_object import diff_object
from jobtree.review.markdown import MOST_BYTES, markdown, marker
from jobtree.review.review import Review, Titles
from tests.laws.compiler import AT_NOW, compiled, plan_of, tree_of
from tests.worlds import World, contended_worlds, crowd, worlds

SOLVER = Cbc()
TITLES = Titles(base="main", head="the working tree", instant="now", command="jobtree plan")
SCHEMA = Draft202012Validator(json.loads((Path(__file__).parents[2] / "schemas/outputs/plan-diff.json").read_text()))
OPPOSITE = {
    Effect.ADDED: Effect.REMOVED,
    Effect.CUT: Effect.SPARED,
    Effect.UNPLACED: Effect.PLACED,
    Effect.LATER: Effect.EARLIER,
    Effect.NARROWER: Effect.WIDER,
    Effect.RECALLED: Effect.FUNDED,
}


def halved(world: World, *, which: int) -> World:
    """The world with less in the envelopes of one budget, or one run less."""
    edited = copy.deepcopy(world)
    specs = [one["spec"] for documents in edited.documents.values() for one in documents if "envelopes" in one["spec"]]
    for envelope in specs[which % len(specs)]["envelopes"]:
        envelope["concurrency"] = max(1, envelope["concurrency"] // 2)
    return edited


def asked(base: World, head: World, previous: Mapping[str, bytes] | None = None, *, most_alone: int = 0) -> Question:
    facts = CompileRequest(
        sources=[Source(path, data) for path, data in base.sources().items()],
        previous=[Source(path, data) for path, data in (previous or {}).items()],
        admissions={},
        as_of=AT_NOW,
        entropy=Entropy(text="5eed"),
        allow_drop=True,
    )
    other = CompileRequest(
        sources=[Source(path, data) for path, data in head.sources().items()],
        previous=facts.previous,
        admissions={},
        as_of=AT_NOW,
        entropy=facts.entropy,
        allow_drop=True,
    )
    return Question(base=facts, head=other, solvers=(SOLVER, SOLVER), titles=TITLES, most_alone=most_alone)


def compared(question: Question) -> Compared:
    return compare_fleets(question, Silent(), InOrder())


def review_of(question: Question) -> Review:
    found = compared(question)
    assert found.review is not None, (found.base.diagnostics, found.head.diagnostics)
    return found.review


def seen(entry: dict[str, Any] | None) -> object:
    """What a reader of plan.json would call the same: when, how wide, and who pays."""
    if entry is None:
        return None
    placed = entry["decision"] in ("start", "reserve", "running")
    payers = {(share["envelope"], share["class"]) for share in entry["payers"]}
    return (placed, entry["at"], entry["width"], frozenset(payers) if placed else None)


def differing(base: Mapping[str, bytes], head: Mapping[str, bytes]) -> set[str]:
    old, new = ({run["run"]: run for run in plan_of(tree)["runs"]} for tree in (base, head))
    return {run for run in {*old, *new} if seen(old.get(run)) != seen(new.get(run))}


@settings(max_examples=25)
@given(worlds() | contended_worlds(), st.integers(0, 9), st.booleans())
def test_what_the_two_plan_files_say_differently_is_in_the_diff(world: World, which: int, locked: bool) -> None:
    previous = tree_of(compiled(world)) if locked else None
    found = compared(asked(world, halved(world, which=which), previous))
    assume(found.review is not None)
    assert found.review is not None
    told = {str(change.run): change for change in found.review.diff.runs}
    assert differing(tree_of(found.base), tree_of(found.head)) <= told.keys()
    for run in told.keys() - differing(tree_of(found.base), tree_of(found.head)):
        assert {Effect.THREATENED, Effect.SAFE, Effect.CUT, Effect.SPARED, *_PAID}.issuperset(told[run].effects)
    if not found.review.edits:
        assert found.review.is_locked == locked


_PAID = (Effect.RECALLED, Effect.FUNDED)


@settings(max_examples=15)
@given(worlds())
def test_a_plan_does_not_differ_from_itself(world: World) -> None:
    review = review_of(asked(world, world))
    assert review.diff.is_empty
    assert review.edits == ()
    assert review.diff.unchanged == len(plan_of(tree_of(compiled(world)))["runs"])


@settings(max_examples=25)
@given(worlds() | contended_worlds(), st.integers(0, 9))
def test_turned_round_it_says_the_opposite(world: World, which: int) -> None:
    sides = [side_of(compiled(one)) for one in (world, halved(world, which=which))]
    before, after = sides
    assert before is not None
    assert after is not None
    there, back = compare(before, after, promises={}), compare(after, before, promises={})
    assert there.waited == -back.waited
    assert {change.run for change in there.runs} == {change.run for change in back.runs}
    returned = {change.run: set(change.effects) for change in back.runs}
    for change in there.runs:
        for effect in change.effects:
            assert OPPOSITE.get(effect, effect) in returned[change.run] or effect not in OPPOSITE
    assert sum(owner.waited for owner in there.owners) == there.waited


@settings(max_examples=20)
@given(worlds() | contended_worlds(), st.integers(0, 9))
def test_every_review_fits_its_schema_and_a_comment(world: World, which: int) -> None:
    review = review_of(asked(world, halved(world, which=which), most_alone=2))
    SCHEMA.validate(diff_object(review))
    text = markdown(review)
    assert text.startswith(marker(".") + "\n")
    assert len(text.encode()) <= MOST_BYTES
    assert diff_object(review) == diff_object(review_of(asked(world, halved(world, which=which), most_alone=2)))


QUEUE, SHORTER = crowd([(8, 1, 2), (8, 1, 2)], budget=16), crowd([(8, 1, 2), (8, 1, 2)], budget=8)


def test_a_start_that_nobody_compares_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the first law."""
    moved = differing(*(tree_of(compiled(world)) for world in (QUEUE, SHORTER)))
    assert moved == {"ns-org-a/r1"}
    assert {str(change.run) for change in review_of(asked(QUEUE, SHORTER)).diff.runs} == moved
    monkeypatch.setattr(changes, "_starts", lambda *_: iter(()))
    assert review_of(asked(QUEUE, SHORTER)).diff.runs == ()


def test_each_change_is_tried_alone_and_what_takes_two_is_named() -> None:
    """Each team needs the node of the other gone before it waits."""
    review = review_of(asked(QUEUE, SHORTER, most_alone=5))
    assert [edit.word for edit in review.edits] == ["edited"]
    assert review.alone == ()  # one change is the cause of everything
