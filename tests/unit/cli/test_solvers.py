"""The solver that a Fleet names is the one that plans."""

import json
from pathlib import Path

import pytest

from jobtree.cli.solvers import SOLVERS
from jobtree.model.fleet import SolverName
from tests.unit.cli.conftest import NOW, Cli
from tests.unit.milp.test_highs import without_highspy


def name_solver(fleet: Path, name: str) -> int:
    """Adds the setting to fleet.yaml; the number of its line."""
    path = fleet / "fleet.yaml"
    lines = [*path.read_text().splitlines(), f"  solver: {{name: {name}}}"]
    path.write_text("\n".join(lines) + "\n")
    return len(lines)


def proof_of(fleet: Path) -> dict[str, str]:
    solver: dict[str, str] = json.loads((fleet / "rendered" / "plan.json").read_text())["proof"]["solver"]
    return solver


def test_every_name_has_a_solver() -> None:
    assert set(SOLVERS) == set(SolverName)
    assert [SOLVERS[name]().name for name in SolverName] == list(SolverName)


@pytest.mark.parametrize("name", SolverName)
def test_the_proof_names_the_solver_that_the_fleet_names(fleet: Path, cli: Cli, name: str) -> None:
    name_solver(fleet, name)
    result = cli("compile", fleet, "--now", NOW)
    assert result.code == 0, result.err
    assert proof_of(fleet)["name"] == name
    assert f"({name} " in result.out
    assert cli("verify", fleet).code == 0


def test_a_lock_of_one_solver_does_not_fit_another(compiled: Path, cli: Cli) -> None:
    name_solver(compiled, "highs")
    result = cli("compile", compiled, "--now", NOW, "--locked")
    assert result.code == 1
    assert 'solver: the lock has "cbc", now "highs"' in result.err
    assert proof_of(compiled)["name"] == "cbc"


def test_highs_without_highspy_is_jt523_and_nothing_is_written(
    fleet: Path, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = name_solver(fleet, "highs")
    without_highspy(tmp_path, monkeypatch)
    result = cli("compile", fleet, "--now", NOW)
    assert result.code == 1
    assert f"fleet.yaml:{line}:18: JT523 error" in result.err
    assert "pip install 'jobtree[highs]'" in result.err
    assert not (fleet / "rendered").exists()
    assert cli("check", fleet).code == 0


def test_cbc_needs_no_highspy(fleet: Path, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_highspy(tmp_path, monkeypatch)
    assert cli("compile", fleet, "--now", NOW).code == 0


def test_an_unknown_solver_is_jt207(fleet: Path, cli: Cli) -> None:
    line = name_solver(fleet, "glpk")
    result = cli("compile", fleet, "--now", NOW)
    assert result.code == 1
    assert f"fleet.yaml:{line}:" in result.err
    assert "JT207" in result.err
    assert "JT523" not in result.err
