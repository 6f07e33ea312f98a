"""The numbers of a page are those of the plan."""

import json
from dataclasses import replace
from typing import Any

import pytest

from jobtree.base.instant import Instant, Interval
from jobtree.report.facts import OPEN, PAST, PROMISED
from jobtree.report.page_data import page_data
from tests.unit.report.pages import EXAMPLES, Page, contended_facts, facts_of, page_of

NAMES = ("quickstart", "two-domains")


@pytest.fixture(params=NAMES)
def case(request: pytest.FixtureRequest) -> tuple[Page, Any]:
    folder = EXAMPLES / request.param
    return page_of(folder), json.loads((folder / "rendered" / "plan.json").read_text())


def test_every_pod_of_the_plan_is_there(case: tuple[Page, Any]) -> None:
    page, plan = case
    spans, nodes = page.rows("spans"), page.rows("nodes")
    runs = page.rows("runs")
    shown = sorted(
        (page.text(runs[spans[pod["span"]]["run"]]["key"]), page.text(nodes[pod["node"]]["name"]),
         page.data.slots[pod["slots"]])
        for pod in page.rows("pods")
    )  # fmt: skip
    told = sorted(
        (run["run"], pod["node"], pod["slots"])
        for run in plan["runs"]
        for group in run["groups"]
        for pod in group["pods"]
        for _ in (0, *pod["renewals"])
    )
    assert shown == told


def test_gpus_now_by_payer_are_those_of_the_plan(case: tuple[Page, Any]) -> None:
    page, plan = case
    told = sum(
        share["gpus"] for run in plan["runs"] if run["decision"] in ("start", "running") for share in run["payers"]
    )
    assert sum(row["now"] for row in page.rows("payments")) == told


def test_a_curve_is_what_the_plan_says_of_its_envelope(case: tuple[Page, Any]) -> None:
    page, plan = case
    told = {use["envelope"]: use for use in plan["envelopes"]}
    for row in page.rows("accounts"):
        if page.text(row["kind"]) != "envelope" or not row["curve"]:
            continue
        use = told[page.text(row["name"])]
        points = list(zip(*[iter(row["curve"])] * 3, strict=True))
        assert points == sorted(points)
        now = next(point for point in points if point[0] == 0)
        held = sum(count for name, count in use["used"].items() if name != "Spare")
        assert now[1:] == (held, use["gpuSeconds"]["spent"])
        assert points[-1][1:] == (0, use["gpuSeconds"]["spent"] + use["gpuSeconds"]["planned"])


def test_reservations_have_their_forecasts(case: tuple[Page, Any]) -> None:
    page, plan = case
    runs = page.rows("runs")
    waiting = [run["run"] for run in plan["runs"] if run["decision"] == "reserve"]
    assert [page.text(runs[row["run"]]["key"]) for row in page.rows("forecasts")] == waiting


def test_the_family_is_a_tree_of_owners() -> None:
    page = page_of(EXAMPLES / "two-domains")
    owners = page.rows("owners")
    parents = {page.text(row["name"]): [page.text(owners[at]["name"]) for at in row["parents"]] for row in owners}
    assert parents["org:ai:mm:aud"] == ["org:ai:mm"]
    assert parents["org:ai"] == []


def test_equal_facts_give_equal_data() -> None:
    facts = facts_of(EXAMPLES / "quickstart")
    assert page_data(facts) == page_data(facts)


def test_names_that_no_schema_lets_in_are_harmless_text() -> None:
    folder = EXAMPLES / "two-domains"
    plan = json.loads((folder / "rendered" / "plan.json").read_text())
    plan["runs"][0]["run"] = "mm-aud/\u202e\x1b[31m</script>"
    plan["runs"][0]["reason"]["message"] = "=CMD()\u2028"
    page = page_of(folder, plan)
    assert "mm-aud/\\u202e\\x1b[31m</script>" in page.data.texts
    assert "=CMD()\\u2028" in page.data.texts
    assert all(text.isprintable() for text in page.data.texts)


def test_a_node_that_is_gone_is_as_large_as_its_leases_say() -> None:
    folder = EXAMPLES / "two-domains"
    plan = json.loads((folder / "rendered" / "plan.json").read_text())
    for pod in plan["runs"][0]["groups"][0]["pods"]:
        pod["node"] = "gone"
    page = page_of(folder, plan)
    (node,) = [row for row in page.rows("nodes") if page.text(row["name"]) == "gone"]
    assert (node["gpus"], node["usable"]) == (4, 0)


def test_numbers_that_a_browser_cannot_hold_are_texts() -> None:
    folder = EXAMPLES / "two-domains"
    plan = json.loads((folder / "rendered" / "plan.json").read_text())
    wait = next(level for level in plan["proof"]["levels"] if level["name"] == "wait")
    wait["value"], wait["bound"] = 3 * 2**60, 2**60
    proof = page_of(folder, plan).object["head"]["proof"]
    assert proof["wait"] == f"{3 * 2**60:,}"
    assert proof["gap"] == "66.67"


def test_leases_that_are_over_are_shown_as_they_were_held() -> None:
    facts = contended_facts()
    page = Page(page_data(facts))
    spans, runs = page.rows("spans"), page.rows("runs")
    assert {span["kind"] for span in spans} == {PAST, OPEN, PROMISED}
    over = {
        (page.text(runs[span["run"]]["key"]), span["start"], span["end"], page.text(span["closed"]).partition("(")[0])
        for span in spans
        if span["kind"] == PAST
    }
    hour = 3_600
    assert ("nlp/t5", -3 * hour, -3 * hour // 4, "ReclaimUnfunded") in over
    assert ("nlp/bert", -3 * hour, 0, "RandomPreempt") in over
    assert page.data.head["leftOut"] == 0


def test_cuts_and_lotteries_are_those_of_the_plan() -> None:
    facts = contended_facts()
    page = Page(page_data(facts))
    (cut,), (draw,) = page.rows("cuts"), page.rows("lotteries")
    (told,) = facts.plan.lotteries
    assert (page.text(cut["unit"]), page.text(cut["claim"]), cut["gpus"], cut["draw"]) == (
        "nlp/bert",
        "robots/grasp",
        8,
        0,
    )
    assert [page.text(unit) for unit, _, _ in draw["candidates"]] == [one.unit for one in told.candidates]
    assert page.text(draw["seed"]) == told.seed
    assert [page.text(unit) for unit in draw["drawn"]] == list(told.drawn)


def test_what_ended_before_the_page_begins_is_counted_and_still_charged() -> None:
    facts = contended_facts()
    as_of = facts.plan.as_of
    short = replace(facts.plan, horizon=Interval(as_of, Instant(as_of + 60)))
    whole, cut = Page(page_data(facts)), Page(page_data(replace(facts, plan=short)))
    before = [span for span in whole.rows("spans") if span["end"] <= -60]
    assert before
    assert cut.data.head["leftOut"] == len(before)
    assert [span for span in cut.rows("spans") if span["end"] <= -60] == []
    for one, other in zip(whole.rows("accounts"), cut.rows("accounts"), strict=True):
        assert one["curve"][-1:] == other["curve"][-1:]
        assert all(instant >= -60 for instant in other["curve"][::3])
