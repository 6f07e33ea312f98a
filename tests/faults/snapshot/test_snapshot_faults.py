"""Every code of snapshots is provoked here, and has a page; and odd snapshots are told of, not stumbled over."""

import fcntl
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobtree.adapters import locked_file
from jobtree.adapters.locked_file import lock_of
from jobtree.base.code_pages import snapshots
from jobtree.base.instant import parse_instant
from jobtree.cli.runs.backend import Refused, View
from jobtree.cli.runs.snapshot import SnapshotBackend
from jobtree.cli.terminal import open_terminal
from jobtree.edit.edits import Submit
from jobtree.load.source import Source
from jobtree.snapshot.reading import read_snapshot
from jobtree.snapshot.request import request_of

PAGES = Path(__file__).parents[3] / "docs" / "codes"
EXAMPLE = Path(__file__).parents[3] / "examples" / "snapshot" / "cluster.yaml"
NOW = parse_instant("2026-03-02T10:00:00Z")
NEW = b"""apiVersion: rq.davidlangworthy.io/v1
kind: Run
metadata: {name: probe, namespace: mm-vis}
spec: {owner: "org:ai:mm:vis", resources: {gpuType: H100-80GB, totalGPUs: 4}}
"""


def backend(path: Path) -> SnapshotBackend:
    return SnapshotBackend(path, now=NOW, terminal=open_terminal())


def busy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    path = folder / "cluster.yaml"
    path.write_bytes(EXAMPLE.read_bytes())
    monkeypatch.setattr(locked_file, "PATIENCE", 0.05)
    with lock_of(path.resolve()).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        return backend(path).apply(Submit(source=Source("new.yaml", NEW)))


def absent(folder: Path, _: pytest.MonkeyPatch) -> object:
    return backend(folder / "none.yaml").apply(Submit(source=Source("new.yaml", NEW)))


def halved(folder: Path, _: pytest.MonkeyPatch) -> object:
    """A lease of a run was left out: the rest holds too few GPUs, and nobody says why."""
    text = EXAMPLE.read_text("utf-8")
    begin = text.rindex("- apiVersion", 0, text.index("kind: Lease\n"))
    end = text.index("- apiVersion", text.index("kind: Lease\n"))
    path = folder / "cluster.yaml"
    path.write_text(text[:begin] + text[end:], encoding="utf-8")
    return backend(path).view()


FAULTS: dict[str, Callable[[Path, pytest.MonkeyPatch], object]] = {
    "JT781": busy,
    "JT782": absent,
    "JT785": halved,
}


@pytest.mark.parametrize("code", FAULTS)
def test_fault(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = FAULTS[code](tmp_path, monkeypatch)
    assert isinstance(refused, Refused)
    (finding,) = [finding for finding in refused.diagnostics if finding.severity == "error"]
    assert finding.code == code
    assert finding.help


def test_every_code_has_a_fixture_and_a_page() -> None:
    assert set(FAULTS) == set(snapshots.TITLES)
    for code, title in snapshots.TITLES.items():
        text = (PAGES / f"{code}.md").read_text("utf-8")
        assert text.startswith(f"# {code}: {title}\n"), code
        assert re.search(r"^## What to do$", text, re.MULTILINE), code


def test_a_run_whose_leases_are_closed_one_by_one_is_over(tmp_path: Path) -> None:
    """A snapshot may be printed in between."""
    text = EXAMPLE.read_text("utf-8")
    end = text.index("- apiVersion", text.index("kind: Lease\n"))
    closed = '  status: {closed: true, ended: "2026-03-02T09:00:00Z", closureReason: Completed}\n'
    path = tmp_path / "cluster.yaml"
    path.write_text(text[:end] + closed + text[end:], encoding="utf-8")
    view = backend(path).view()
    assert isinstance(view, View)
    assert view.plan is not None
    (over,) = [one for one in view.plan["runs"] if one["decision"] == "finished"]
    assert {one["time"] for one in view.plan["closures"] if one["run"] == over["run"]} == {"2026-03-02T09:00:00Z"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[1, 2]",
        b"apiVersion: v1\nkind: List\nitems: 3\n",
        b"apiVersion: v1\nkind: List\nitems: [null, 3, {kind: Run, apiVersion: rq.davidlangworthy.io/v1}]\n",
        b"apiVersion: v1\nkind: Node\nmetadata: {name: 3}\nstatus: [x]\nspec: y\n",
        b"apiVersion: rq.davidlangworthy.io/v1\nkind: Run\nmetadata: [a]\nspec: 3\n",
        b"apiVersion: rq.davidlangworthy.io/v1\nkind: Fleet\nmetadata: {name: f}\nspec: {owners: [3, null]}\n",
        b"apiVersion: rq.davidlangworthy.io/v1\nkind: Lease\nmetadata: {name: a, namespace: b}\nstatus: open\n",
    ],
)
def test_odd_snapshots_raise_nothing(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cluster.yaml"
    path.write_bytes(data)
    found = backend(path).view()
    assert isinstance(found, View) or found.diagnostics


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 1400), st.integers(1, 4), st.sampled_from(["x", "- x", "a: 1", "  kind: Run", "]"]))
def test_cut_and_mangled_snapshots_raise_nothing(line: int, number: int, put: str) -> None:
    """Lines taken out and another one put in: what is left is read, or told of."""
    rows = EXAMPLE.read_text("utf-8").split("\n")
    data = "\n".join([*rows[:line], put, *rows[line + number :]]).encode()
    snapshot, findings = read_snapshot(Source("cluster.yaml", data))
    assert (snapshot is None) == bool(findings)
    if snapshot is not None:
        request_of(snapshot, as_of=NOW)
