"""Tasks on a real Dask cluster of several processes give what tasks in order give, whatever becomes of a worker."""

import os
import shutil
import signal
import socket
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import dask.config
import pytest
from distributed import Client, LocalCluster

from jobtree.adapters import dask_cluster as adapter
from jobtree.adapters.cbc import Cbc
from jobtree.adapters.dask_cluster import DaskCluster, dask_cluster
from jobtree.base.diagnostic import Diagnostic
from tests.unit.adapters.dask_processes import ROOT, scheduler, workers

SQUARES = [number * number for number in range(8)]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Two workers with nannies, which begin a dead worker anew; a task may survive one death."""
    quick = {"distributed.scheduler.allowed-failures": 1, "distributed.comm.timeouts.connect": "10s"}
    with (
        dask.config.set(quick),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0) as cluster,
    ):
        yield cluster.scheduler_address


@pytest.fixture
def said() -> list[str]:
    return []


def squares(address: str, task: Callable[[int], int], said: list[str]) -> list[int]:
    with dask_cluster(address, Cbc(), said.append) as executor:
        assert isinstance(executor, DaskCluster)
        return list(executor.map(task, range(8)))


def refusal(address: str) -> Diagnostic:
    with dask_cluster(address, Cbc(), pytest.fail) as executor:
        assert isinstance(executor, Diagnostic)
        return executor


def squared(number: int) -> int:
    """Later items are quicker, so that they are ready first."""
    time.sleep(0.02 * (8 - number))
    return number * number


def where(_: int) -> int:
    return os.getpid()


def slain(marker: Path, victim: int, number: int) -> int:
    """Whoever comes to 3 first kills: itself, or ``victim``. Whoever comes again finds the marker."""
    if number == 3 and not marker.exists():
        marker.touch()
        os.kill(victim or os.getpid(), signal.SIGKILL)
        time.sleep(1)
    return number * number


def deadly(home: int, number: int) -> int:
    """Kills every worker that comes to 3."""
    if number == 3 and os.getpid() != home:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def failing(number: int) -> int:
    if number == 2:
        raise ValueError("two")
    return number


def large(size: int) -> bytes:
    return bytes(size)


def test_results_come_in_the_order_of_the_items(address: str, said: list[str]) -> None:
    assert squares(address, squared, said) == SQUARES
    assert said == []


def test_they_are_other_processes(address: str, said: list[str]) -> None:
    assert os.getpid() not in squares(address, where, said)


def test_a_worker_that_is_killed_in_a_task_is_replaced(address: str, said: list[str], tmp_path: Path) -> None:
    marker = tmp_path / "died"
    assert squares(address, partial(slain, marker, 0), said) == SQUARES
    assert marker.exists()
    assert said == []


def test_what_kills_every_worker_is_done_here(address: str, said: list[str]) -> None:
    assert squares(address, partial(deadly, os.getpid()), said) == SQUARES
    assert "part 4 of 8 is planned here" in [line.partition(":")[0] for line in said]  # others may have died with it


def test_a_fault_of_the_task_is_told(address: str, said: list[str]) -> None:
    with pytest.raises(ValueError, match="two"):
        squares(address, failing, said)


def test_large_items_pass_without_advice(address: str) -> None:
    with warnings.catch_warnings(), dask_cluster(address, Cbc(), pytest.fail) as executor:
        warnings.simplefilter("error")
        assert isinstance(executor, DaskCluster)
        assert list(executor.map(len, [bytes(20_000_000)])) == [20_000_000]
        assert [len(made) for made in executor.map(large, [20_000_000])] == [20_000_000]


def test_a_scheduler_that_is_killed_is_done_without(tmp_path: Path, said: list[str]) -> None:
    with scheduler(tmp_path) as (address, process), workers(address, ROOT):
        assert squares(address, partial(slain, tmp_path / "died", process.pid), said) == SQUARES
    assert said[-1] == "the Dask cluster is gone: what is left is planned here"


def test_a_cluster_whose_only_worker_is_killed_is_done_without(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "PATIENCE", 0.5)
    with scheduler(tmp_path) as (address, _), workers(address, ROOT):
        assert squares(address, partial(slain, tmp_path / "died", 0), said) == SQUARES
    assert said[-1] == "the Dask cluster is gone: what is left is planned here"


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "CONNECT", 1)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()  # takes the connection and never says a word
        began = time.monotonic()
        found = refusal(f"tcp://127.0.0.1:{mute.getsockname()[1]}")
    assert (found.code, time.monotonic() - began < 5) == ("JT171", True)


def test_tls_needs_certificates() -> None:
    found = refusal("tls://127.0.0.1:9")
    assert (found.code, "TLS" in found.message) == ("JT171", True)


def test_there_is_no_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "CONNECT", 1)
    with scheduler(tmp_path) as (address, _):
        found = refusal(address)
    assert (found.code, found.message.startswith("no worker")) == ("JT171", True)


def test_workers_that_would_plan_differently_are_refused(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "jobtree", tmp_path / "changed" / "jobtree")
    (tmp_path / "changed" / "jobtree" / "more.py").write_text("")
    (tmp_path / "empty" / "jobtree").mkdir(parents=True)
    (tmp_path / "empty" / "jobtree" / "__init__.py").write_text("")
    with scheduler(tmp_path) as (address, _), workers(address, ROOT, tmp_path / "changed", tmp_path / "empty"):
        with Client(address, timeout=30, set_as_default=False) as client:
            client.wait_for_workers(3, timeout=30)
        found = refusal(address)
    assert (found.code, found.message[:6]) == ("JT172", "2 of 4")
    told = sorted(note.partition(": ")[2].split(" ")[0] for note in found.notes)
    assert told == ["does", "sources"]
