"""``jobtree report`` as it is typed."""

import json
import shutil
from pathlib import Path

import pytest

from tests.unit.adapters.test_git import git
from tests.unit.cli.conftest import NOW, Cli
from tests.unit.report.test_series import SERIES


def data_of(page: Path) -> dict[str, object]:
    text = page.read_text()
    begin = text.index('id="data">') + len('id="data">')
    found: dict[str, object] = json.loads(text[begin : text.index("</script>", begin)])
    return found


def test_a_page_is_written_and_said(compiled: Path, cli: Cli, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = cli("report", compiled, "-o", page)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"Wrote {page}: ")
    assert result.out.endswith(", 3 runs\n")
    assert page.read_text().startswith("<!doctype html>\n")
    found = data_of(page)
    assert (found["diff"], found["series"]) == (None, None)


def test_the_same_fleet_gives_the_same_bytes(compiled: Path, cli: Cli, tmp_path: Path) -> None:
    other = shutil.copytree(compiled, tmp_path / "elsewhere")
    cli("report", compiled, "-o", tmp_path / "one.html")
    cli("report", other, "-o", tmp_path / "two.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_a_page_there_is_replaced_and_nothing_is_left_beside_it(compiled: Path, cli: Cli, tmp_path: Path) -> None:
    page = tmp_path / "pages" / "page.html"
    page.parent.mkdir()
    page.write_text("old")
    assert cli("report", compiled, "-o", page).code == 0
    assert page.read_text() != "old"
    assert list(page.parent.iterdir()) == [page]


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_is_no_regular_file_is_left_alone(compiled: Path, cli: Cli, tmp_path: Path, kind: str) -> None:
    page, other = tmp_path / "page.html", tmp_path / "other"
    other.write_text("mine")
    if kind == "folder":
        page.mkdir()
    else:
        page.symlink_to(other)
    result = cli("report", compiled, "-o", page)
    assert result.code == 1
    assert "JT779" in result.err
    assert other.read_text() == "mine"


def test_without_a_compile_it_says_what_to_do(fleet: Path, cli: Cli, tmp_path: Path) -> None:
    result = cli("report", fleet, "-o", tmp_path / "page.html")
    assert result.code == 1
    assert "JT709" in result.err
    assert not (tmp_path / "page.html").exists()


def test_inputs_that_are_wrong_refuse_it(compiled: Path, cli: Cli, tmp_path: Path) -> None:
    path = next((compiled / "budgets").rglob("*.yaml"))
    path.write_text(path.read_text().replace("concurrency:", "concurency:"))
    result = cli("report", compiled, "-o", tmp_path / "page.html")
    assert result.code == 1
    assert "concurrency" in result.err


def test_a_stale_plan_is_said_on_the_page(compiled: Path, cli: Cli, tmp_path: Path) -> None:
    path = next((compiled / "budgets").rglob("*.yaml"))
    path.write_text(path.read_text() + "# edited\n")
    result = cli("report", compiled, "-o", tmp_path / "page.html")
    assert result.code == 0
    assert "JT778" in result.err
    assert "The inputs changed after this plan was made" in str(data_of(tmp_path / "page.html")["head"])


def test_a_series_is_added(compiled: Path, cli: Cli, tmp_path: Path) -> None:
    series = tmp_path / "series.json"
    series.write_text(json.dumps(SERIES))
    assert cli("report", compiled, "--series", series, "-o", tmp_path / "page.html").code == 0
    found = data_of(tmp_path / "page.html")["series"]
    assert isinstance(found, dict)
    assert found["policies"][0]["inUse"] == [140, 140]
    assert cli("report", compiled, "--series", tmp_path / "none.json").code == 1


def test_a_base_adds_what_the_change_does(compiled: Path, cli: Cli, tmp_path: Path) -> None:
    git(compiled, "init", "-q")
    git(compiled, "add", "-A")
    git(compiled, "commit", "-q", "-m", "all")
    (compiled / "runs" / "vision" / "evaluate.yaml").unlink()
    result = cli("report", compiled, "--base", "HEAD", "-o", tmp_path / "page.html")
    assert result.code == 0, result.err
    diff = data_of(tmp_path / "page.html")["diff"]
    assert isinstance(diff, dict)
    told = {run["run"]: run["effects"] for run in diff["runs"]}
    assert told["vision/evaluate"] == ["dropped"]
    assert f"--now {NOW}" in diff["command"]


def test_a_base_that_is_none_refuses_it(compiled: Path, cli: Cli, tmp_path: Path) -> None:
    result = cli("report", compiled, "--base", "HEAD", "-o", tmp_path / "page.html")
    assert result.code == 1
    assert "JT163" in result.err
    assert not (tmp_path / "page.html").exists()


def test_a_base_without_a_fleet_is_noted_on_the_page(compiled: Path, cli: Cli, tmp_path: Path) -> None:
    (compiled / "README.md").write_text("first")
    git(compiled, "init", "-q")
    git(compiled, "add", "README.md")
    git(compiled, "commit", "-q", "-m", "nothing yet")
    result = cli("report", compiled, "--base", "HEAD", "-o", tmp_path / "page.html")
    assert result.code == 0, result.err
    found = data_of(tmp_path / "page.html")
    assert found["diff"] is None
    assert "there is nothing to compare with yet" in str(found["head"])
