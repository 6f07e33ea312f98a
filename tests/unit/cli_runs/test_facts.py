"""Where nobody planned, facts and promises say what the plan would: held to a real plan and its own objects."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobtree.base.instant import parse_instant
from jobtree.cli.runs.backend import View
from jobtree.cli.runs.facts import plan_of
from jobtree.cli.runs.rows import rows_of
from jobtree.cli.runs.snapshot import SnapshotBackend
from jobtree.cli.terminal import open_terminal
from tests.unit.cli_runs.conftest import EXAMPLE, NOW


@pytest.fixture(scope="module")
def planned() -> View:
    view = SnapshotBackend(EXAMPLE, now=parse_instant(NOW), terminal=open_terminal()).view()
    assert isinstance(view, View)
    return view


@pytest.fixture(scope="module")
def found(planned: View) -> dict[str, Any]:
    return {run["run"]: run for run in plan_of(replace(planned, plan=None))["runs"]}


def test_facts_are_those_of_the_plan(planned: View, found: dict[str, Any]) -> None:
    runs = plan_of(planned)["runs"]
    assert [run["run"] for run in runs] == list(found)
    for run in runs:
        for name in ("owner", "decision", "at", "expectedEnd", "width", "payers"):
            assert found[run["run"]][name] == run[name], (run["run"], name)
        assert nodes(found[run["run"]]) == nodes(run)


def nodes(run: dict[str, Any]) -> list[set[str]]:
    return [{pod["node"] for pod in group["pods"]} for group in run["groups"]]


def test_a_forecast_is_that_of_the_reservation(planned: View, found: dict[str, Any]) -> None:
    promised = next(run for run in plan_of(planned)["runs"] if run["run"] == "mm-aud/mm3")
    assert found["mm-aud/mm3"]["forecast"] == promised["forecast"]


def test_what_envelopes_hold_now_is_that_of_the_plan(planned: View) -> None:
    facts = plan_of(replace(planned, plan=None))["envelopes"]
    for fact, entry in zip(facts, plan_of(planned)["envelopes"], strict=True):
        for name in ("envelope", "concurrency", "used"):
            assert fact[name] == entry[name]
        assert fact["gpuSeconds"]["cap"] == entry["gpuSeconds"]["cap"]


def test_a_run_without_lease_or_reservation_is_pending(planned: View) -> None:
    kept = tuple(thing for thing in planned.objects if thing["kind"] not in ("Lease", "Reservation"))
    rows = rows_of(replace(planned, plan=None, objects=kept), None)
    assert {row.phase for row in rows} == {"Pending"}
    assert rows[0].cells(NOW)[2:] == ("Pending", "0/64", "-", "-", "-")


def test_a_view_is_kept_while_nothing_can_change(tmp_path: Path) -> None:
    path = tmp_path / "cluster.yaml"
    path.write_bytes(EXAMPLE.read_bytes())
    backend = SnapshotBackend(path, now=parse_instant(NOW), terminal=open_terminal())
    first = backend.view()
    assert backend.view() is first
    path.write_bytes(EXAMPLE.read_bytes() + b"# changed\n")
    assert backend.view() is not first
