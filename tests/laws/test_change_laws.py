"""Fleets that change: budgets are edited, runs deleted, machines exchanged, and time passes. Every plan stays sound."""

from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.base.instant import Instant
from tests.laws.compiler import AT_NOW, compiled
from tests.worlds import World, budgets, pools, worlds

PAUSES = (0, 1, 1_800, 3_600, 7_200, 20_000)


@st.composite
def edited(draw: st.DrawFn, world: World) -> World:
    """The world with some of its budgets rewritten, a team's runs gone, or other machines."""
    documents = dict(world.documents)
    change = draw(st.sampled_from(["nothing", "budgets", "runs", "machines"]))
    for path in world.documents:
        if change == "budgets" and path.startswith("budgets/"):
            documents[path] = [draw(budgets(documents[path][0]["spec"]["owner"]))]
        if change == "runs" and path.startswith("runs/") and draw(st.booleans()):
            del documents[path]
    if change == "machines":
        documents["topology.yaml"] = draw(pools())
    return World(documents)


@settings(max_examples=60)
@given(worlds(), st.data())
def test_whatever_changes_the_next_plan_is_sound(world: World, data: st.DataObject) -> None:
    result, now = compiled(world), AT_NOW
    for _ in range(3):
        assert result.violations == ()
        if result.tree is None:  # the edit made an input that is refused, such as GPUs that no pod size divides
            assert any(finding.severity == "error" for finding in result.diagnostics)
            return
        leases = {path: text for path, text in result.tree.items() if "/leases/" in path}
        world = data.draw(edited(world))
        now = Instant(now + data.draw(st.sampled_from(PAUSES)))
        result = compiled(world, previous=result.tree, as_of=now)
        if result.tree is not None:
            assert {path: result.tree.get(path) for path in leases} == leases
