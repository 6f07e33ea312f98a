"""A lock that fits its inputs but was edited: what it says is planned anew, or refused, and never written."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import NOW, Cli


def no_runs(plan: dict[str, Any]) -> None:
    plan["runs"] = []


def strange_cluster(plan: dict[str, Any]) -> None:
    group = next(run["decision"]["placement"]["groups"][0] for run in plan["runs"] if "placement" in run["decision"])
    group["domain"]["cluster"] = ""


def no_groups(plan: dict[str, Any]) -> None:
    for run in plan["runs"]:
        if "placement" in run["decision"]:
            run["decision"]["placement"]["groups"] = []


def late(plan: dict[str, Any]) -> None:
    for run in plan["runs"]:
        if "placement" in run["decision"]:
            run["decision"]["placement"]["interval"]["end"] += 1


@pytest.mark.parametrize("forge", [no_runs, strange_cluster, no_groups, late], ids=lambda forge: forge.__name__)
def test_a_forged_lock_is_planned_anew_or_refused(
    forge: Callable[[dict[str, Any]], None], fleet: Path, cli: Cli
) -> None:
    cli("compile", fleet, "--now", NOW)
    leases = {path: path.read_bytes() for path in (fleet / "rendered").rglob("leases/*.yaml")}
    path = fleet / "rendered" / "plan.lock.json"
    lock = json.loads(path.read_bytes())
    forge(lock["plan"])
    path.write_text(json.dumps(lock))
    locked = cli("compile", fleet, "--now", NOW, "--locked")
    assert locked.code == 1
    assert "JT703" in locked.err
    assert cli("compile", fleet, "--now", NOW).code == 0
    assert {path: path.read_bytes() for path in leases} == leases
    assert cli("verify", fleet).code == 0
