"""The same bytes wherever components are planned: in order, or in processes."""

import json
import sys
from pathlib import Path

import pytest

from jobtree.adapters.cbc import Cbc
from jobtree.adapters.processes import Processes
from jobtree.base.instant import parse_instant
from jobtree.load.source import Source
from jobtree.pipeline import compile_fleet
from jobtree.plan import solve
from jobtree.plan.executor import Executor, InOrder
from jobtree.request import CompileRequest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from week import NOW, Week

FLEET = Week(runs=60, gpus=4_000, envelopes=40)


def tree(executor: Executor) -> dict[str, bytes]:
    text = "---\n".join(json.dumps(one) + "\n" for one in FLEET.documents())
    request = CompileRequest(sources=[Source("fleet.yaml", text.encode())], as_of=parse_instant(NOW))
    result = compile_fleet(request, Cbc(), lambda _: None, executor)
    assert result.tree is not None, result.diagnostics
    return dict(result.tree)


def test_processes_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve, "FEW_UNITS", 0)
    assert tree(Processes(3)) == tree(InOrder())
