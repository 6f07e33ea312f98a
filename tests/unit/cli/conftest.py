"""Runs command lines in this process, on small fleets that ``init`` wrote."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobtree.cli.main import run

NOW = "2026-03-02T09:00:00Z"


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Cli = Callable[..., Result]


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    def call(*arguments: object) -> Result:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Result(code, captured.out, captured.err)

    return call


@pytest.fixture
def fleet(tmp_path: Path, cli: Cli) -> Path:
    """A fleet repository as ``init`` writes it, not in git, not compiled."""
    assert cli("init", tmp_path / "fleet").code == 0
    return tmp_path / "fleet"


@pytest.fixture
def compiled(fleet: Path, cli: Cli) -> Path:
    assert cli("compile", fleet, "--now", NOW).code == 0
    return fleet
