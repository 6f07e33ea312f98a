"""The whole compiler as one call on a world: what the laws compare."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from jobtree.adapters.cbc import Cbc
from jobtree.base.instant import Instant, parse_instant
from jobtree.base.progress import Silent
from jobtree.load.source import Source
from jobtree.milp.solver import Solver
from jobtree.model.contention import Entropy
from jobtree.pipeline import compile_fleet
from jobtree.request import Compiled, CompileRequest
from tests.worlds import NOW, World

SOLVER = Cbc()
AT_NOW = parse_instant(NOW)


def compiled(
    files: Mapping[str, bytes] | World,
    *,
    previous: Mapping[str, bytes] | None = None,
    ledger: Mapping[str, bytes] | None = None,
    as_of: Instant = AT_NOW,
    solver: Solver = SOLVER,
    **more: Any,
) -> Compiled:
    """``more`` are further fields of the request. Runs may be deleted freely, and entropy is at hand."""
    found = files.sources() if isinstance(files, World) else files
    request = CompileRequest(
        sources=[Source(path, data) for path, data in found.items()],
        previous=[Source(path, data) for path, data in (previous or {}).items()],
        ledger=[Source(f"ledger/{name}", data) for name, data in (ledger or {}).items()],
        admissions={},
        as_of=as_of,
        **{"allow_drop": True, "entropy": Entropy(text="5eed"), **more},
    )
    return compile_fleet(request, solver, Silent())


class Story:
    """Compiles one after the other, each on the output and the ledger of the one before."""

    def __init__(self) -> None:
        self.tree: Mapping[str, bytes] = {}
        self.ledger: dict[str, bytes] = {}

    def compile(self, files: Mapping[str, bytes] | World, as_of: Instant, **more: Any) -> Compiled:
        """The next compile; what it wrote stands for the one after, if it was not refused."""
        result = compiled(files, previous=self.tree, ledger=self.ledger, as_of=as_of, **more)
        if result.tree is not None:
            self.tree = result.tree
            self.ledger |= result.ledger
        return result


def tree_of(result: Compiled) -> Mapping[str, bytes]:
    """The output tree; a compile that was refused fails the test with what it said."""
    assert result.violations == ()
    assert result.tree is not None, [finding for finding in result.diagnostics if finding.severity == "error"]
    return result.tree


def open_leases(tree: Mapping[str, bytes]) -> set[str]:
    """Names of the leases in a tree."""
    found = set()
    for path, data in tree.items():
        if "/leases/" in path:
            for one in yaml.safe_load_all(data):
                found.add(f"{one['metadata']['namespace']}/{one['metadata']['name']}")
    return found


def plan_of(tree: Mapping[str, bytes]) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(tree["plan.json"])
    return plan


def decisions(tree: Mapping[str, bytes]) -> dict[str, Any]:
    return {entry["run"]: entry for entry in plan_of(tree)["runs"]}


def wait_level(tree: Mapping[str, bytes]) -> dict[str, Any]:
    return next(level for level in plan_of(tree)["proof"]["levels"] if level["name"] == "wait")


def placed(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for entry in entries if entry["decision"] in ("start", "reserve", "running", "finished")]
