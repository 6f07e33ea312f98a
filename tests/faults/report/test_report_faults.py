"""What can be wrong with a page's sources, each as its code says (JT776 to JT779)."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jobtree.base.codes import TITLES
from jobtree.cli.main import run

NOW = "2026-03-02T09:00:00Z"
PAGES = Path(__file__).parents[3] / "docs" / "codes"


def edited_plan(fleet: Path) -> list[str]:
    path = fleet / "rendered" / "plan.json"
    plan = json.loads(path.read_text())
    plan["runs"][0]["groups"][0]["pods"][0]["slots"] = []
    path.write_text(json.dumps(plan))
    return []


def odd_series(fleet: Path) -> list[str]:
    (fleet / "series.json").write_text('{"formatVersion": 1}')
    return ["--series", str(fleet / "series.json")]


def edited_budget(fleet: Path) -> list[str]:
    path = next((fleet / "budgets").rglob("*.yaml"))
    path.write_text(path.read_text() + "# edited\n")
    return []


def below_a_file(fleet: Path) -> list[str]:
    return ["-o", str(fleet / "fleet.yaml" / "report.html")]


CASES: dict[str, tuple[Callable[[Path], list[str]], int]] = {
    "JT776": (edited_plan, 1),
    "JT777": (odd_series, 1),
    "JT778": (edited_budget, 0),
    "JT779": (below_a_file, 1),
}


@pytest.mark.parametrize("code", CASES)
def test_a_fault_is_reported_under_its_code(code: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    fleet, page = tmp_path / "fleet", tmp_path / "report.html"
    assert run(["init", str(fleet)]) == 0
    assert run(["compile", str(fleet), "--now", NOW]) == 0
    provoke, exits = CASES[code]
    more = provoke(fleet)
    capfd.readouterr()
    assert run(["report", str(fleet), "-o", str(page), *more]) == exits
    assert f"{code} " in capfd.readouterr().err
    assert page.exists() == (exits == 0)


def test_every_code_has_a_case_and_a_page() -> None:
    assert set(CASES) == {code for code in TITLES if "JT776" <= code <= "JT780"}
    for code in CASES:
        assert (PAGES / f"{code}.md").read_text().startswith(f"# {code}: {TITLES[code]}\n")
