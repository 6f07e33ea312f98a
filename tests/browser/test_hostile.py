"""Names that nobody's schema lets in, put into an emitted tree by hand: they stay text, and nothing comes of them."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.unit.report.pages import EXAMPLES, facts_of

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "\u202egnp.exe\u2066",
    "\x1b[31mred\x1b[0m",
    "=CMD()",
    "__proto__",
    "constructor",
    "javascript:alert(1)",
    "x" * 5_000,
)
SHOWN = {"\u202egnp.exe\u2066": "\\u202egnp.exe\\u2066", "\x1b[31mred\x1b[0m": "\\x1b[31mred\\x1b[0m"}


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: repr(name[:12]))
def test_a_hostile_name_stays_text(open_page: Open, edited: Any, name: str) -> None:
    run = next(run for run in edited["runs"] if run["decision"] == "reserve")
    run["run"] = f"mm-aud/{name}"
    run["owner"] = f"org:{name}"
    run["reason"]["message"] = name
    run["groups"][0]["domain"]["fabric"] = name
    run["groups"][0]["pods"][0]["node"] = name.replace("/", "")
    run["forecast"]["conflictSet"] = [f"mm-aud/{name}"]
    run["forecast"]["cutProbability"] = {f"mm-aud/{name}": {"p": "1/3", "method": "exact", "error": None}}
    page = open_page(facts_of(EXAMPLES / "two-domains", edited), width=768)
    shown = SHOWN.get(name, name)
    expect(page.locator("#runs tbody")).to_contain_text(f"mm-aud/{shown}")
    expect(page.locator("#reservations tbody")).to_contain_text("33.3 % (1/3, exact)")
    for summary in page.locator("summary").all():
        summary.click()
    page.get_by_role("searchbox").fill(shown[:40])
    page.locator("#timeline canvas").focus()
    page.keyboard.press("n")
    page.wait_for_timeout(100)
    assert shown[:20] in page.locator(".tip").inner_text()
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 768
    assert page.evaluate("Object.prototype.hasOwnProperty.call(Object.prototype, 'key')") is False
