"""The whole compiler as one call on a world: what the laws compare."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jobtree.adapters.cbc import Cbc
from jobtree.base.instant import Instant, parse_instant
from jobtree.load.source import Source
from jobtree.pipeline import Compiled, CompileRequest, compile_fleet
from tests.worlds import NOW, World

SOLVER = Cbc()
AT_NOW = parse_instant(NOW)


def compiled(
    files: Mapping[str, bytes] | World, *, previous: Mapping[str, bytes] | None = None, as_of: Instant = AT_NOW
) -> Compiled:
    found = files.sources() if isinstance(files, World) else files
    request = CompileRequest(
        sources=[Source(path, data) for path, data in found.items()],
        previous=[Source(path, data) for path, data in (previous or {}).items()],
        admissions={},
        as_of=as_of,
    )
    return compile_fleet(request, SOLVER, lambda _: None)


def tree_of(result: Compiled) -> Mapping[str, bytes]:
    """The output tree; a compile that was refused fails the test with what it said."""
    assert result.violations == ()
    assert result.tree is not None, [finding for finding in result.diagnostics if finding.severity == "error"]
    return result.tree


def plan_of(tree: Mapping[str, bytes]) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(tree["plan.json"])
    return plan


def decisions(tree: Mapping[str, bytes]) -> dict[str, Any]:
    return {entry["run"]: entry for entry in plan_of(tree)["runs"]}


def wait_level(tree: Mapping[str, bytes]) -> dict[str, Any]:
    return next(level for level in plan_of(tree)["proof"]["levels"] if level["name"] == "wait")


def placed(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for entry in entries if entry["decision"] in ("start", "reserve", "running", "finished")]
