"""Runs command lines of ``kubectl runs`` in this process, on the example snapshot at the instant of its story."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobtree.cli.runs.app import run

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "snapshot" / "cluster.yaml"
NOW = "2026-03-02T10:00:00Z"


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Runs = Callable[..., Result]


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Runs:
    """A line as it is, without any option added."""

    def call(*arguments: object) -> Result:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Result(code, captured.out, captured.err)

    return call


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A copy of the example that may be edited."""
    return Path(shutil.copy(EXAMPLE, tmp_path / "cluster.yaml"))


@pytest.fixture
def runs(call: Runs, state: Path) -> Runs:
    """A line about the copy, as of the story's instant."""
    return lambda *arguments: call(*arguments, "--state", state, "--now", NOW)


def run_text(name: str, *, namespace: str = "mm-vis", owner: str = "org:ai:mm:vis", gpus: int = 4) -> str:
    return (
        "apiVersion: rq.davidlangworthy.io/v1\nkind: Run\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\n"
        f'spec:\n  owner: "{owner}"\n'
        f"  resources: {{gpuType: H100-80GB, totalGPUs: {gpus}}}\n  runtime: {{duration: 1h}}\n"
    )


def submitted(tmp_path: Path, name: str, **more: object) -> Path:
    path = tmp_path / f"{name}.yaml"
    path.write_text(run_text(name, **more), encoding="utf-8")  # type: ignore[arg-type]  # names of run_text
    return path
