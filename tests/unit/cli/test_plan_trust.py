"""What a change must not get away with: another registry, somebody else's GPUs, work that is gone without a word."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.adapters.test_git import git
from tests.unit.cli.conftest import NOW, Cli
from tests.unit.cli.test_plan import edit, lines

EXAMPLE = Path(__file__).parents[3] / "examples" / "quickstart"


@pytest.fixture
def repo(tmp_path: Path, cli: Cli) -> Path:
    """The quickstart, compiled and committed."""
    fleet = tmp_path / "fleet"
    shutil.copytree(EXAMPLE, fleet, ignore=shutil.ignore_patterns("rendered"))
    assert cli("compile", fleet, "--now", NOW).code == 0
    git(fleet, "init", "-q", "-b", "main")
    git(fleet, "add", "-A", day=2)
    git(fleet, "commit", "-q", "-m", "first", day=2)
    return fleet


def needs(repo: Path, cli: Cli, *more: str) -> dict[str, list[str]]:
    found = json.loads(cli("plan", repo, "-o", "json", *more).out)["approvals"]
    return {need["owner"]: need["reasons"] for need in found}


def test_a_registry_that_git_cannot_read_is_not_replaced_by_the_heads(repo: Path, cli: Cli) -> None:
    blob = subprocess.run(
        ["git", "-C", str(repo), "rev-parse", "HEAD:fleet.yaml"], capture_output=True, text=True, check=True
    ).stdout.strip()
    (repo / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    for command in (("check", repo, "--base", "HEAD"), ("plan", repo)):
        result = cli(*command)
        assert result.code == 1, command
        assert "JT162" in result.err
        assert "JT901" not in result.err


@pytest.mark.parametrize("name", ["^HEAD", "HEAD^@", "HEAD..HEAD", "--all"])
def test_what_is_no_commit_is_no_base(repo: Path, cli: Cli, name: str) -> None:
    result = cli("check", repo, f"--base={name}")
    assert (result.code, "JT163" in result.err) == (1, True)


def test_a_new_budget_cannot_join_a_family_unasked(repo: Path, cli: Cli) -> None:
    (repo / "more.yaml").write_text(
        "apiVersion: rq.davidlangworthy.io/v1\nkind: Budget\nmetadata: {name: extra, namespace: nlp}\n"
        "spec: {owner: 'org:lab:nlp', parents: ['org:vision'], envelopes: [{name: e, flavor: H100-80GB,\n"
        "  selector: {region: us-west}, concurrency: 1, start: 2026-03-01T00:00:00Z, end: 2026-04-01T00:00:00Z}]}\n"
    )
    assert "budget nlp/extra joins the family of org:vision" in needs(repo, cli)["org:vision"]


def test_nobody_caps_the_envelope_of_another_unasked(repo: Path, cli: Cli) -> None:
    cap = "aggregateCaps: [{name: sneaky, flavor: H100-80GB, envelopes: [vision/vision/march], maxConcurrency: 1}]"
    edit(repo, "budgets.yaml", "  parents: [org:lab] ", f"  {cap}\n  parents: [org:lab] ")
    assert needs(repo, cli)["org:vision"] == ["cap sneaky of budget nlp/nlp"]


def test_who_lends_for_longer_is_asked(repo: Path, cli: Cli) -> None:
    shutil.rmtree(repo / "rendered")
    git(repo, "add", "-A", day=3)
    git(repo, "commit", "-qm", "no output", day=3)
    edit(repo, "runs.yaml", "runtime: {duration: 12h}", "runtime: {duration: 100h}")
    (reason,) = needs(repo, cli, "--now", NOW)["org:vision"]
    assert reason == "envelope vision/vision/march lends 800 GPU-hours instead of 96"


def test_work_whose_document_goes_is_harmed_and_shown(repo: Path, cli: Cli) -> None:
    text = (repo / "runs.yaml").read_text()
    documents = text.split("---\n")
    (repo / "runs.yaml").write_text("---\n".join(one for one in documents if "name: sweep" not in one))
    result = cli("plan", repo)
    assert result.code == 0, result.err
    said = lines(result.out)
    assert said[1].startswith("1 run worse off")
    assert any(line.startswith("vision/sweep org:vision no longer asked for; it was") for line in said), result.out


def test_a_moved_output_folder_hides_nothing(repo: Path, cli: Cli) -> None:
    edit(repo, "fleet.yaml", "  planning:", "  output: {dir: other}\n  planning:")
    result = cli("plan", repo)
    assert (result.code, "JT718" in result.err, result.out) == (1, True, "")


def test_files_that_were_not_tried_alone_are_named(repo: Path, cli: Cli) -> None:
    for number in range(3):
        (repo / f"note-{number}.yaml").write_text(
            f"apiVersion: rq.davidlangworthy.io/v1\nkind: Policy\nmetadata: {{name: p{number}}}\nspec: {{}}\n"
        )
    said = lines(cli("plan", repo, "--alone", "2").out)
    assert any(line == "note-2.yaml added not tried alone (--alone)" for line in said)


def test_a_cut_history_is_told_with_the_answer(repo: Path, cli: Cli, tmp_path: Path) -> None:
    git(repo, "commit", "-q", "--allow-empty", "-m", "second", day=3)
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{repo}", str(shallow)], check=True)
    result = cli("plan", shallow)
    assert (result.code, "JT161" in result.err) == (0, True)


def test_the_command_at_the_end_repeats_what_was_asked(repo: Path, cli: Cli, tmp_path: Path) -> None:
    state = tmp_path / "state.yaml"
    state.write_text("apiVersion: v1\nkind: List\nitems: []\n")
    last = cli("plan", repo, "--state", state, "--alone", "3", "-o", "markdown").out.rstrip().splitlines()[-1]
    assert last.endswith(f"--state {state} --alone 3")


def test_no_file_name_colours_the_log(repo: Path, cli: Cli) -> None:
    (repo / "\x1b[31mred.yaml").write_text("apiVersion: rq.davidlangworthy.io/v1\nkind: Run\n")
    result = cli("check", repo, "--output-format", "github")
    assert result.code == 1
    assert "\x1b" not in result.out


def test_any_file_that_git_cannot_read_is_said_and_no_bug(repo: Path, cli: Cli) -> None:
    blob = subprocess.run(
        ["git", "-C", str(repo), "rev-parse", "HEAD:budgets.yaml"], capture_output=True, text=True, check=True
    ).stdout.strip()
    (repo / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    result = cli("plan", repo)
    assert (result.code, "JT162" in result.err, "JT901" in result.err) == (1, True, False)


def test_a_file_alone_is_judged_by_the_order_in_which_the_base_was_asked(repo: Path, cli: Cli) -> None:
    """Both branches have the same two runs, which they were given in another order; the edits concern neither."""
    run = (
        "apiVersion: rq.davidlangworthy.io/v1\nkind: Run\nmetadata: {name: %s, namespace: nlp}\nspec:\n"
        "  owner: org:lab:nlp\n  resources: {gpuType: H100-80GB, totalGPUs: 24, gpusPerPod: 8}\n"
        "  runtime: {duration: 9h}\n"
    )

    def ask(*names: str) -> None:
        for day, name in enumerate(names, start=3):
            (repo / f"{name}.yaml").write_text(run % name)
            git(repo, "add", "-A", day=day)
            git(repo, "commit", "-qm", name, day=day)

    git(repo, "branch", "other")
    ask("zed", "abe")
    git(repo, "checkout", "-q", "other")
    ask("abe", "zed")
    for name in ("topology.yaml", "budgets.yaml"):
        (repo / name).write_text("# a comment\n" + (repo / name).read_text())
    found = json.loads(cli("plan", repo, "--base", "main", "--now", NOW, "-o", "json").out)
    assert {run["run"] for run in found["runs"]} == {"nlp/abe", "nlp/zed"}, "the order changed"
    assert {edit["path"]: edit["moved"] for edit in found["edits"]} == {"budgets.yaml": [], "topology.yaml": []}
