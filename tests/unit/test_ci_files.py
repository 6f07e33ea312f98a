"""What CI services are given is run here as it is written: every shell step, in bash, on a fleet in git."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

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


def gitlab(runner: Runner, job: str, **more: str) -> subprocess.CompletedProcess[str]:
    """All lines of a job in one shell, as a runner of GitLab has it."""
    lines = "\n".join(GITLAB[job]["script"])
    merge = {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_MERGE_REQUEST_IID": "7", "CI_PROJECT_ID": "3"}
    return runner.run({"run": lines, "env": {"FOLDER": ".", **merge, **more}})


def test_the_check_of_the_gitlab_template_runs_as_it_is_written(runner: Runner) -> None:
    done = gitlab(runner, "jobtree-check")
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert json.loads((runner.fleet / "gl-code-quality-report.json").read_text()) == []


def test_without_a_token_the_plan_is_an_artifact_on_gitlab(runner: Runner) -> None:
    done = gitlab(runner, "jobtree-plan")
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert (runner.fleet / "jobtree-plan.md").read_text().startswith(marker("."))


class Notes(BaseHTTPRequestHandler):
    """GitLab's notes of one merge request, for a client that has the token."""

    kept: ClassVar[dict[int, str]] = {}

    def _answer(self, body: object) -> None:
        assert self.headers["PRIVATE-TOKEN"] == "secret"
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _body(self) -> str:
        return str(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"])

    def do_GET(self) -> None:
        if self.path.endswith("/user"):
            return self._answer({"id": 1, "username": "bot"})
        assert self.path.startswith("/api/v4/projects/3/merge_requests/7/notes")
        return self._answer([{"id": number, "body": body} for number, body in self.kept.items()])

    def do_POST(self) -> None:
        self.kept[50] = self._body()
        self._answer({"id": 50, "body": self.kept[50]})

    def do_PUT(self) -> None:
        number = int(self.path.rsplit("/", 1)[1])
        self.kept[number] = self._body()
        self._answer({"id": number, "body": self.kept[number]})

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    Notes.kept.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Notes) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()


def test_with_a_token_one_note_is_kept_up_to_date_on_gitlab(runner: Runner, server: str) -> None:
    Notes.kept[41] = "a comment of somebody"
    told = {"JOBTREE_TOKEN": "secret", "CI_SERVER_URL": server}
    done = gitlab(runner, "jobtree-plan", **told)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert Notes.kept[50].startswith(marker("."))
    assert "Nobody starts earlier or later" in Notes.kept[50]
    shrink(runner)
    assert gitlab(runner, "jobtree-plan", **told).returncode == 0
    assert sorted(Notes.kept) == [41, 50]
    assert "16 → 4" in Notes.kept[50]
    assert Notes.kept[41] == "a comment of somebody"


def deny(runner: Runner) -> None:
    rule = "{name: none, match: {diff: envelopes}, expression: 'false'}"
    head = "apiVersion: rq.davidlangworthy.io/v1\nkind: Policy\nmetadata: {name: p}\nspec:\n  rules:\n"
    (runner.fleet / "policies" / "p.yaml").write_text(f"{head}    - {rule}\n")
    shrink(runner)


def test_a_change_that_is_denied_is_told_and_fails(runner: Runner, server: str) -> None:
    deny(runner)
    plan = runner.run(step("what does it do to everybody?"))
    assert plan.returncode == 3
    assert "Denied by house rules" in runner.read("GITHUB_STEP_SUMMARY")
    assert "!cancelled()" in step("tell the pull request")["if"]
    assert runner.run(step("tell the pull request")).returncode == 0
    assert "Denied by house rules" in runner.read("BODY")
    done = gitlab(runner, "jobtree-plan", JOBTREE_TOKEN="secret", CI_SERVER_URL=server)
    assert done.returncode == 3, (done.stdout, done.stderr)
    assert "Denied by house rules" in Notes.kept[50]
    assert GITLAB["jobtree-plan"]["artifacts"]["when"] == "always"


def test_pre_commit_is_told_of_a_command_that_there_is() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert run_jobtree([*hook["entry"].split()[1:], "--help"]) == 0
    assert re.search(hook["files"], "budgets/x.yaml")
    assert not re.search(hook["files"], "notes.md")
