import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobtree.adapters.files import read_tree
from jobtree.verify import Violation
from tests.laws.test_untouched_laws import CROWD, beside, tightened
from tests.unit.adapters.test_git import commit, git
from tests.unit.cli.conftest import NOW, Cli
from tests.unit.untouched import marks

KUBECTL = Path(sys.executable).parent / "kubectl"


def decisions(fleet: Path) -> dict[str, str]:
    return {run["run"]: run["decision"] for run in json.loads((fleet / "rendered" / "plan.json").read_text())["runs"]}


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_summary_says_what_starts_who_pays_and_how_full_the_fleet_is(fleet: Path, cli: Cli) -> None:
    result = cli("compile", fleet, "--now", NOW)
    assert result.code == 0
    said = lines(result.out)
    assert said[:2] == ["As of Mon 2 Mar 2026 09:00:00 UTC (--now)", "2 start now, 1 start later"]
    train = "language/train 24 gpu-a: A Wed 4 Mar 09:00 language/language/west 16, vision/vision/west 8 borrowed"
    assert train in said
    assert any(line.startswith("vision/report 8 in 6h Mon 2 Mar 15:00 gpu-a: A") for line in said)
    assert "Fleet: 32 of 32 GPUs in use, 100 %" in said
    assert said[-1].startswith("Wrote ")
    assert not any(line != line.rstrip() for line in result.out.splitlines())


def test_a_second_compile_touches_nothing(compiled: Path, cli: Cli) -> None:
    before = marks((compiled / "rendered").rglob("*"))
    result = cli("compile", compiled, "--now", NOW)
    assert result.code == 0
    assert result.out.endswith("is unchanged\n")
    assert marks((compiled / "rendered").rglob("*")) == before


def test_json_is_plan_json(fleet: Path, cli: Cli) -> None:
    result = cli("compile", fleet, "--now", NOW, "-o", "json")
    assert result.out == (fleet / "rendered" / "plan.json").read_text()


def test_another_folder(fleet: Path, cli: Cli, tmp_path: Path) -> None:
    assert cli("compile", fleet, "--now", NOW, "--out", tmp_path / "out").code == 0
    assert (tmp_path / "out" / "seal.json").is_file()
    assert not (fleet / "rendered").exists()


def test_the_usual_output_folder_is_no_input_of_a_compile_elsewhere(compiled: Path, cli: Cli, tmp_path: Path) -> None:
    result = cli("compile", compiled, "--now", NOW, "--out", tmp_path / "elsewhere")
    assert (result.code, "JT327" in result.err) == (0, False)
    here, there = ((folder / "plan.json").read_text() for folder in (compiled / "rendered", tmp_path / "elsewhere"))
    assert json.loads(here)["inputDigest"] == json.loads(there)["inputDigest"]


def test_an_output_folder_inside_the_repository_is_no_input(fleet: Path, cli: Cli) -> None:
    text = (fleet / "fleet.yaml").read_text().replace("dir: rendered", "dir: made/here")
    (fleet / "fleet.yaml").write_text(text)
    for _ in range(2):
        assert cli("compile", fleet, "--now", NOW).code == 0
    assert (fleet / "made" / "here" / "seal.json").is_file()


def test_check_writes_nothing_and_is_jt706(fleet: Path, cli: Cli) -> None:
    result = cli("compile", fleet, "--now", NOW, "--check")
    assert result.code == 1
    assert "JT706" in result.err
    assert not (fleet / "rendered").exists()
    cli("compile", fleet, "--now", NOW)
    assert cli("compile", fleet, "--now", NOW, "--check").code == 0


def test_locked_needs_a_lock_that_fits(fleet: Path, cli: Cli) -> None:
    assert "JT705" in cli("compile", fleet, "--locked").err
    cli("compile", fleet, "--now", NOW)
    checked = cli("compile", fleet, "--check")
    assert (checked.code, checked.out.splitlines()[0]) == (0, "As of Mon 2 Mar 2026 09:00:00 UTC (the lock's)")
    again = cli("compile", fleet, "--locked", "--check")
    assert (again.code, again.out.splitlines()[0]) == (0, "As of Mon 2 Mar 2026 09:00:00 UTC (the lock's)")
    (fleet / "budgets" / "more.yaml").write_text((fleet / "budgets" / "vision.yaml").read_text())
    (fleet / "budgets" / "vision.yaml").unlink()
    before = read_tree(fleet / "rendered")
    changed = cli("compile", fleet, "--locked")
    assert changed.code == 1
    assert "JT704" in changed.err or "paths" in changed.err
    (fleet / "rendered" / "plan.lock.json").write_text("<<<<<<<")
    assert "JT703" in cli("compile", fleet, "--locked").err
    assert read_tree(fleet / "rendered").keys() == before.keys()


def test_bad_input_leaves_the_output_alone(compiled: Path, cli: Cli) -> None:
    before = read_tree(compiled / "rendered")
    (compiled / "runs" / "vision" / "bad.yaml").write_text("apiVersion: rq.davidlangworthy.io/v1\nkind: Run\n")
    result = cli("compile", compiled, "--now", NOW)
    assert (result.code, result.out) == (1, "")
    assert "runs/vision/bad.yaml:1:1" in result.err
    assert read_tree(compiled / "rendered") == before


def test_files_that_are_not_ours_are_jt701(compiled: Path, cli: Cli) -> None:
    (compiled / "rendered" / "notes.txt").write_text("mine")
    result = cli("compile", compiled, "--now", NOW)
    assert result.code == 1
    assert "JT701" in result.err


def test_an_edited_output_is_jt707(compiled: Path, cli: Cli) -> None:
    (compiled / "rendered" / "gpu-a" / "kustomization.yaml").write_text("edited")
    result = cli("compile", compiled, "--now", NOW)
    assert result.code == 0
    assert "JT707" in result.err
    assert cli("verify", compiled).code == 0


@pytest.mark.parametrize("out", ["link", "file"])
def test_an_output_that_is_no_folder_is_jt702(fleet: Path, cli: Cli, out: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path)
    result = cli("compile", fleet, "--now", NOW, "--out", tmp_path / out)
    assert result.code == 1
    assert "JT702" in result.err


def test_a_violation_is_exit_4_and_nothing_is_written(fleet: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobtree.pipeline.verify", lambda *_, **__: (Violation("slot-exclusive", "n1#0 \x1b[31m"),))
    result = cli("compile", fleet, "--now", NOW)
    assert (result.code, result.out) == (4, "")
    assert "slot-exclusive: n1#0 \\x1b[31m" in result.err
    assert not (fleet / "rendered").exists()


def test_a_bug_is_jt901_and_says_how_to_report_it(fleet: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("surprise")

    monkeypatch.setattr("jobtree.pipeline.render", broken)
    result = cli("compile", fleet, "--now", NOW)
    assert result.code == 1
    assert result.err.splitlines()[-1] == "RuntimeError: surprise"
    assert "JT901 error: internal error: RuntimeError: surprise" in result.err
    assert "jobtree --version" in result.err


def test_the_instant_is_heads_in_a_clean_tree_and_the_wall_clocks_otherwise(fleet: Path, cli: Cli) -> None:
    assert "(the wall clock; --now T repeats it)" in cli(
        "compile", fleet, "--check", "--out", fleet / "rendered"
    ).err + (cli("compile", fleet, "--out", fleet.parent / "elsewhere").out)
    git(fleet, "init", "-q", "-b", "main")
    commit(fleet, 2)
    first = cli("compile", fleet)
    assert first.out.splitlines()[0] == "As of Mon 2 Mar 2026 07:00:00 UTC (HEAD's commit)"
    assert cli("compile", fleet).out.endswith("is unchanged\n")
    commit(fleet, 2)
    assert cli("compile", fleet, "--locked", "--check").code == 0


def test_admission_is_the_commit_that_added_the_file(fleet: Path, cli: Cli) -> None:
    for path in fleet.glob("runs/*/*.yaml"):
        path.write_text("".join(line for line in path.read_text().splitlines(True) if "creationTimestamp" not in line))
    unknown = cli("compile", fleet, "--now", NOW, "--out", fleet.parent / "unknown")
    assert "admission" in unknown.err
    git(fleet, "init", "-q", "-b", "main")
    commit(fleet, 2)
    known = cli("compile", fleet, "--now", NOW)
    assert (known.code, "admission" in known.err) == (0, False)


def test_long_lists_are_cut_and_all_shows_them(fleet: Path, cli: Cli) -> None:
    text = (fleet / "runs" / "vision" / "evaluate.yaml").read_text().split("---")[0]
    for number in range(20):
        path = fleet / "runs" / "vision" / f"more-{number}.yaml"
        path.write_text(text.replace("name: evaluate", f"name: more-{number}"))
    result = cli("compile", fleet, "--now", NOW)
    assert "`jobtree compile --all` lists all" in result.out
    everything = cli("compile", fleet, "--now", NOW, "--all").out
    assert all(f"vision/more-{number} " in everything for number in range(20))


def test_timings_name_the_steps_and_the_stages_of_planning(fleet: Path, cli: Cli) -> None:
    result = cli("compile", fleet, "--now", NOW, "--timings")
    lines = [line.partition(" s  ") for line in result.err.splitlines() if " s  " in line]
    names = [name for _, _, name in lines]
    expected = ["reading", "covering", "planning", "  placing", "  pricing", "contending", "rendering", "verifying"]
    assert [name for name in names if name in expected] == expected
    assert names[-2:] == ["writing", "in all"]
    assert sum(float(seconds) for seconds, _, name in lines if name.startswith("  ")) > 0


def test_an_edit_says_how_many_runs_it_left_alone(tmp_path: Path, cli: Cli) -> None:
    fleet = beside(CROWD, CROWD)
    edited = tightened(fleet, right=True)
    said = []
    for world in (fleet, edited):
        for path, data in world.sources().items():
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_bytes(data)
        result = cli("compile", tmp_path, "--now", NOW)
        assert result.code == 0, result.err
        said.append(result.out)
    assert ["left as they were" in text for text in said] == [False, True]
    assert "; 5 of 10 runs left as they were" in " ".join(said[1].split())


def test_kubectl_renders_every_cluster(compiled: Path) -> None:
    for kustomization in (compiled / "rendered").glob("*/kustomization.yaml"):
        command = [str(KUBECTL), "kustomize", str(kustomization.parent)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env={**os.environ, "HOME": "/nowhere"}
        )
        assert done.stdout.count("\nkind: Lease\n") == 4
        assert done.stdout.count("\nkind: Reservation\n") == 1


@pytest.mark.parametrize(("out", "code"), [(".", "JT702"), ("..", "JT702"), ("/", "JT702"), ("../runs", "JT701")])
def test_a_folder_full_of_other_things_is_never_replaced(
    fleet: Path, cli: Cli, out: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fleet / "runs")
    result = cli("compile", fleet, "--now", NOW, "--out", out)
    assert (result.code, code in result.err) == (1, True)
    assert (fleet / "runs" / "vision" / "evaluate.yaml").is_file()


@pytest.mark.parametrize("directory", ["..", "/tmp/elsewhere", "a/../../b"])
def test_output_dir_stays_in_the_repository(fleet: Path, cli: Cli, directory: str) -> None:
    text = (fleet / "fleet.yaml").read_text().replace("dir: rendered", f"dir: {directory}")
    (fleet / "fleet.yaml").write_text(text)
    assert cli("compile", fleet, "--now", NOW).code == 1
    assert not (fleet.parent / "b").exists()
    assert not Path("/tmp/elsewhere").exists()


@pytest.mark.parametrize("now", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "yesterday"])
def test_an_instant_that_nobody_plans_for_is_wrong_usage(fleet: Path, cli: Cli, now: str) -> None:
    result = cli("compile", fleet, "--now", now)
    assert (result.code, "--now" in result.err, (fleet / "rendered").exists()) == (64, True, False)


@pytest.mark.parametrize("command", ["check", "compile", "verify"])
def test_a_pipe_or_a_device_in_place_of_the_fleet_blocks_nothing(fleet: Path, cli: Cli, command: str) -> None:
    (fleet / "fleet.yaml").unlink()
    os.mkfifo(fleet / "fleet.yaml")
    assert cli(command, fleet).code == 1
    (fleet / "fleet.yaml").unlink()
    (fleet / "fleet.yaml").symlink_to("/dev/zero")
    assert cli(command, fleet).code == 1


def test_what_is_wrong_in_the_output_is_located_there(compiled: Path, cli: Cli) -> None:
    (compiled / "rendered" / "plan.lock.json").write_text("{")
    result = cli("compile", compiled, "--locked")
    assert result.code == 1
    assert "rendered/plan.lock.json:1:1: JT703 error" in result.err
    (lease, *_) = sorted((compiled / "rendered").rglob("leases/*.yaml"))
    lease.write_text(lease.read_text().replace("reason: Start", "reason: Begin"))
    result = cli("compile", compiled, "--now", NOW)
    assert result.code == 1
    assert f"{lease.relative_to(compiled).as_posix()}:" in result.err
