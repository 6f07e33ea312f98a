"""``--executor``: the same output wherever parts are planned, and what is said when they cannot be."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from distributed import LocalCluster

from jobtree.adapters import dask_cluster
from jobtree.adapters.files import read_tree
from jobtree.cli import executor
from jobtree.plan import solve
from tests.unit.cli.conftest import NOW, Cli


@pytest.mark.parametrize("where", ["local", "local:1", "local:2"])
def test_processes_of_this_machine(fleet: Path, cli: Cli, where: str) -> None:
    assert cli("compile", fleet, "--now", NOW, "--executor", where).code == 0


def test_a_dask_cluster_writes_what_this_machine_writes(
    fleet: Path, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solve, "FEW_UNITS", 0)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0) as cluster:
        where = cluster.scheduler_address.replace("tcp:", "dask:")
        result = cli("compile", fleet, "--now", NOW, "--executor", where, "--out", tmp_path / "there")
    cli("compile", fleet, "--now", NOW, "--out", tmp_path / "here")
    assert (result.code, result.err) == (0, "")
    assert read_tree(tmp_path / "there") == read_tree(tmp_path / "here")


@pytest.mark.parametrize(
    "where", ["", "remote", "local:0", "local:-1", "dask://", "dask://host", "dask://host:99999", "tcp://host:8786"]
)
def test_other_forms_are_wrong_usage(fleet: Path, cli: Cli, where: str) -> None:
    result = cli("compile", fleet, "--now", NOW, "--executor", where)
    assert result.code == 64
    assert "dask://HOST:PORT" in result.err
    assert not (fleet / "rendered").exists()


def test_nobody_answers(fleet: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "CONNECT", 1)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        result = cli("compile", fleet, "--now", NOW, "--executor", f"dask://127.0.0.1:{closed.getsockname()[1]}")
    assert result.code == 1
    assert "JT171" in result.err
    assert "--executor local" in result.err
    assert not (fleet / "rendered").exists()


def test_without_dask_the_extra_is_named(fleet: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "find_spec", lambda name: None)
    result = cli("compile", fleet, "--now", NOW, "--executor", "dask://127.0.0.1:8786")
    assert result.code == 64
    assert "pip install 'jobtree[dask]'" in result.err


def test_nothing_else_needs_dask() -> None:
    code = "import sys, jobtree.cli.main; sys.exit(bool({'dask', 'distributed'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
