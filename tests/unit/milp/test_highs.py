"""The child that HiGHS runs in: its faults as values, whatever it says or does."""

import json
import os
import sys
from pathlib import Path

import pytest

from jobtree.adapters.highs import Highs
from jobtree.milp.solution import Exhausted, Failed, Infeasible, Optimal
from tests.unit.milp.problems import LIMITS, ONE


def saying(text: str, then: str = "") -> Highs:
    """A child that reads its problem and says this, whatever the problem."""
    return Highs(command=(sys.executable, "-c", f"import os, sys; sys.stdin.read(); print({text!r}, end=''); {then}"))


def answer(status: str = "Optimal", objective: object = 1, values: object = (1,)) -> str:
    return json.dumps({"status": status, "objective": objective, "values": values})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "cannot be read"),
        ("garbage", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("[]", "cannot be read"),
        ("{}", "cannot be read"),
        (answer()[:-1], "cannot be read"),
        (answer(values=["x"]), "cannot be read"),
        (answer(values=None), "cannot be read"),
        (answer(objective=None), "cannot be read"),
        (answer(values=[]), "0 values for 1 columns"),
        (answer(values=[0.5], objective=0.5), "fractional"),
        (answer(values=[float("nan")]), "fractional"),
        (answer(values=[float("inf")]), "fractional"),
        (answer(values=[2], objective=2), "breaks"),
        (answer(objective=7), "claims an objective of 7"),
        (answer("Unbounded"), "ended with 'Unbounded'"),
    ],
)
def test_a_nonsensical_answer_is_a_value(text: str, reason: str) -> None:
    outcome = saying(text).solve(ONE, LIMITS)
    assert isinstance(outcome, Failed)
    assert reason in outcome.reason


def test_how_it_ended() -> None:
    assert saying(answer()).solve(ONE, LIMITS) == Optimal(values=(1,), objective=1)
    assert saying(answer("SolutionLimit")).solve(ONE, LIMITS) == Exhausted()
    assert saying(answer("Infeasible", values=[])).solve(ONE, LIMITS) == Infeasible()


@pytest.mark.parametrize(
    ("then", "reason"), [("os.kill(os.getpid(), 11)", "killed by signal 11"), ("sys.exit(3)", "exit code 3")]
)
def test_an_answer_of_a_child_that_died_does_not_count(then: str, reason: str) -> None:
    outcome = saying(answer(), then).solve(ONE, LIMITS)
    assert isinstance(outcome, Failed)
    assert reason in outcome.reason


def test_a_child_that_does_not_read_is_a_value() -> None:
    deaf = Highs(command=(sys.executable, "-c", "import os; os.close(0)"))
    outcome = deaf.solve(ONE, LIMITS)
    assert isinstance(outcome, Failed)
    assert "cannot be read" in outcome.reason


def without_highspy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python whose highspy does not load."""
    (folder / "highspy.py").write_text("raise ImportError('no such library')\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *sys.path]))


def test_without_highspy_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_highspy(tmp_path, monkeypatch)
    assert Highs().version == "missing"
    assert Highs().solve(ONE, LIMITS) == Failed(reason="the solver highs ended with exit code 1")


def test_nothing_is_imported_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fleet repository may have any files, such as a highspy.py."""
    for name in ("highspy.py", "json.py", "jobtree.py"):
        (tmp_path / name).write_text("raise SystemExit('run from the working directory')\n")
    monkeypatch.chdir(tmp_path)
    assert Highs().version.startswith("1.")
    assert Highs().solve(ONE, LIMITS) == Optimal(values=(0,), objective=0)
