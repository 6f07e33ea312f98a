"""CBC's own: its binary's faults as values, its solution file, and no process left behind."""

import contextlib
import os
import pickle
import select
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from jobtree.adapters import cbc
from jobtree.adapters.cbc import Cbc
from jobtree.milp.problem import Column, Problem, Relation, Row
from jobtree.milp.solution import Exhausted, Failed, Infeasible, Optimal
from tests.unit.milp.problems import LIMITS, ONE, falsely_best, least


def answering(tmp_path: Path, text: str) -> Cbc:
    """A solver that writes this as its solution file."""
    (tmp_path / "answer").write_text(text, "latin-1")
    return scripted(tmp_path, f'for last; do :; done; cp {tmp_path}/answer "$last"')


def scripted(tmp_path: Path, script: str) -> Cbc:
    fake = tmp_path / "cbc"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    return Cbc(path=str(fake))


@pytest.mark.parametrize(
    ("script", "reason"),
    [("exit 3", "exit code 3"), ("kill -9 $$", "signal 9"), ("exit 0", "cannot be read: FileNotFoundError")],
)
def test_a_solver_that_dies_is_a_value(tmp_path: Path, script: str, reason: str) -> None:
    outcome = scripted(tmp_path, script).solve(ONE, LIMITS)
    assert isinstance(outcome, Failed)
    assert reason in outcome.reason


HEAD = "Optimal - objective value 0.00000000\n"
ROW = Row(label="r", terms=((0, 1), (1, 1)), relation=Relation.AT_MOST, limit=2)
TWO: Problem[str] = Problem(columns=(Column(upper=20),) * 2, rows=(ROW,), objective=((0, 1), (1, 1)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "cannot be read"),
        ("garbage", "cannot be read"),
        ("garbage\n", "cannot be read"),
        ("Optimal\n", "cannot be read"),
        ("Unbounded - objective value 0.00000000\n", "cannot be read"),
        ("\xff\n", "cannot be read: UnicodeDecodeError"),
        (HEAD, "2 columns are missing"),
        (HEAD + "      0 X0000000       0       1\n", "1 columns are missing"),
        (HEAD + "      0 X0000000       0       1\n      1 X00", "not all of one"),
        (HEAD + "      0 X0000000       0       1\n      1 X0000001       0\n", "not all of one"),
        (HEAD + "      0 X0000000       0       1\n      1 X0000001     0.5       1\n", "fractional"),
        (HEAD + "      0 X0000000     nan       1\n      1 X0000001       0       1\n", "fractional"),
        (HEAD + "      0 X0000000     inf       1\n      1 X0000001       0       1\n", "fractional"),
        (HEAD + "      0 X0000000       2       1\n      1 X0000001       1       1\n", "breaks 1 rows"),
        (HEAD + "      0 X0000000       1       1\n      1 X0000001       1       1\n", "claims an objective of 0"),
    ],
)
def test_a_nonsensical_answer_is_a_value(tmp_path: Path, text: str, reason: str) -> None:
    outcome = answering(tmp_path, text).solve(TWO, LIMITS)
    assert isinstance(outcome, Failed)
    assert reason in outcome.reason


def test_how_a_solution_file_begins_says_how_it_ended(tmp_path: Path) -> None:
    body = "      0 X0000000               1                       1\n"
    best = "Optimal - objective value 1.00000000\n"
    assert answering(tmp_path, best + body).solve(ONE, LIMITS) == Optimal(values=(1,), objective=1)
    for reason in ("iterations", "time", "nodes", "iterations (no integer solution - continuous used)"):
        text = f"Stopped on {reason} - objective value 1.00000000\n{body}"
        assert answering(tmp_path, text).solve(ONE, LIMITS) == Exhausted()
    for reason in ("Infeasible", "Integer infeasible"):
        text = f"{reason} - objective value 0.00000000\n**{body}"
        assert answering(tmp_path, text).solve(ONE, LIMITS) == Infeasible()


def test_with_its_preprocessing_it_calls_a_worse_point_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    """A negative control: the day it fails, preprocessing can be tried again."""
    on = [word for word in cbc.FIXED if word not in ("-preprocess", "off")]
    monkeypatch.setattr(cbc, "FIXED", tuple(on))
    wrong = Cbc().solve(falsely_best(), LIMITS)
    assert isinstance(wrong, Optimal)
    assert wrong.objective > (least(falsely_best()) or 0)


def test_a_file_that_cannot_run_is_a_value(tmp_path: Path) -> None:
    fake = tmp_path / "cbc"
    fake.write_text("#!/bin/sh\nexit 0\n")
    assert Cbc(path=str(fake)).version == "missing"
    assert Cbc(path=str(fake)).solve(ONE, LIMITS) == Failed(reason=f"the solver {fake} does not start")


def test_nowhere_to_write_is_a_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    outcome = Cbc().solve(ONE, LIMITS)
    assert isinstance(outcome, Failed)
    assert "No such file or directory" in outcome.reason


@pytest.mark.skipif(sys.platform != "linux", reason="limits of file sizes are POSIX, their defaults are not")
def test_a_full_disk_is_a_value() -> None:
    """Files end after 100 bytes: the model cannot be written."""
    program = """
        import resource
        from jobtree.adapters.cbc import Cbc
        from tests.unit.milp.problems import LIMITS, odd
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        print(Cbc().solve(odd(50), LIMITS))
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said == "Failed(reason='the model cannot be written for the solver: File too large')\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills a child with its parent")
def test_the_solver_dies_with_its_parent(tmp_path: Path) -> None:
    fake, note = tmp_path / "cbc", tmp_path / "pid"
    fake.write_text(f"#!/bin/sh\necho $$ > {note}.part && mv {note}.part {note}\nexec cat <> {tmp_path}/fifo\n")
    fake.chmod(0o755)
    os.mkfifo(tmp_path / "fifo")
    program = f"""
        from jobtree.adapters.cbc import Cbc
        from jobtree.milp.problem import Column, Problem
        from jobtree.milp.solver import Limits
        Cbc(path={str(fake)!r}).solve(Problem(columns=(Column(),), rows=(), objective=((0, 1),)), Limits(nodes=1))
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)]) as parent:
        while not note.exists():
            assert parent.poll() is None
        solver = int(note.read_text())
        descriptor = os.pidfd_open(solver)
        parent.kill()
        parent.wait()
    try:
        ready, _, _ = select.select([descriptor], [], [], 20)  # readable once the process is gone
        assert ready == [descriptor]
    finally:
        os.close(descriptor)
        with contextlib.suppress(ProcessLookupError):
            os.kill(solver, signal.SIGKILL)


def test_the_binary_of_the_wheel_is_found_where_it_is_unpickled() -> None:
    asked = Cbc()
    assert asked.version != "missing"
    assert pickle.loads(pickle.dumps(Cbc(path="/nowhere/cbc"))).path == "/nowhere/cbc"
    travelling = pickle.dumps(asked)
    assert asked.path.encode() not in travelling
    assert asked.version.encode() not in travelling
    assert pickle.loads(travelling) == asked
