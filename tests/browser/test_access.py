"""axe-core finds nothing to object to, in both colours, with every part opened."""

from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe

from jobtree.report.series import Series
from tests.browser.conftest import Open
from tests.unit.report.pages import EXAMPLES, facts_of


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1440])
def test_no_rule_of_axe_is_broken(open_page: Open, series: Series, scheme: str, width: int) -> None:
    page = open_page(replace(facts_of(EXAMPLES / "two-domains"), series=series), color_scheme=scheme, width=width)
    for summary in page.locator("summary").all():
        summary.click()
    found = Axe().run(page)
    told = [(rule["id"], [node["html"][:160] for node in rule["nodes"]]) for rule in found.response["violations"]]
    assert told == []
