"""The verbs on a cluster: the objects of the example, served by the small server of ``test_cluster``."""

from pathlib import Path

import pytest

from jobtree.load.scan import scan
from jobtree.load.source import Source
from tests.unit.cli_runs.conftest import EXAMPLE, NOW, Runs, submitted
from tests.unit.cli_runs.test_cluster import API, Configure, Fake, configure, fake

__all__ = ["configure", "fake"]
KINDS = {"Run": "runs", "Budget": "budgets", "Lease": "leases", "Reservation": "reservations"}


@pytest.fixture
def served(fake: Fake, call: Runs, configure: Configure) -> Runs:
    """A line about a cluster that holds the example, by a context whose namespace is mm-vis."""
    objects = [dict(part.data) for part in scan(Source("x.yaml", EXAMPLE.read_bytes())).ours]
    for kind, plural in KINDS.items():
        mine = [one for one in objects if one["kind"] == kind]
        fake.answers[f"GET {API}/{plural}"] = (200, listed(mine))
        for space in ("mm-vis", "mm-aud"):
            there = [one for one in mine if one["metadata"]["namespace"] == space]  # type: ignore[index, call-overload]
            fake.answers[f"GET {API}/namespaces/{space}/{plural}"] = (200, listed(there))
    fake.answers["POST"] = (201, {"kind": "Run"})
    config = configure(fake.url, namespace="mm-vis")
    return lambda *arguments: call(*arguments, "--kubeconfig", config, "--now", NOW)


def listed(items: list[dict[str, object]]) -> dict[str, object]:
    return {"kind": "List", "items": items, "metadata": {}}


def test_state_is_that_of_the_contexts_namespace(served: Runs) -> None:
    rows = [line.split("   ") for line in served("state", "--no-headers").out.splitlines()]
    assert [[cell.strip() for cell in row][:4] for row in rows] == [
        ["mm-vis", "mm1", "Running", "48/48"],
        ["mm-vis", "mm2", "Running", "4/4"],
    ]
    assert served("state", "-A", "-o", "name").out.count("\n") == 5
    assert served("state", "-n", "mm-aud", "--no-headers").out.split()[2] == "Reserved"


def test_plan_tells_what_the_reservation_promises(served: Runs) -> None:
    lines = served("plan", "mm3", "-A").out.splitlines()
    assert "earliestStart: 2026-03-02T10:15Z" in lines
    assert "intendedSlice: domain=B (nodes b-02-b-09)" in lines
    assert "deficit: 60 GPUs in domain=B" in lines
    assert "remedies: shrink malleable (8), lottery (60)" in lines
    assert "slice: (nodes b-03-b-08)" in served("plan", "mm1").out.splitlines()


def test_leases_and_budgets(served: Runs) -> None:
    assert served("leases", "ra1", "-A", "--no-headers").out.count("Shared") == 1
    usage = {line.split()[0]: line.split()[2:] for line in served("budgets", "usage", "-A").out.splitlines()}
    assert usage["rai/rai/march"] == ["8", "8", "0", "8", "0", "0", "8", "-", "-", "none"]


def test_why_is_known_to_whoever_planned(served: Runs) -> None:
    done = served("explain", "mm1")
    assert done.code == 1
    assert "jobtree explain" in done.err


def test_watch_once(served: Runs) -> None:
    assert served("watch", "mm1", "--once").out.count("\n") == 2


def test_a_server_may_be_asked_without_storing_anything(
    served: Runs, call: Runs, fake: Fake, tmp_path: Path, state: Path
) -> None:
    path = submitted(tmp_path, "probe", namespace="rai-sys", owner="org:ai:rai:sys")
    done = served("submit", "-f", path, "--dry-run=server")
    assert (done.code, done.out) == (0, "run.rq.davidlangworthy.io/probe created (server dry run)\n")
    assert [line for line in fake.asked if line.startswith("POST") and "dryRun=All" not in line] == []
    offline = call("submit", "-f", path, "--dry-run=server", "--state", state)
    assert (offline.code, "only a cluster" in offline.err) == (64, True)


def test_a_run_may_be_of_another_namespace_than_the_contexts(served: Runs, fake: Fake, tmp_path: Path) -> None:
    """Only -n is a demand on the file."""
    path = submitted(tmp_path, "probe", namespace="rai-sys", owner="org:ai:rai:sys")
    done = served("submit", "-f", path)
    assert (done.code, done.out) == (0, "run.rq.davidlangworthy.io/probe created\n")
    assert any(line.startswith(f"POST {API}/namespaces/rai-sys/runs") for line in fake.asked)
    assert "JT786" in served("submit", "-f", path, "-n", "mm-vis").err


def test_what_runs_is_changed_in_git(served: Runs) -> None:
    done = served("shrink", "mm1", "--by", "8")
    assert done.code == 1
    assert "JT795" in done.err
    assert "--repo DIR" in done.err


def test_a_cluster_that_does_not_answer(call: Runs, configure: Configure) -> None:
    done = call("state", "--kubeconfig", configure("http://127.0.0.1:1", namespace="a"))
    assert done.code == 1
    assert "JT794" in done.err
