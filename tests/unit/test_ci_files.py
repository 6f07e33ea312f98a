"""What CI services are given is run here as it is written: every shell step, in bash, on a fleet in git."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobtree.cli.main import run as run_jobtree
from jobtree.review.markdown import marker
from tests.unit.adapters.test_git import git

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
GITLAB = yaml.safe_load((ROOT / "deploy" / "gitlab" / "jobtree.gitlab-ci.yml").read_text())
NOW = "2026-03-02T09:00:00Z"
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
GH = """\
#!/bin/sh
# Stands for GitHub: says which comments there are, and notes what it is asked.
printf '%s\\n' "$*" >> "$CALLS"
case "$*" in
  *--paginate*) cat "$COMMENTS" ;;
  *body=@*) cp "${*##*body=@}" "$BODY" ;;
esac
"""


@dataclass(frozen=True)
class Runner:
    """A pull request that gives a team less, on a runner of GitHub; ``values`` are those of the expressions."""

    fleet: Path
    place: Path
    values: Mapping[str, str]

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        path = os.pathsep.join((str(self.place / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]))
        files = {name: str(self.place / name) for name in ("CALLS", "COMMENTS", "BODY", "GITHUB_STEP_SUMMARY")}
        rest = {"GITHUB_REPOSITORY": "org/fleet", "RUNNER_TEMP": str(self.place), "GITHUB_ACTION_PATH": str(ROOT)}
        return {**inherited, "PATH": path, "NO_COLOR": "1", **files, **rest}

    def run(self, step: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
        own = {name: self.filled(str(value)) for name, value in step.get("env", {}).items()}
        assert "${{" not in step["run"], "what an author writes would become part of the script"
        script = self.place / "step.sh"
        script.write_text(step["run"])
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.fleet, env={**self.environment, **own}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def filled(self, text: str) -> str:
        return EXPRESSION.sub(lambda found: self.values[found[1]], text)

    def read(self, name: str) -> str:
        return (self.place / name).read_text()


BASE = "inputs.base || (github.base_ref && format('origin/{0}', github.base_ref)) || ''"


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    fleet, place = tmp_path / "fleet", tmp_path / "runner"
    assert run_jobtree(["init", str(fleet)]) == 0
    assert run_jobtree(["compile", str(fleet), "--now", NOW]) == 0
    git(fleet, "init", "-q", "-b", "main")
    git(fleet, "add", "-A", day=2)
    git(fleet, "commit", "-q", "-m", "first", day=2)
    git(fleet, "update-ref", "refs/remotes/origin/main", "HEAD")
    (place / "bin").mkdir(parents=True)
    for name in ("CALLS", "COMMENTS", "BODY", "GITHUB_STEP_SUMMARY"):
        (place / name).touch()
    (place / "bin" / "gh").write_text(GH)
    (place / "bin" / "gh").chmod(0o755)
    values = {"inputs.folder": ".", "inputs.token": "t", "github.event.pull_request.number": "7", BASE: "origin/main"}
    return Runner(fleet, place, {**values, "github.base_ref": "main"})


def shrink(runner: Runner) -> None:
    path = runner.fleet / "budgets" / "vision.yaml"
    path.write_text(path.read_text().replace("concurrency: 16", "concurrency: 4"))


def step(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(one for one in ACTION["runs"]["steps"] if one["name"] == name)
    return found


def test_a_pull_request_that_is_in_order_passes_every_step(runner: Runner) -> None:
    for one in ACTION["runs"]["steps"][1:]:  # pip is not ours to try
        done = runner.run(one)
        assert done.returncode == 0, (one["name"], done.stdout, done.stderr)
    assert "### jobtree check: nothing to object to" in runner.read("GITHUB_STEP_SUMMARY")
    assert "Nobody starts earlier or later" in runner.read("GITHUB_STEP_SUMMARY")
    assert "--method POST repos/org/fleet/issues/7/comments" in runner.read("CALLS")
    assert runner.read("BODY") == runner.read("jobtree-plan.md")


def test_output_that_was_not_compiled_again_is_refused(runner: Runner) -> None:
    shrink(runner)
    done = runner.run(step("is the output what the inputs say?"))
    assert done.returncode == 1
    assert "JT704" in done.stderr


def test_findings_are_annotations_and_end_the_step(runner: Runner) -> None:
    path = runner.fleet / "budgets" / "vision.yaml"
    path.write_text(path.read_text().replace("concurrency: 16", "concurrency: many"))
    done = runner.run(step("check"))
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=budgets/vision.yaml,line=")
    assert "| budgets/vision.yaml:" in runner.read("GITHUB_STEP_SUMMARY")


def test_the_comment_that_is_there_is_replaced(runner: Runner) -> None:
    shrink(runner)
    assert runner.run(step("what does it do to everybody?")).returncode == 0
    (runner.place / "COMMENTS").write_text("41\n42\n")
    assert runner.run(step("tell the pull request")).returncode == 0
    assert "--method PATCH repos/org/fleet/issues/comments/42" in runner.read("CALLS")
    assert runner.read("BODY").startswith(marker(".") + "\n## Plan: ")
    assert "vision/vision/west | 16 → 4" in runner.read("BODY")


def test_without_a_plan_nobody_is_told_anything(runner: Runner) -> None:
    """An empty first line would be a marker that every comment begins with."""
    (runner.place / "jobtree-plan.md").touch()
    assert runner.run(step("tell the pull request")).returncode == 0
    assert runner.read("CALLS") == ""


def test_only_what_the_action_declares_is_asked_of_its_inputs() -> None:
    asked = set(re.findall(r"inputs\.(\w+)", (ROOT / "action.yml").read_text()))
    assert asked == set(ACTION["inputs"])


def test_the_workflow_that_init_writes_runs_as_it_is_written(runner: Runner) -> None:
    workflow = yaml.safe_load((runner.fleet / ".github" / "workflows" / "jobtree.yml").read_text())
    steps = [one for one in workflow["jobs"]["compile"]["steps"] if "run" in one and "pip install" not in one["run"]]
    assert len(steps) == 5
    for one in steps:
        done = runner.run(one)
        assert done.returncode == 0, (one, done.stdout, done.stderr)
    assert marker(".") in runner.read("GITHUB_STEP_SUMMARY")


@pytest.mark.parametrize("job", ["jobtree-check", "jobtree-plan"])
def test_the_gitlab_template_runs_as_it_is_written(runner: Runner, job: str) -> None:
    commit = subprocess.run(
        ["git", "-C", str(runner.fleet), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    for line in GITLAB[job]["script"]:
        done = runner.run({"run": line, "env": {"FOLDER": ".", "CI_MERGE_REQUEST_DIFF_BASE_SHA": commit}})
        assert done.returncode == 0, (line, done.stdout, done.stderr)
    if job == "jobtree-check":
        assert json.loads((runner.fleet / "gl-code-quality-report.json").read_text()) == []
    else:
        assert (runner.fleet / "jobtree-plan.md").read_text().startswith(marker("."))


def test_pre_commit_is_told_of_a_command_that_there_is() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert run_jobtree([*hook["entry"].split()[1:], "--help"]) == 0
    assert re.search(hook["files"], "budgets/x.yaml")
    assert not re.search(hook["files"], "notes.md")
