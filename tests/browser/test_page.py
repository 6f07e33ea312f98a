"""The page in a browser: reading, finding, pointing, typing, and how it looks."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from jobtree.adapters.page_file import page_assets
from jobtree.report.document import document
from jobtree.report.page_data import page_data
from jobtree.report.series import Series
from tests.browser.conftest import Open
from tests.unit.report.pages import EXAMPLES, contended_facts, facts_of

WIDTHS = (375, 768, 1440)
TITLES = (
    "Overview", "Timeline", "Machines", "Budgets", "Who pays for whom", "Reservations", "Cuts and lotteries", "Prices",
    "Runs",
)  # fmt: skip


def tip(page: Page) -> str:
    return page.locator(".tip").inner_text()


def pixels(page: Page, section: str) -> str:
    page.wait_for_timeout(150)
    found: str = page.locator(f"#{section} canvas").evaluate("canvas => canvas.toDataURL()")
    return found


def background(page: Page) -> str:
    found: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return found


@pytest.mark.parametrize("width", WIDTHS)
def test_every_section_is_there_and_nothing_spills_over(open_page: Open, width: int) -> None:
    page = open_page(width=width)
    assert tuple(page.locator("main h2").all_inner_texts()) == TITLES
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_from_a_file_it_is_the_same(open_page: Open, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(document(page_data(facts_of(EXAMPLES / "quickstart")), page_assets()))
    page = open_page(address=path.as_uri())
    expect(page.locator("h1")).to_have_text("quickstart")


def test_pointing_at_the_timeline_gives_exact_numbers(open_page: Open, plan: Any) -> None:
    page = open_page()
    run = next(run for run in plan["runs"] if run["run"] == "rai-al/ra1")
    page.locator("#timeline canvas").hover(position={"x": 500, "y": 90})
    told = tip(page)
    assert "rai-al/ra1" in told
    assert f"{run['width'] + 8} GPUs of H100-80GB, starts now" in " ".join(told.split())
    assert "rai-al/rai-al/west-h100" in told
    assert "Mon 2 Mar 09:00 (now)" in told
    assert "Fri 6 Mar 09:00, 4d" in told


def test_pointing_at_a_machine_names_its_slot(open_page: Open) -> None:
    page = open_page()
    page.locator("#machines canvas").hover(position={"x": 14, "y": 34})
    assert "a-01#0" in tip(page)
    assert "rai-al/ra1" in tip(page)


def test_words_and_owners_narrow_every_part(open_page: Open) -> None:
    page = open_page()
    before = pixels(page, "timeline")
    page.get_by_role("searchbox").fill("mm3")
    rows = page.locator("#runs tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("mm-aud/mm3")
    assert pixels(page, "timeline") != before
    page.get_by_role("button", name="Clear").click()
    expect(rows).to_have_count(5)
    page.get_by_role("combobox", name="Owner").select_option(label="org:ai:mm")
    expect(rows).to_have_count(3)
    expect(page.locator("#reservations tbody tr")).to_have_count(1)
    page.get_by_role("combobox", name="Owner").select_option(label="org:ai:rai:sys")
    expect(page.locator("#reservations tbody")).to_contain_text("No reservation")


def test_the_wheel_and_buttons_zoom_and_the_whole_comes_back(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="Show the whole time").click()
    whole = pixels(page, "timeline")
    page.get_by_role("button", name="Zoom in").click()
    closer = pixels(page, "timeline")
    assert closer != whole
    page.get_by_role("button", name="Later").click()
    assert pixels(page, "timeline") != closer
    page.get_by_role("button", name="Show the whole time").click()
    assert pixels(page, "timeline") == whole
    canvas = page.locator("#timeline canvas")
    canvas.click(position={"x": 900, "y": 40})
    page.mouse.wheel(0, -240)
    page.mouse.move(2, 2)
    page.get_by_role("searchbox").focus()
    assert pixels(page, "timeline") != whole


def test_the_wheel_scrolls_the_page_until_the_chart_is_chosen(open_page: Open) -> None:
    page = open_page()
    whole = pixels(page, "timeline")
    page.locator("#timeline canvas").hover(position={"x": 500, "y": 90})
    page.mouse.wheel(0, 120)
    page.mouse.move(2, 2)
    assert pixels(page, "timeline") == whole


def test_dragging_moves_the_time(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="Zoom in").click()
    box = page.locator("#timeline canvas").bounding_box()
    assert box is not None
    before = pixels(page, "timeline")
    page.mouse.move(box["x"] + 600, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 80)
    page.mouse.up()
    page.mouse.move(2, 2)
    page.get_by_role("searchbox").focus()
    assert pixels(page, "timeline") != before


def test_the_machines_are_shown_at_every_instant(open_page: Open) -> None:
    page = open_page()
    told = page.locator("#machines output")
    expect(told).to_have_text("Mon 2 Mar 2026 09:00:00 UTC, the plan's instant")
    page.locator("#machines summary").click()
    seats = page.locator("#machines table")
    expect(seats).not_to_contain_text("mm-aud/mm3")
    page.get_by_role("button", name="The event after").click()
    expect(told).to_have_text("Mon 2 Mar 2026 13:00:00 UTC, in 4h")
    page.get_by_role("button", name="The event after").click()
    expect(told).to_contain_text("14:05:00 UTC, in 5h5m")
    expect(seats).to_contain_text("mm-aud/mm3")
    slider = page.get_by_role("slider", name="Instant shown")
    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "Mon 2 Mar 2026 09:00:00 UTC, the plan's instant")


def test_everything_is_reached_and_told_without_a_pointer(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    canvas = page.locator("#timeline canvas")
    canvas.focus()
    page.keyboard.press("n")
    page.wait_for_timeout(100)
    first = page.locator("[role=status]").inner_text()
    assert "owner: org:ai:" in first
    page.keyboard.press("n")
    page.wait_for_timeout(100)
    assert page.locator("[role=status]").inner_text() != first
    page.keyboard.press("Escape")
    expect(page.locator(".tip")).to_be_hidden()
    page.locator("#machines canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    assert "a-02#0" in page.locator("[role=status]").inner_text()
    chart = page.locator("#budgets svg.chart").first
    chart.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    assert "64 GPUs" in page.locator("[role=status]").inner_text()


def test_a_budget_is_chosen_and_its_use_shown(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="rai/rai/west-h100").click()
    expect(page.locator("#budgets h3")).to_have_text("rai/rai/west-h100")
    page.locator("#budgets .burn summary").nth(1).click()
    expect(page.locator("#budgets .burn table").last).to_contain_text("192 GPU-hours (691,200 GPU-seconds)")


def test_columns_are_sorted(open_page: Open) -> None:
    page = open_page()
    page.locator("#runs").get_by_role("button", name="GPUs").click()
    assert page.locator("#runs tbody tr").first.inner_text().startswith(("rai-al/ra1", "mm-aud/mm3"))
    expect(page.locator("#runs th[aria-sort=descending]")).to_have_text("GPUs")


def test_light_and_dark_follow_the_system_and_the_switch(open_page: Open) -> None:
    page = open_page(color_scheme="dark")
    dark = background(page)
    dark_chart = pixels(page, "timeline")
    page.get_by_role("button", name="Switch to light colours").click()
    assert background(page) != dark
    assert pixels(page, "timeline") != dark_chart
    page.get_by_role("button", name="Switch to dark colours").click()
    assert background(page) == dark
    assert background(open_page(color_scheme="light")) != dark


def test_paper_is_light_and_has_no_controls(open_page: Open) -> None:
    page = open_page(color_scheme="dark")
    page.emulate_media(media="print")
    assert background(page) == "rgb(255, 255, 255)"
    expect(page.get_by_role("searchbox")).to_be_hidden()
    assert page.pdf()[:5] == b"%PDF-"


def test_the_countdown_is_live_only_where_it_says_so(open_page: Open) -> None:
    page = open_page()
    expect(page.locator("#reservations tbody")).to_contain_text("in 5h5m")
    expect(page.locator(".live")).to_be_hidden()
    page.get_by_label("Count down live").check()
    expect(page.locator(".live")).to_be_visible()
    expect(page.locator("#reservations tbody")).to_contain_text("due ")


def test_a_simulation_has_its_lines(open_page: Open, series: Series) -> None:
    page = open_page(replace(facts_of(EXAMPLES / "two-domains"), series=series))
    expect(page.locator("#series tbody").last).to_contain_text("97.2 %")
    page.locator("#series svg.chart").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    assert "140 GPUs" in page.locator("[role=status]").inner_text()


def test_an_empty_plan_says_why_it_is_empty(open_page: Open, edited: Any) -> None:
    edited |= {"runs": [], "cuts": [], "lottery": [], "envelopes": []}
    page = open_page(facts_of(EXAMPLES / "two-domains", edited))
    for section, words in (
        ("timeline", "nothing to draw"),
        ("runs", "There are no runs"),
        ("reservations", "Nobody waits"),
    ):
        expect(page.locator(f"#{section}")).to_contain_text(words)


def test_cuts_lotteries_and_leases_that_are_over(open_page: Open) -> None:
    facts = contended_facts()
    page = open_page(facts)
    contention = page.locator("#contention")
    expect(contention.locator("table").first).to_contain_text("nlp/bert")
    expect(contention).to_contain_text(facts.plan.lotteries[0].seed)
    expect(contention).to_contain_text("jobtree verify --lottery")
    contention.locator("summary").click()
    expect(contention.locator("table").last).to_contain_text("drawn 1st")
    expect(page.locator("#reservations")).to_contain_text("robots/walk: Lottery, 8 GPUs, 50.0 % (1/2, exact)")
    page.locator("#timeline canvas").focus()
    page.keyboard.press("n")
    page.wait_for_timeout(100)
    assert "nlp/bert" in tip(page)
    assert f"RandomPreempt({facts.plan.lotteries[0].seed})" in tip(page)


def test_a_plan_with_prices_draws_and_tells_them(open_page: Open, edited: Any) -> None:
    edited["proof"]["certificate"]["nodes"] = [{"nodes": ["a-01", "a-02"], "steps": [[0, 7_200], [3_600, 0]]}]
    edited["proof"]["certificate"]["accounts"] = [
        {"account": "envelope mm/mm/west-h100", "steps": [[0, 60], [600, 0]], "charged": 30}
    ]
    page = open_page(facts_of(EXAMPLES / "two-domains", edited))
    prices = page.locator("#prices")
    expect(prices.locator("tbody").last).to_contain_text("us-west/gpu-a/A")
    prices.locator("svg.chart").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    assert "2h earlier (7,200 seconds)" in page.locator("[role=status]").inner_text()
    prices.locator("svg.chart").last.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    assert "1m30s earlier (90 seconds)" in page.locator("[role=status]").inner_text()
