"""The command as a process: exit codes, streams, and the same bytes everywhere."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jobtree.adapters.files import read_tree
from jobtree.emit.seal import jobtree_version
from tests.unit.cli.conftest import NOW

COMMANDS = ["init", "check", "compile", "verify", "explain"]


def jobtree(*arguments: object, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jobtree.cli.main", *map(str, arguments)]
    root = str(Path(__file__).parents[3])
    env = {**os.environ, "PYTHONPATH": root, **environment}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--version"], 0),
        (["--help"], 0),
        ([], 64),
        (["frobnicate"], 64),
        (["compile", "--frob"], 64),
        (["compile", "--now", "yesterday"], 64),
        (["check", "--output-format", "yaml"], 64),
        (["check", "/nowhere"], 1),
        (["explain", "JT000"], 1),
        (["explain"], 64),
    ],
)
def test_exit_codes(arguments: list[str], code: int) -> None:
    done = jobtree(*arguments)
    assert done.returncode == code
    assert (done.stdout == "") == (code != 0)


def test_the_version() -> None:
    assert jobtree("--version").stdout == f"jobtree {jobtree_version()}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_examples(command: str) -> None:
    done = jobtree(command, "--help")
    assert done.returncode == 0
    assert "Examples:\n" in done.stdout
    assert f"jobtree {command}" in done.stdout.split("Examples:")[1]


def test_colours_need_a_terminal(tmp_path: Path) -> None:
    jobtree("init", tmp_path)
    done = jobtree("compile", tmp_path, "--now", NOW, FORCE_COLOR="1", CLICOLOR_FORCE="1")
    assert "\x1b" not in done.stdout + done.stderr


def test_a_closed_pipe_is_no_bug(tmp_path: Path) -> None:
    jobtree("init", tmp_path)
    script = f"{sys.executable} -m jobtree.cli.main compile {tmp_path} --now {NOW} -o json | true"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_the_bytes_are_the_same_everywhere(tmp_path: Path) -> None:
    jobtree("init", tmp_path / "one")
    shutil.copytree(tmp_path / "one", tmp_path / "with space" / "é")
    for path in sorted((tmp_path / "one").rglob("*.yaml"), reverse=True):  # another order of creation
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data)
    here = {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"}
    there = {"PYTHONHASHSEED": "77", "TZ": "Pacific/Auckland", "LC_ALL": "tr_TR.UTF-8"}
    first = jobtree("compile", tmp_path / "one", "--now", NOW, **here)
    second = jobtree("compile", "--now", NOW, cwd=tmp_path / "with space" / "é", **there)
    assert (first.returncode, second.returncode) == (0, 0)
    assert read_tree(tmp_path / "one" / "rendered") == read_tree(tmp_path / "with space" / "é" / "rendered")
    assert first.stdout.splitlines()[:-1] == second.stdout.splitlines()[:-1]


def test_an_ascii_terminal_is_served_too(tmp_path: Path) -> None:
    jobtree("init", tmp_path)
    done = jobtree("compile", tmp_path, "--now", NOW, PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert done.returncode == 0
    assert "Fleet: 32 of 32 GPUs in use" in done.stdout


def on_a_terminal(*arguments: object, **environment: str) -> str:
    """What a person sees of both streams."""
    command = [sys.executable, "-m", "jobtree.cli.main", *map(str, arguments)]
    env = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(Path(__file__).parents[3]), **environment}
    ours, theirs = os.openpty()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    seen = b""
    with os.fdopen(ours, "rb", buffering=0) as stream:
        while True:
            try:
                part = stream.read(65_536)
            except OSError:  # Linux says so when the last writer is gone
                break
            if not part:
                break
            seen += part
    assert process.wait() == 0
    return seen.decode()


def test_a_terminal_gets_progress_and_colours(tmp_path: Path) -> None:
    jobtree("init", tmp_path)
    compile_once = ("compile", tmp_path, "--now", NOW, "--check", "--out", tmp_path / "rendered")
    jobtree("compile", tmp_path, "--now", NOW)
    seen = on_a_terminal(*compile_once)
    assert "planning" in seen or "verifying" in seen
    assert "\x1b[1;36m" in seen
    assert "\x1b[1;36m" not in on_a_terminal(*compile_once, NO_COLOR="1")
    assert "\x1b[1;36m" not in on_a_terminal("--no-color", *compile_once)
