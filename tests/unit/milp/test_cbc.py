"""CBC through its adapter: exact answers, typed faults, and no process left behind."""

import contextlib
import os
import pickle
import select
import signal
import subprocess
import sys
import textwrap
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.adapters.cbc import Cbc
from jobtree.milp.problem import Column, Problem, Relation, Row, evaluate
from jobtree.milp.solution import Exhausted, Failed, Infeasible, Optimal
from jobtree.milp.solver import Limits

LIMITS = Limits(nodes=1000)


@st.composite
def problems(draw: st.DrawFn) -> Problem[str]:
    count = draw(st.integers(1, 5))
    coefficient = st.integers(-6, 6).filter(bool)

    def terms() -> tuple[tuple[int, int], ...]:
        chosen = sorted(draw(st.sets(st.integers(0, count - 1), min_size=1)))
        return tuple((column, draw(coefficient)) for column in chosen)

    rows = tuple(
        Row(label=f"row{i}", terms=terms(), relation=draw(st.sampled_from(Relation)), limit=draw(st.integers(-5, 8)))
        for i in range(draw(st.integers(0, 3)))
    )
    columns = tuple(Column(upper=draw(st.integers(1, 2))) for _ in range(count))
    return Problem(columns=columns, rows=rows, objective=terms())


@settings(max_examples=40)
@given(problems())
def test_agrees_with_exhaustive_search(problem: Problem[str]) -> None:
    points = product(*(range(column.lower, column.upper + 1) for column in problem.columns))
    feasible = [evaluate(problem.objective, point) for point in points if not problem.faults(point)]
    outcome = Cbc().solve(problem, LIMITS)
    if feasible:
        assert isinstance(outcome, Optimal)
        assert outcome.objective == min(feasible)
        assert problem.faults(outcome.values) == ()
    else:
        assert outcome == Infeasible()


def test_reports_the_binarys_own_version() -> None:
    assert Cbc().version.startswith("2.")
    assert Cbc(path="/nowhere/cbc").version == "missing"


def knapsack(size: int) -> Problem[str]:
    """Hard for branch and bound: even weights under an odd limit."""
    terms = tuple((index, 2) for index in range(size))
    row = Row(label="odd", terms=terms, relation=Relation.EQUAL, limit=size // 2 * 2 + 1)
    return Problem(columns=(Column(),) * size, rows=(row,), objective=terms)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 3", "exit code 3"),
        ("kill -9 $$", "signal 9"),
        ("exit 0", "cannot be read"),
        ('for last; do :; done; printf "garbage" > "$last"; exit 0', "cannot be read"),
        ('for last; do :; done; : > "$last"; exit 0', "cannot be read"),
        ('for last; do :; done; printf "Optimal - objective value 0\\n 0 X0000000 0.5 0\\n" > "$last"', "fractional"),
        ('for last; do :; done; printf "Optimal - objective value 0\\n 0 X0000000 7 0\\n" > "$last"', "breaks"),
    ],
)
def test_a_faulty_solver_is_a_value(tmp_path: Path, script: str, reason: str) -> None:
    fake = tmp_path / "cbc"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    problem: Problem[str] = Problem(columns=(Column(),), rows=(), objective=((0, 1),))
    outcome = Cbc(path=str(fake)).solve(problem, LIMITS)
    assert isinstance(outcome, Failed)
    assert reason in outcome.reason


def test_a_limit_is_not_an_optimum(tmp_path: Path) -> None:
    fake = tmp_path / "cbc"
    line = "Stopped on iterations - objective value 1.0"
    fake.write_text(f'#!/bin/sh\nfor last; do :; done\nprintf "{line}\\n 0 X0000000 1 0\\n" > "$last"\n')
    fake.chmod(0o755)
    problem: Problem[str] = Problem(columns=(Column(),), rows=(), objective=((0, 1),))
    assert Cbc(path=str(fake)).solve(problem, LIMITS) == Exhausted()


def test_a_missing_solver_is_a_value() -> None:
    problem: Problem[str] = Problem(columns=(Column(),), rows=(), objective=((0, 1),))
    outcome = Cbc(path="/nowhere/cbc").solve(problem, LIMITS)
    assert outcome == Failed(reason="the solver /nowhere/cbc does not start")


def test_no_columns_need_no_solver() -> None:
    empty: Problem[str] = Problem(columns=(), rows=(), objective=())
    assert Cbc(path="/nowhere").solve(empty, LIMITS) == Optimal(values=(), objective=0)


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    Cbc().solve(knapsack(4), LIMITS)
    assert list(tmp_path.iterdir()) == []


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
