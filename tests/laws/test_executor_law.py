"""The same bytes wherever components are planned: in order, in processes, or on a Dask cluster."""

import json
import sys
from pathlib import Path

import pytest
from distributed import LocalCluster

from jobtree.adapters.cbc import Cbc
from jobtree.adapters.dask_cluster import DaskCluster, dask_cluster
from jobtree.adapters.processes import Processes
from jobtree.base.instant import parse_instant
from jobtree.base.progress import Silent
from jobtree.load.source import Source
from jobtree.pipeline import compile_fleet
from jobtree.plan import solve
from jobtree.plan.executor import Executor, InOrder
from jobtree.request import CompileRequest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from week import NOW, Week

FLEET = Week(runs=40, gpus=4_000, envelopes=40)


def tree(executor: Executor) -> dict[str, bytes]:
    text = "---\n".join(json.dumps(one) + "\n" for one in FLEET.documents())
    request = CompileRequest(sources=[Source("fleet.yaml", text.encode())], as_of=parse_instant(NOW))
    result = compile_fleet(request, Cbc(), Silent(), executor)
    assert result.tree is not None, result.diagnostics
    return dict(result.tree)


@pytest.fixture(scope="module")
def expected() -> dict[str, bytes]:
    return tree(InOrder())


def test_processes_give_the_same_bytes(expected: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve, "FEW_UNITS", 0)
    assert tree(Processes(3)) == expected


def test_a_dask_cluster_gives_the_same_bytes(expected: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve, "FEW_UNITS", 0)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0) as cluster,
        dask_cluster(cluster.scheduler_address, Cbc(), pytest.fail) as executor,
    ):
        assert isinstance(executor, DaskCluster)
        assert tree(executor) == expected
