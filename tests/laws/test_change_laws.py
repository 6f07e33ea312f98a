"""Fleets that change: budgets are edited, runs deleted, machines exchanged, and time passes. Every plan stays sound."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.base.instant import Instant, format_instant
from jobtree.model.contention import Entropy
from tests.laws.compiler import AT_NOW, Story, open_leases, plan_of, tree_of
from tests.worlds import (
    Document,
    World,
    budgets,
    contended_worlds,
    crowd,
    document,
    namespace,
    pools,
    run_specs,
    worlds,
)

PAUSES = (0, 1, 1_800, 3_600, 7_200, 20_000)


@st.composite
def edited(draw: st.DrawFn, world: World) -> World:
    """The world with some of its budgets rewritten, a team's runs gone or of another size, or other machines."""
    documents = dict(world.documents)
    change = draw(st.sampled_from(["nothing", "budgets", "runs", "sizes", "machines"]))
    for path in world.documents:
        if change == "budgets" and path.startswith("budgets/"):
            documents[path] = [draw(budgets(documents[path][0]["spec"]["owner"]))]
        if change == "runs" and path.startswith("runs/") and draw(st.booleans()):
            del documents[path]
        if change == "sizes" and path.startswith("runs/"):
            documents[path] = [_resized(one, draw(st.sampled_from([1, 2, 4, 8]))) for one in documents[path]]
    if change == "machines":
        documents["topology.yaml"] = draw(pools())
    return World(documents)


def _resized(document: Document, gpus: int) -> Document:
    """A plain run with another size; anything else as it is."""
    spec = document["spec"]
    if document["kind"] != "Run" or not {"malleable", "locality", "spares"}.isdisjoint(spec):
        return document
    return {**document, "spec": {**spec, "resources": {**spec["resources"], "totalGPUs": gpus}}}


@st.composite
def joined(draw: st.DrawFn, world: World, now: Instant) -> World:
    """The world with one more run, asked for now."""
    owner = draw(st.sampled_from(["org:a", "org:b", "org:c"]))
    spec = draw(run_specs(owner, ()))
    path = f"runs/{namespace(owner)}.yaml"
    others = world.documents.get(path, [])
    name = f"n{len(others)}"
    created = format_instant(now)
    newcomer = document("Run", name, spec, namespace(owner), creationTimestamp=created)
    return World({**world.documents, path: [*others, newcomer]})


@pytest.mark.parametrize("pods", [1, 3])
def test_a_run_with_a_reservation_may_be_resized(pods: int) -> None:
    """Its promise is for a width that it has no more."""
    story, shapes = Story(), [(12, 2, 4), (4, 2, 2)]
    assert len(plan_of(tree_of(story.compile(crowd(shapes, budget=40), AT_NOW)))["runs"]) == 2
    result = story.compile(crowd([shapes[0], (4, pods, 2)], budget=40), AT_NOW)
    resized = next(one for one in plan_of(tree_of(result))["runs"] if one["run"].endswith("r1"))
    assert (resized["decision"], resized["width"]) == ("reserve", 4 * pods)


@settings(max_examples=60)
@given(worlds(), st.data())
def test_whatever_changes_the_next_plan_is_sound(world: World, data: st.DataObject) -> None:
    story, now = Story(), AT_NOW
    result = story.compile(world, now)
    for _ in range(4):
        assert result.violations == ()
        if result.tree is None:  # the edit made an input that is refused, such as GPUs that no pod size divides
            assert any(finding.severity == "error" for finding in result.diagnostics)
            return
        before = open_leases(result.tree)
        world = data.draw(edited(world))
        now = Instant(now + data.draw(st.sampled_from(PAUSES)))
        result = story.compile(world, now)
        if result.tree is not None:
            closed = {entry["lease"] for entry in plan_of(result.tree)["closures"]}
            assert before - open_leases(result.tree) == closed & before, "what leaves the tree is closed"


@settings(max_examples=60)
@given(contended_worlds(), st.data())
def test_contention_is_sound_and_breaks_no_promise_in_silence(world: World, data: st.DataObject) -> None:
    """Teams that are all entitled to the fleet, compiled again and again while it is fought over."""
    story, now = Story(), AT_NOW
    for _ in range(7):
        result = story.compile(world, now, entropy=Entropy(text=data.draw(st.sampled_from(["00", "a1", "b2"]))))
        assert result.violations == ()
        assert result.tree is not None, [finding.message for finding in result.diagnostics]
        slips = [finding for finding in result.diagnostics if finding.code == "JT520"]
        assert all(finding.notes[0].startswith("changed since: ") for finding in slips), slips
        step = data.draw(st.sampled_from([0, 60, 900, 900, 1_800, 3_600, 4 * 3_600]))
        now = Instant(now + step)
        change = data.draw(st.sampled_from(["none", "none", "newcomer", "edited"]))
        if change == "edited":
            world = data.draw(edited(world))
        if change == "newcomer":
            world = data.draw(joined(world, now))
