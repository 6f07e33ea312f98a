"""The plugin as kubectl finds, runs and completes it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jobtree.emit.seal import jobtree_version
from tests.unit.cli_runs.conftest import EXAMPLE, NOW, Runs

BIN = Path(sys.executable).parent
LINE = ("--state", str(EXAMPLE), "--now", NOW)


def kubectl(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **environment}
    return subprocess.run([BIN / "kubectl", *arguments], capture_output=True, text=True, env=env, check=False)


def test_kubectl_finds_it() -> None:
    assert str(BIN / "kubectl-runs") in kubectl("plugin", "list").stdout


def test_kubectl_runs_it() -> None:
    done = kubectl("runs", "state", *LINE)
    assert done.returncode == 0
    assert done.stdout.startswith("NAMESPACE")
    assert kubectl("runs", "plan", "nothing", *LINE).returncode == 1
    assert kubectl("runs", "--version").stdout == f"jobtree {jobtree_version()}\n"


@pytest.mark.parametrize("line", [("--help",), ("plan", "-h"), ("sponsors", "add", "--help"), ("budgets", "--help")])
def test_help_names_the_command_as_it_was_typed(line: tuple[str, ...]) -> None:
    done = kubectl("runs", *line)
    assert done.returncode == 0
    verb = " ".join(word for word in line if not word.startswith("-"))
    assert f"Usage: kubectl runs {verb}".rstrip() in done.stdout
    assert "kubectl-runs" not in done.stdout


def test_kubectl_completes_it() -> None:
    assert kubectl("__complete", "runs", "plan", *LINE, "mm").stdout.splitlines() == ["mm3", "mm1", "mm2", ":4"]
    assert kubectl("__complete", "runs", "sp").stdout.splitlines()[0].startswith("sponsors\t")


@pytest.mark.parametrize("verb", ["submit", "state", "plan", "watch", "explain", "leases", "shrink", "completion"])
def test_help_shows_examples(verb: str) -> None:
    text = kubectl("runs", verb, "-h").stdout
    assert "Examples:\n" in text
    assert f"kubectl runs {verb}" in text.split("Examples:")[1]


def test_bash_completes_by_kubectl(call: Runs, tmp_path: Path) -> None:
    """The script in a real bash: both by kubectl, and by the plugin's own name."""
    script = tmp_path / "completion.bash"
    script.write_text(call("completion", "bash").out, encoding="utf-8")
    words = f"kubectl-runs plan --state {EXAMPLE} mm"
    program = (
        f"source {script}\ndeclare -F __start_kubectl\n"
        f'COMP_WORDS=({words}); COMP_CWORD=4; __kubectl_runs 2>/dev/null; echo "${{COMPREPLY[@]}}"\n'
        'COMP_WORDS=(kubectl-runs sp); COMP_CWORD=1; __kubectl_runs 2>/dev/null; echo "${COMPREPLY[@]}"\n'
    )
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", program], capture_output=True, text=True, env={**os.environ, "PATH": path}, check=True
    )
    assert done.stdout.splitlines() == ["__start_kubectl", "mm3 mm1 mm2", "sponsors"]


def in_shell(shell: str, script: str, program: str, folder: Path) -> list[str]:
    """What a program in another shell prints, with the script at hand as ``completion``."""
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed")
    (folder / "completion").write_text(script, encoding="utf-8")
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder)}
    line = [found, *(["-f"] if shell == "zsh" else []), "-c", program]
    return subprocess.run(
        line, capture_output=True, text=True, cwd=folder, env=environment, check=True
    ).stdout.splitlines()


def test_fish_completes(call: Runs, tmp_path: Path) -> None:
    lines = in_shell(
        "fish",
        call("completion", "fish").out,
        f"source completion; complete -C 'kubectl-runs plan --state {EXAMPLE} mm'; complete -C 'kubectl runs spon';"
        "complete -C 'kubectl-runs submit -f comp'",
        tmp_path,
    )
    assert lines == ["mm1", "mm2", "mm3", "sponsors\tWhom a run may borrow from", "completion"]


def test_zsh_completes(call: Runs, tmp_path: Path) -> None:
    """What is given to zsh's own functions, which need a terminal to show it."""
    lines = in_shell(
        "zsh",
        call("completion", "zsh").out,
        "autoload -Uz compinit; compinit -D -u; source ./completion; print $+functions[_kubectl]\n"
        '_describe() { print -rl -- "${(@P)2}" }; _files() { print FILES }\n'
        f"words=(kubectl-runs plan --state {EXAMPLE} mm); CURRENT=5; _kubectl_runs\n"
        f"words=(kubectl-runs state --state {EXAMPLE} --owner org:ai:mm:); CURRENT=6; _kubectl_runs\n"
        "words=(kubectl-runs spon); CURRENT=2; _kubectl_runs\n"
        "words=(kubectl-runs submit -f ''); CURRENT=4; _kubectl_runs\n",
        tmp_path,
    )
    owners = [r"org\:ai\:mm\:aud", r"org\:ai\:mm\:vis"]
    shown = ["1", "mm3", "mm1", "mm2", *owners, "sponsors:Whom a run may borrow from", "FILES"]
    assert [line for line in lines if line] == shown
