"""``jobtree plan``: a fleet in git, an edit, and what is said about it."""

import json
from pathlib import Path

import pytest

from jobtree.review.markdown import marker
from tests.unit.adapters.test_git import git
from tests.unit.cli.conftest import NOW, Cli
from tests.unit.untouched import marks


@pytest.fixture
def repo(compiled: Path) -> Path:
    """The fleet that ``init`` writes, compiled and committed."""
    git(compiled, "init", "-q", "-b", "main")
    git(compiled, "add", "-A", day=2)
    git(compiled, "commit", "-q", "-m", "first", day=2)
    return compiled


def edit(repo: Path, path: str, old: str, new: str) -> None:
    text = (repo / path).read_text()
    assert old in text
    (repo / path).write_text(text.replace(old, new, 1))


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_a_clean_tree_changes_nothing(repo: Path, cli: Cli) -> None:
    result = cli("plan", repo, "--detailed-exitcode")
    assert (result.code, result.err) == (0, "")
    assert "Nobody starts earlier or later, is paid otherwise, or has to yield." in result.out
    assert "(the base's lock's)" in result.out
    assert lines(result.out)[-1].startswith(
        "Proof: before proven (the lock is used as it stands), after proven; 3 runs left"
    )


def test_a_smaller_budget_shows_who_is_worse_off_and_writes_nothing(repo: Path, cli: Cli) -> None:
    edit(repo, "budgets/vision.yaml", "concurrency: 16", "concurrency: 4")
    before = marks(repo.rglob("*"))
    result = cli("plan", repo, "--detailed-exitcode")
    assert result.code == 2
    assert marks(repo.rglob("*")) == before
    said = lines(result.out)
    assert any(line.startswith("Worse off (") for line in said), result.out
    assert any("vision/vision/west 16 → 4" in line for line in said), result.out


def test_json_says_the_same_as_the_text(repo: Path, cli: Cli) -> None:
    edit(repo, "budgets/vision.yaml", "concurrency: 16", "concurrency: 4")
    found = json.loads(cli("plan", repo, "-o", "json").out)
    assert [one["path"] for one in found["edits"]] == ["budgets/vision.yaml"]
    text = cli("plan", repo).out
    for run in found["runs"]:
        assert run["run"] in text


def test_two_revisions_are_compared_without_a_checkout(repo: Path, cli: Cli) -> None:
    edit(repo, "budgets/vision.yaml", "concurrency: 16", "concurrency: 4")
    there = cli("plan", repo, "-o", "json").out
    git(repo, "commit", "-qam", "smaller", day=3)
    edit(repo, "budgets/vision.yaml", "concurrency: 4", "concurrency: 9")
    here = cli("plan", repo, "--base", "HEAD~1", "--head", "HEAD", "-o", "json").out
    assert json.loads(here)["runs"] == json.loads(there)["runs"]
    assert json.loads(here)["head"].startswith("HEAD (")


def test_the_command_that_a_comment_ends_with_says_it_again(repo: Path, cli: Cli) -> None:
    edit(repo, "budgets/vision.yaml", "concurrency: 16", "concurrency: 4")
    comment = cli("plan", repo, "-o", "markdown").out
    assert comment.startswith(f"{marker(chr(46))}\n## Plan: ")
    command = comment.rstrip().splitlines()[-1].split()
    assert command[:2] == ["jobtree", "plan"]
    again = cli(*command[1:], "-o", "markdown").out
    assert again.splitlines()[4:] == comment.splitlines()[4:]


def test_changes_are_tried_alone_where_there_are_several(repo: Path, cli: Cli) -> None:
    edit(repo, "budgets/vision.yaml", "concurrency: 16", "concurrency: 4")
    edit(repo, "budgets/language.yaml", "concurrency: 16", "concurrency: 17")
    found = json.loads(cli("plan", repo, "-o", "json").out)
    moved = {one["path"]: one["moved"] for one in found["edits"]}
    assert moved["budgets/vision.yaml"]
    for run in found["runs"]:
        assert run["edits"] == [path for path, runs in moved.items() if run["run"] in runs]
    untried = json.loads(cli("plan", repo, "-o", "json", "--alone", 0).out)
    assert [one["moved"] for one in untried["edits"]] == [None, None]


def test_a_revision_that_is_not_there(repo: Path, cli: Cli) -> None:
    result = cli("plan", repo, "--base", "gone")
    assert (result.code, result.out) == (1, "")
    assert "JT163 error: there is no revision gone" in result.err


def test_a_base_without_a_fleet_is_nothing_to_compare_with_and_no_fault(fleet: Path, cli: Cli) -> None:
    git(fleet, "init", "-q", "-b", "main")
    git(fleet, "commit", "-q", "-m", "empty", "--allow-empty", day=2)
    result = cli("plan", fleet, "-o", "markdown")
    assert (result.code, result.out) == (0, "")
    assert "has no fleet.yaml: there is nothing to compare with yet" in result.err


def test_outside_git_there_is_nothing_to_compare_with(compiled: Path, cli: Cli) -> None:
    result = cli("plan", compiled)
    assert result.code == 1
    assert "JT163" in result.err


def test_a_head_that_does_not_compile_says_why(repo: Path, cli: Cli) -> None:
    edit(repo, "budgets/vision.yaml", "concurrency: 16", "concurrency: many")
    result = cli("plan", repo)
    assert (result.code, result.out) == (1, "")
    assert "There is no plan of the working tree" in result.err
    assert "budgets/vision.yaml" in result.err


def test_a_base_that_does_not_compile_says_why(repo: Path, cli: Cli) -> None:
    edit(repo, "budgets/vision.yaml", "concurrency: 16", "concurrency: many")
    git(repo, "commit", "-qam", "broken", day=3)
    edit(repo, "budgets/vision.yaml", "concurrency: many", "concurrency: 16")
    result = cli("plan", repo)
    assert (result.code, result.out) == (1, "")
    assert "There is no plan of HEAD (" in result.err


def test_a_base_with_commits_that_the_head_has_not_is_pointed_out(repo: Path, cli: Cli) -> None:
    git(repo, "checkout", "-q", "-b", "branch")
    git(repo, "checkout", "-q", "main")
    edit(repo, "budgets/vision.yaml", "concurrency: 16", "concurrency: 12")
    git(repo, "commit", "-qam", "main goes on", day=3)
    git(repo, "checkout", "-q", "branch")
    assert "has commits that the working tree has not" in cli("plan", repo, "--base", "main").err


def test_without_a_lock_both_are_planned_for_the_same_instant(fleet: Path, cli: Cli) -> None:
    git(fleet, "init", "-q", "-b", "main")
    git(fleet, "add", "-A", day=2)
    git(fleet, "commit", "-q", "-m", "first", day=2)
    edit(fleet, "budgets/vision.yaml", "concurrency: 16", "concurrency: 4")
    found = json.loads(cli("plan", fleet, "--now", NOW, "-o", "json").out)
    assert found["asOf"] == NOW
    assert not found["proof"]["baseIsLocked"]
    assert found["runs"]


NEW_OWNER = """\
    - name: org:new
      namespaces: [new]
      paths: ["runs/new/**"]
"""
NEW_RUN = """\
apiVersion: rq.davidlangworthy.io/v1
kind: Run
metadata: {name: first, namespace: new}
spec:
  owner: org:new
  resources: {gpuType: H100-80GB, totalGPUs: 8}
  funding: {allowBorrow: true, sponsors: ["org:vision"]}
"""


def test_a_new_owner_counts_from_the_change_after_the_one_that_registers_it(repo: Path, cli: Cli) -> None:
    """The registry is the base's."""
    edit(repo, "fleet.yaml", "  owners:\n", f"  owners:\n{NEW_OWNER}")
    (repo / "runs" / "new").mkdir()
    (repo / "runs" / "new" / "first.yaml").write_text(NEW_RUN)
    result = cli("plan", repo)
    print(result)
    assert result.code == 1
    git(repo, "add", "fleet.yaml")
    git(repo, "commit", "-qm", "a new owner", day=3)
    found = json.loads(cli("plan", repo, "-o", "json").out)
    assert {run["run"]: run["effects"] for run in found["runs"]} == {"new/first": ["added"]}


def test_whose_budget_shrinks_must_consent_and_nobody_else(repo: Path, cli: Cli, tmp_path: Path) -> None:
    edit(repo, "budgets/vision.yaml", "concurrency: 16", "concurrency: 4")
    approvals = json.loads(cli("plan", repo, "-o", "json").out)["approvals"]
    assert [(need["owner"], need["approvers"], need["given"]) for need in approvals] == [
        ("org:vision", ["@my-org/vision-leads"], None)
    ]
    (tmp_path / "given").write_text("@my-org/language-leads  # of another team\n")
    denied = cli("plan", repo, "--approvals", tmp_path / "given")
    assert denied.code == 3
    assert "denied: 1 approval missing, of org:vision" in denied.err
    (tmp_path / "given").write_text("# who clicked\n@my-org/vision-leads\n")
    assert cli("plan", repo, "--approvals", tmp_path / "given").code == 0
    assert cli("plan", repo, "--approvals", tmp_path / "none").code == 64


def test_a_change_cannot_name_its_own_approvers(repo: Path, cli: Cli, tmp_path: Path) -> None:
    edit(repo, "fleet.yaml", "@my-org/vision-leads", "@mallory")
    edit(repo, "budgets/vision.yaml", "concurrency: 16", "concurrency: 4")
    (tmp_path / "given").write_text("@mallory\n")
    denied = cli("plan", repo, "--approvals", tmp_path / "given")
    assert denied.code == 3
    assert "2 approvals missing, of org:vision, the fleet" in denied.err


def test_what_concerns_everybody_is_for_those_who_keep_the_registry(repo: Path, cli: Cli) -> None:
    edit(repo, "fleet.yaml", "horizon: 14d", "horizon: 13d")
    (need,) = json.loads(cli("plan", repo, "-o", "json", "--now", NOW).out)["approvals"]
    assert (need["owner"], need["approvers"], need["reasons"]) == ("the fleet", [], ["planning of the Fleet"])


BORROWS = '  funding: {allowBorrow: true, maxBorrowGPUs: 8, sponsors: ["org:vision"]}\n'


def test_a_lender_must_consent_to_lending_more(fleet: Path, cli: Cli) -> None:
    edit(fleet, "runs/language/train.yaml", BORROWS, "")
    git(fleet, "init", "-q", "-b", "main")
    git(fleet, "add", "-A", day=2)
    git(fleet, "commit", "-q", "-m", "first", day=2)
    edit(fleet, "runs/language/train.yaml", "  runtime:", BORROWS + "  runtime:")
    (need,) = json.loads(cli("plan", fleet, "--now", NOW, "-o", "json").out)["approvals"]
    assert need["owner"] == "org:vision"
    assert need["reasons"] == ["envelope vision/vision/west lends 8 GPUs instead of 0"]
