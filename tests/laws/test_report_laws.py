"""Laws of the page: its curves and sums are those of the plan, for every fleet, whatever stands in the ledger."""

import json

from hypothesis import assume, given, settings

from jobtree.base.instant import Instant
from jobtree.load.ledger import read_ledger
from jobtree.load.source import Source
from jobtree.report.facts import Facts
from jobtree.report.page_data import page_data
from jobtree.report.plan_file import PlanFile, read_plan
from tests.laws.compiler import AT_NOW, Story
from tests.unit.report.pages import Page
from tests.worlds import World, contended_worlds


def page_after(world: World, hours: tuple[int, ...]) -> tuple[Page, object] | None:
    """The page and the plan of the last of some compiles; None if one of them was refused."""
    story = Story()
    for hour in hours:
        result = story.compile(world, Instant(AT_NOW + hour * 3_600))
        if result.tree is None or result.catalog is None:
            return None
    plan = json.loads(story.tree["plan.json"])
    read = read_plan(plan)
    assert isinstance(read, PlanFile), read
    ledger, odd = read_ledger([Source(name, data) for name, data in story.ledger.items()])
    assert odd == ()
    assert result.catalog is not None
    return Page(page_data(Facts(plan=read, catalog=result.catalog, past=ledger.closed))), plan


@settings(max_examples=25)
@given(contended_worlds())
def test_what_an_envelope_is_charged_is_what_the_plan_says(world: World) -> None:
    found = page_after(world, (0, 3, 9))
    assume(found is not None)
    page, plan = found  # type: ignore[misc]
    told = {use["envelope"]: use["gpuSeconds"] for use in plan["envelopes"]}  # type: ignore[index]
    for row in page.rows("accounts"):
        if page.text(row["kind"]) == "envelope":
            curve = row["curve"] or [0, 0, 0]
            at = next(place for place in range(0, len(curve), 3) if curve[place] == 0)
            seconds = told[page.text(row["name"])]
            assert (curve[at + 2], curve[-1]) == (seconds["spent"], seconds["spent"] + seconds["planned"])


@settings(max_examples=25)
@given(contended_worlds())
def test_payments_add_up_to_what_envelopes_are_charged(world: World) -> None:
    found = page_after(world, (0, 5))
    assume(found is not None)
    page, plan = found  # type: ignore[misc]
    told = [use["gpuSeconds"] for use in plan["envelopes"]]  # type: ignore[index]
    paid = [row for row in page.rows("payments") if row["payer"] >= 0]
    assert sum(row["spent"] for row in paid) == sum(one["spent"] for one in told)
    assert sum(row["planned"] for row in paid) == sum(one["planned"] for one in told)
