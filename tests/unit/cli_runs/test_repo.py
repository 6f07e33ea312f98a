"""The repository behind ``kubectl runs --repo``: what it shows, and what becomes of edits."""

import shutil
from pathlib import Path

import pytest

from jobtree.adapters.commits import commit_on
from jobtree.adapters.edited_files import FileEdit
from jobtree.base.identity import Key, Owner
from jobtree.cli.runs.backend import Applied, Refused, View
from jobtree.cli.runs.repo_edit import Commit
from jobtree.edit.edits import AddSponsors, Shrink, Submit
from jobtree.load.source import Source
from tests.unit.cli_runs.repositories import EXAMPLES, backend, git, in_git, snapshot

SWEEP = Key("vision", "sweep")
BY_8 = Shrink(run=SWEEP, by=8)
NEW = """# mine
kind: Run
apiVersion: rq.davidlangworthy.io/v1
metadata: {name: probe, namespace: vision}
spec:
  owner: org:vision
  resources: {gpuType: H100-80GB, totalGPUs: 8}
  runtime: {duration: 1h}
"""


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """The example, not in git."""
    return Path(shutil.copytree(EXAMPLES / "quickstart", tmp_path / "fleet"))


@pytest.fixture
def published(plain: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In git, with its output."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return in_git(plain)


@pytest.fixture
def fleet(plain: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In git, before its first compile."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    shutil.rmtree(plain / "rendered")
    return in_git(plain)


def submit(text: str) -> Submit:
    return Submit(source=Source("new.yaml", text.encode()))


def codes(outcome: object) -> list[str]:
    assert isinstance(outcome, Refused), outcome
    return [finding.code for finding in outcome.diagnostics]


def applied(outcome: object) -> tuple[str, ...]:
    assert isinstance(outcome, Applied), outcome
    return outcome.sentences


def test_the_published_plan_is_shown(published: Path) -> None:
    before = snapshot(published)
    view = backend(published, now=None).view()
    assert isinstance(view, View)
    assert view.notes == ()
    assert view.plan["asOf"] == "2026-03-02T09:00:00Z"
    kinds = [str(thing["kind"]) for thing in view.objects]
    assert kinds == sorted(kinds)
    assert {"Budget", "Lease", "Node", "Reservation", "Run"} == set(kinds)
    names = [thing["metadata"]["name"] for thing in view.objects if thing["kind"] == "Run"]  # type: ignore[index]
    assert "weekly-train" in names
    assert snapshot(published) == before
    assert git(published, "status", "--porcelain") == ""


def test_a_plan_that_does_not_fit_is_made_anew_and_not_written(fleet: Path) -> None:
    runs = fleet / "runs.yaml"
    runs.write_text(runs.read_text().replace("duration: 4h", "duration: 5h"))
    before = snapshot(fleet)
    view = backend(fleet).view()
    assert isinstance(view, View)
    assert "not published" in view.notes[0]
    sweep = next(run for run in view.plan["runs"] if run["run"] == "vision/sweep")
    assert sweep["expectedEnd"] == "2026-03-02T14:00:00Z"
    assert snapshot(fleet) == before


def test_what_cannot_be_read_is_refused_with_its_file(fleet: Path) -> None:
    (fleet / "runs.yaml").write_text("apiVersion: rq.davidlangworthy.io/v1\nkind: Ruin\n")
    view = backend(fleet).view()
    assert isinstance(view, Refused)
    assert "JT201" in codes(view)
    assert view.files["runs.yaml"].startswith(b"apiVersion")


def test_shrink_changes_one_line(fleet: Path) -> None:
    before = (fleet / "runs.yaml").read_text()
    said = applied(backend(fleet).apply(BY_8))
    assert said == ("run.rq.davidlangworthy.io/sweep shrunk from 24 to 16 GPUs",)
    after = (fleet / "runs.yaml").read_text()
    old, new = before.splitlines(), after.splitlines()
    assert [new[index] for index in range(len(old)) if old[index] != new[index]] == [
        "  resources: {gpuType: H100-80GB, totalGPUs: 16, gpusPerPod: 8}",
        "  malleable: {minTotalGPUs: 8, maxTotalGPUs: 24, stepGPUs: 8, desiredTotalGPUs: 16}",
    ]
    assert git(fleet, "status", "--porcelain") == "M runs.yaml"


@pytest.mark.parametrize("commit", [None, Commit(branch="less")])
def test_shrink_begins_at_the_width_that_its_leases_hold(published: Path, commit: Commit | None) -> None:
    """It may have 24, and has 8: those of its leases, in the work tree as on a branch."""
    outcome = backend(published, commit=commit).apply(BY_8)
    assert codes(outcome) == ["JT790"]
    assert isinstance(outcome, Refused)
    held = ("it holds 8 GPUs, and may grow to 24", "8 - 8 = 0", "0 < minTotalGPUs 8")
    assert outcome.diagnostics[0].notes == held


def test_a_new_run_gets_a_file_of_its_own(fleet: Path) -> None:
    assert applied(backend(fleet).apply(submit(NEW))) == ("run.rq.davidlangworthy.io/probe created",)
    assert (fleet / "runs" / "vision" / "probe.yaml").read_text() == NEW
    assert applied(backend(fleet).apply(submit(NEW))) == ("run.rq.davidlangworthy.io/probe unchanged",)
    assert codes(backend(fleet).apply(submit(NEW.replace("1h", "2h")))) == ["JT787"]
    assert git(fleet, "status", "--porcelain", "-uall") == "?? runs/vision/probe.yaml"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("org:vision", "org:lab:nlp", "JT306"),
        ("org:vision", "org:nobody", "JT305"),
        ("runtime:", "after: [ghost]\n  runtime:", "JT312"),
        ("duration: 1h", "duration: 1y", "JT210"),
    ],
)
def test_a_run_that_the_fleet_refuses_is_not_written(fleet: Path, old: str, new: str, code: str) -> None:
    before = snapshot(fleet)
    outcome = backend(fleet).apply(submit(NEW.replace(old, new)))
    assert isinstance(outcome, Refused)
    assert code in codes(outcome)
    placed = [finding for finding in outcome.diagnostics if finding.location and "runs/" in finding.location.path]
    assert all("the file was not written" in finding.notes[-1] for finding in placed)
    assert snapshot(fleet) == before


def test_the_owner_is_what_the_base_says(fleet: Path) -> None:
    """A registry that its author has just written does not make somebody the owner of anything."""
    registry = fleet / "fleet.yaml"
    text = registry.read_text()
    assert "namespaces: [vision]" in text
    registry.write_text(text.replace("namespaces: [vision]", "namespaces: [vision, mine]"))
    stolen = NEW.replace("namespace: vision", "namespace: mine")
    assert codes(backend(fleet).apply(submit(stolen))) == ["JT306"]
    git(fleet, "commit", "-qam", "reviewed")
    assert applied(backend(fleet).apply(submit(stolen))) == ("run.rq.davidlangworthy.io/probe created",)


def test_the_base_counts_on_a_branch_too(fleet: Path) -> None:
    git(fleet, "checkout", "-q", "-b", "less")
    registry = fleet / "fleet.yaml"
    registry.write_text(registry.read_text().replace("namespaces: [vision]", "namespaces: [vision, mine]"))
    git(fleet, "commit", "-qam", "mine now")
    git(fleet, "checkout", "-q", "main")
    stolen = submit(NEW.replace("namespace: vision", "namespace: mine"))
    assert codes(backend(fleet, commit=Commit(branch="less")).apply(stolen)) == ["JT306"]


def test_outside_git_the_registry_is_that_of_the_folder(plain: Path) -> None:
    assert applied(backend(plain).apply(submit(NEW))) == ("run.rq.davidlangworthy.io/probe created",)
    assert codes(backend(plain, commit=Commit()).apply(BY_8)) == ["JT793"]


def test_errors_that_were_there_before_are_told_and_stop_nothing(fleet: Path) -> None:
    (fleet / "odd.yaml").write_text("apiVersion: rq.davidlangworthy.io/v1\nkind: Ruin\n")
    outcome = backend(fleet).apply(BY_8)
    assert isinstance(outcome, Applied)
    assert [finding.code for finding in outcome.diagnostics if finding.severity == "error"] == ["JT201"]


def test_warnings_of_an_edit_are_told(fleet: Path) -> None:
    late = NEW.replace("duration: 1h}", 'duration: 1h}\n  funding: {sponsors: ["org:lab"]}')
    outcome = backend(fleet).apply(submit(late))
    assert isinstance(outcome, Applied)
    assert "JT226" in [finding.code for finding in outcome.diagnostics]


def test_a_new_file_that_nobody_would_read_is_refused(fleet: Path) -> None:
    (fleet / ".jobtreeignore").write_text("runs/\n")
    before = snapshot(fleet)
    assert codes(backend(fleet).apply(submit(NEW))) == ["JT791"]
    assert snapshot(fleet) == before


def test_links_are_not_written_through(fleet: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (fleet / "runs").symlink_to(tmp_path / "elsewhere")
    assert "JT151" in codes(backend(fleet).apply(submit(NEW)))
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_within_the_repository_is_not_written_through_either(fleet: Path) -> None:
    (fleet / "there").mkdir()
    (fleet / "runs").symlink_to("there")
    assert codes(backend(fleet).apply(submit(NEW))) == ["JT151"]


def test_a_commit_holds_the_edit_and_nothing_else(fleet: Path) -> None:
    (fleet / "notes.md").write_text("mine")
    git(fleet, "add", "notes.md")
    (fleet / "budgets.yaml").write_text((fleet / "budgets.yaml").read_text() + "# more\n")
    outcome = backend(fleet, commit=Commit()).apply(BY_8)
    assert applied(outcome) == ("run.rq.davidlangworthy.io/sweep shrunk from 24 to 16 GPUs",)
    assert git(fleet, "show", "--format=%s|%an", "--name-only", "HEAD") == (
        "runs: shrink vision/sweep by 8 GPUs|Ada\n\nruns.yaml"
    )
    assert git(fleet, "status", "--porcelain").splitlines() == ["M budgets.yaml", "A  notes.md"]


def test_a_new_file_is_committed(fleet: Path) -> None:
    applied(backend(fleet, commit=Commit()).apply(submit(NEW)))
    assert git(fleet, "show", "--format=%s", "--name-only", "HEAD") == (
        "runs: submit vision/probe\n\nruns/vision/probe.yaml"
    )
    assert git(fleet, "status", "--porcelain") == ""


def test_changes_of_the_same_file_are_not_committed_along(fleet: Path) -> None:
    runs = fleet / "runs.yaml"
    runs.write_text(runs.read_text() + "# mine\n")
    before = snapshot(fleet)
    assert codes(backend(fleet, commit=Commit()).apply(BY_8)) == ["JT793"]
    assert snapshot(fleet) == before


@pytest.mark.parametrize("branch", [None, "less"])
def test_without_an_identity_nothing_is_written(
    fleet: Path, branch: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(fleet, "config", "--unset", "user.email")
    git(fleet, "config", "user.useConfigOnly", "true")
    monkeypatch.delenv("EMAIL", raising=False)
    before = snapshot(fleet)
    outcome = backend(fleet, commit=Commit(branch=branch)).apply(BY_8)
    assert isinstance(outcome, Refused)
    assert codes(outcome) == ["JT793"]
    assert "does not know who commits" in outcome.diagnostics[0].message
    assert "user.email" in str(outcome.diagnostics[0].help)
    assert snapshot(fleet) == before


@pytest.mark.parametrize("branch", [None, "less"])
@pytest.mark.parametrize("edit", [BY_8, submit(NEW)])
def test_a_hook_that_refuses_leaves_everything_as_it_was(
    fleet: Path, edit: Shrink | Submit, branch: str | None
) -> None:
    hook = fleet / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ngrep -rq 'desiredTotalGPUs: 16\\|name: probe' . && echo never on Fridays >&2\nexit 1\n")
    hook.chmod(0o755)
    (fleet / "notes.md").write_text("mine")
    git(fleet, "add", "notes.md")
    before, head, staged = (
        snapshot(fleet),
        git(fleet, "rev-parse", "HEAD"),
        git(fleet, "status", "--porcelain", "-uall"),
    )
    outcome = backend(fleet, commit=Commit(branch=branch)).apply(edit)
    assert isinstance(outcome, Refused)
    assert "never on Fridays" in outcome.diagnostics[0].message
    assert snapshot(fleet) == before
    assert (git(fleet, "rev-parse", "HEAD"), git(fleet, "status", "--porcelain", "-uall")) == (head, staged)
    assert git(fleet, "branch", "--list", "less") == ""


def test_a_branch_is_made_without_touching_the_work_tree(fleet: Path) -> None:
    (fleet / "runs.yaml").write_text((fleet / "runs.yaml").read_text() + "# half-done\n")
    (fleet / "notes.md").write_text("mine")
    git(fleet, "add", "notes.md")
    before, status, head = snapshot(fleet), git(fleet, "status", "--porcelain"), git(fleet, "rev-parse", "main")
    applied(backend(fleet, commit=Commit(branch="less")).apply(BY_8))
    assert snapshot(fleet) == before
    assert (git(fleet, "status", "--porcelain"), git(fleet, "symbolic-ref", "HEAD")) == (status, "refs/heads/main")
    assert git(fleet, "rev-parse", "less~1") == head
    assert git(fleet, "diff", "--name-only", "main", "less") == "runs.yaml"
    assert "half-done" not in git(fleet, "show", "less:runs.yaml")
    assert git(fleet, "worktree", "list").count("\n") == 0


def test_a_branch_that_is_there_grows(fleet: Path) -> None:
    applied(backend(fleet, commit=Commit(branch="less")).apply(BY_8))
    applied(backend(fleet, commit=Commit(branch="less")).apply(submit(NEW)))
    sponsor = AddSponsors(run=Key("nlp", "ablation"), sponsors=(Owner("org:vision"),))
    applied(backend(fleet, commit=Commit(branch="less")).apply(sponsor))
    assert git(fleet, "log", "--format=%s", "main..less").splitlines() == [
        "runs: add org:vision to the sponsors of nlp/ablation",
        "runs: submit vision/probe",
        "runs: shrink vision/sweep by 8 GPUs",
    ]
    assert not (fleet / "runs").exists()


def test_a_branch_that_moved_meanwhile_is_left_alone(fleet: Path) -> None:
    first = git(fleet, "rev-parse", "main")
    applied(backend(fleet, commit=Commit(branch="less")).apply(BY_8))
    tip = git(fleet, "rev-parse", "less")
    edit = {"x.md": FileEdit(None, b"x")}
    assert [finding.code for finding in commit_on(fleet, "less", first, edit, "late")] == ["JT793"]
    assert git(fleet, "rev-parse", "less") == tip
    assert commit_on(fleet, "less", tip, edit, "in time") == ()


@pytest.mark.parametrize("branch", ["main", "a..b", "-x", "a b", "HEAD"])
def test_branches_that_nothing_can_be_committed_on(fleet: Path, branch: str) -> None:
    assert codes(backend(fleet, commit=Commit(branch=branch)).apply(BY_8)) == ["JT793"]


def test_a_fleet_in_a_folder_of_a_repository(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    in_git(plain.parent)
    applied(backend(plain, commit=Commit(branch="less")).apply(submit(NEW)))
    assert git(plain.parent, "diff", "--name-only", "main", "less") == "fleet/runs/vision/probe.yaml"
    applied(backend(plain, commit=Commit()).apply(submit(NEW)))
    assert git(plain.parent, "show", "--format=", "--name-only", "HEAD") == "fleet/runs/vision/probe.yaml"
