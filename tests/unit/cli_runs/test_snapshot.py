"""Reading writes nothing; edits are checked as a whole, written as a whole, and never lost."""

import fcntl
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jobtree.adapters import locked_file
from jobtree.adapters.locked_file import lock_of
from tests.unit.cli_runs.conftest import NOW, ROOT, Runs, run_text, submitted

READING = [
    ("state",),
    ("plan", "mm3"),
    ("watch", "mm3", "--once"),
    ("explain", "mm3"),
    ("leases", "ra1"),
    ("budgets", "usage"),
    ("sponsors", "list", "mm3"),
]


@pytest.mark.parametrize("line", READING, ids=lambda line: line[0])
def test_reading_writes_nothing(runs: Runs, state: Path, line: tuple[str, ...]) -> None:
    state.chmod(0o444)
    state.parent.chmod(0o555)
    before = (state.read_bytes(), state.stat().st_mtime_ns, sorted(state.parent.iterdir()))
    try:
        assert runs(*line).code == 0
        assert (state.read_bytes(), state.stat().st_mtime_ns, sorted(state.parent.iterdir())) == before
    finally:
        state.parent.chmod(0o755)


def test_an_edit_leaves_every_other_byte(runs: Runs, state: Path, tmp_path: Path) -> None:
    before = state.read_text("utf-8")
    state.chmod(0o640)
    done = runs("submit", "-f", submitted(tmp_path, "probe"))
    assert (done.code, done.out) == (0, "run.rq.davidlangworthy.io/probe created\n")
    after = state.read_text("utf-8")
    assert after.startswith(before.removesuffix('kind: List\nmetadata:\n  resourceVersion: ""\n'))
    assert "name: probe" in after
    assert state.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == [".cluster.yaml.lock", "cluster.yaml", "probe.yaml"]
    assert runs("submit", "-f", submitted(tmp_path, "probe")).out.endswith("unchanged\n")
    assert "mm-vis" in runs("plan", "probe").out


def test_an_edit_goes_through_a_link(runs: Runs, call: Runs, state: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(state)
    assert call("submit", "-f", submitted(tmp_path, "probe"), "--state", link, "--now", NOW).code == 0
    assert link.is_symlink()
    assert "name: probe" in state.read_text("utf-8")


def test_standard_input_and_json(state: Path) -> None:
    spec = {"owner": "org:ai:mm:vis", "resources": {"gpuType": "H100-80GB", "totalGPUs": 4}}
    run = {"apiVersion": "rq.davidlangworthy.io/v1", "kind": "Run", "metadata": {"name": "j"}, "spec": spec}
    document = json.dumps(run)
    line = [sys.executable, "-m", "jobtree.cli.runs.app", "submit", "-f", "-", "-n", "mm-vis"]
    done = subprocess.run(
        [*line, "--state", state, "--now", NOW], input=document, capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stdout) == (0, "run.rq.davidlangworthy.io/j created\n"), done.stderr
    assert '"j"' in state.read_text("utf-8")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"owner": "org:ai:mm:vid"}, "JT305"),
        ({"namespace": "elsewhere"}, "JT306"),
        ({"namespace": "mm-aud"}, "JT306"),
        ({"gpus": 0}, "JT206"),
    ],
)
def test_what_is_wrong_is_not_written(
    runs: Runs, state: Path, tmp_path: Path, more: dict[str, object], code: str
) -> None:
    before = state.read_bytes()
    done = runs("submit", "-f", submitted(tmp_path, "probe", **more))
    assert (done.code, done.out) == (1, "")
    assert code in done.err
    assert state.read_bytes() == before


def test_nobody_becomes_an_owner_by_submitting(runs: Runs, tmp_path: Path) -> None:
    done = runs("submit", "-f", submitted(tmp_path, "probe", namespace="new", owner="org:new"))
    assert done.code == 1
    assert "owner org:new is not registered" in done.err


def test_findings_name_the_place_in_the_snapshot(runs: Runs, state: Path) -> None:
    text = state.read_text("utf-8").replace('owner: "org:ai:mm:aud"\n    resources', "owner: nobody\n    resources")
    text = text.replace("      flavor: H100-80GB", "      flavour: H100-80GB", 1)
    state.write_text(text, encoding="utf-8")
    line = 1 + text[: text.index("flavour")].count("\n")
    done = runs("state")
    assert done.code == 1
    assert f"cluster.yaml:{line}:" in done.err
    assert "JT203" in done.err


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('    owner: "org:ai:mm:aud"\n    resources', '    owner: "org:ai:mm"\n    resources', "JT306"),
        ("      gpuType: H100-80GB\n      gpusPerPod: 8\n      totalGPUs: 64", None, "JT2"),
        ('    - "org:ai:rai"\n', '    - "org:ai:rai:al"\n', "JT3"),
    ],
)
def test_links_are_told_of_the_field(runs: Runs, state: Path, old: str, new: str | None, code: str) -> None:
    """Found in a piece that was laid out anew, told of the line that somebody can look at."""
    text = state.read_text("utf-8")
    assert old in text
    changed = text.replace(old, old.replace("totalGPUs: 64", "totalGPUs: 63") if new is None else new)
    state.write_text(changed, encoding="utf-8")
    done = runs("state")
    first = 1 + text[: text.index(old)].count("\n")
    lines = {int(line) for line in re.findall(r"cluster\.yaml:(\d+):", done.err)}
    assert done.code == 1
    assert code in done.err
    assert lines & set(range(first - 12, first + 4))


def test_two_processes_lose_nothing(state: Path, tmp_path: Path) -> None:
    names = [f"probe-{number}" for number in range(6)]
    line = [sys.executable, "-m", "jobtree.cli.runs.app", "submit", "--state", state, "--now", NOW, "-f"]
    running = [
        subprocess.Popen([*line, submitted(tmp_path, name)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for name in names
    ]
    assert [process.wait(timeout=120) for process in running] == [0] * len(names)
    for process in running:
        process.communicate()
    text = state.read_text("utf-8")
    assert all(text.count(f"name: {name},") == 1 for name in names)


def test_an_edit_waits_for_the_lock_and_gives_up(
    runs: Runs, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locked_file, "PATIENCE", 0.1)
    before = state.read_bytes()
    with lock_of(state.resolve()).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = runs("submit", "-f", submitted(tmp_path, "probe"))
        assert runs("state").code == 0
    assert done.code == 1
    assert "JT781" in done.err
    assert state.read_bytes() == before


def test_a_file_that_is_not_there(call: Runs, tmp_path: Path) -> None:
    line = ("--state", tmp_path / "none.yaml", "--now", NOW)
    assert "JT782" in call("submit", "-f", submitted(tmp_path, "probe"), *line).err
    assert "JT333" in call("state", *line).err
    assert [path.name for path in tmp_path.iterdir()] == ["probe.yaml"]


def test_an_edit_that_fails_leaves_nothing_behind(
    runs: Runs, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: int) -> None:
        raise OSError(28, "No space left on device")

    before = state.read_bytes()
    monkeypatch.setattr(os, "fsync", broken)
    done = runs("submit", "-f", submitted(tmp_path, "probe"))
    assert done.code == 1
    assert "JT782" in done.err
    assert "No space left" in done.err
    assert state.read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".new")]


def test_a_snapshot_may_hold_its_fleet(runs: Runs, state: Path) -> None:
    assert "holds no Fleet" in runs("state").err
    fleet = (
        "---\napiVersion: rq.davidlangworthy.io/v1\nkind: Fleet\nmetadata: {name: f}\nspec:\n  owners:\n"
        '    - {name: "org:ai:mm", namespaces: [mm]}\n'
    )
    plain = state.read_bytes()
    state.write_bytes(plain + fleet.encode())
    done = runs("state")
    assert "holds no Fleet" not in done.err
    assert done.code == 1
    assert "JT305" in done.err


def test_house_rules_deny_a_submission(runs: Runs, state: Path, tmp_path: Path) -> None:
    policy = (
        "---\napiVersion: rq.davidlangworthy.io/v1\nkind: Policy\nmetadata: {name: small}\nspec:\n  rules:\n"
        '    - {name: no-more-than-8, match: {kinds: [Run]}, expression: "object.spec.resources.totalGPUs <= 8",'
        " message: too many}\n"
    )
    state.write_bytes(state.read_bytes() + policy.encode())
    assert runs("state").code == 0
    assert runs("submit", "-f", submitted(tmp_path, "small", gpus=8)).code == 0
    done = runs("submit", "-f", submitted(tmp_path, "large", gpus=16))
    assert done.code == 3
    assert "too many" in done.err
    assert "name: large" not in state.read_text("utf-8")


def test_leases_that_are_closed_are_over(runs: Runs, state: Path) -> None:
    head, *parts = state.read_text("utf-8").split("\n- ")
    closed = '\n  status: {closed: true, ended: "2026-03-02T09:00:00Z", closureReason: Completed}'
    over = [part + closed if "kind: Lease" in part and "name: mm1\n" in part else part for part in parts]
    state.write_text("\n- ".join([head, *over]), encoding="utf-8")
    done = runs("leases", "mm1", "--no-headers").out
    assert done.count("Closed (Completed)") == 6
    assert "Open" not in done
    assert runs("plan", "mm1").out.splitlines()[1].startswith("decision: is over")


def test_shrink_counts_from_what_is_held(runs: Runs, state: Path) -> None:
    done = runs("shrink", "ra2", "--by", "8")
    assert (done.code, done.out) == (0, "run.rq.davidlangworthy.io/ra2 shrunk from 16 to 8 GPUs\n")
    assert runs("state", "-n", "rai-sys", "--no-headers").out.split()[3] == "8/8"
    again = runs("shrink", "ra2", "--by", "8")
    assert again.code == 1
    assert "JT790" in again.err
    assert run_text("x") not in state.read_text("utf-8")
