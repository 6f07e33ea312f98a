"""Laws of every plan (semantics.md 5, 6, 7, 9), judged by an audit that shares nothing with the planner."""

from hypothesis import given, settings

from jobtree.model.catalog import Catalog
from jobtree.model.plan import Plan
from tests.laws.plan_audit import faults, level, wait
from tests.laws.plan_fleets import fleets
from tests.unit.plan.fleets import plan


@settings(max_examples=120)
@given(fleets())
def test_a_plan_breaks_no_law(fleet: Catalog) -> None:
    made = plan(fleet)
    assert faults(fleet, made) == []
    assert level(made, "wait") == wait(fleet, made)
    assert_bound(made)


def assert_bound(made: Plan) -> None:
    one = next(one for one in made.proof.levels if one.name == "wait")
    assert one.bound is not None
    assert one.bound <= one.value
