"""Git to cluster, round after round: commit, diff, apply, wait; then what was observed, and the next commit.

Like its neighbours it runs against the server that JOBTREE_TEST_KUBECONFIG names, and is skipped where there is none.
"""

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobtree.base.identity import Key
from jobtree.base.instant import parse_instant
from jobtree.emit.manifests import lease_name
from jobtree.model.history import Phase
from jobtree.model.lease import ClosedLease, Closure, ClosureReason
from tests.kube.fleet_repository import FleetRepository
from tests.kube.server import Server
from tests.unit.delivery.health import DEPLOY, expressions, flux_health, run_lua, scripts

NINE, TEN = "2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z"
POLICIES = "validatingadmissionpolicies"


@pytest.fixture
def fleet(server: Server, tmp_path: Path) -> Iterator[FleetRepository]:
    """Compiled as of nine, committed and delivered, with its runs beside it."""
    folder = tmp_path / "fleet"
    folder.mkdir()
    found = FleetRepository(folder, server, f"fleet-{uuid.uuid4().hex[:8]}")
    found.begin()
    found.compile_and_commit(NINE)
    yield found
    found.end()


def delivered(fleet: FleetRepository) -> FleetRepository:
    inputs = [f"-f={fleet.folder / name}.yaml" for name in ("budgets", "runs")]
    fleet.server.kubectl("apply", "--server-side", "--field-manager=gitops", *inputs)
    fleet.apply()
    return fleet


def closed_at_ten(fleet: FleetRepository, run: Key) -> tuple[ClosedLease, ...]:
    closure = Closure(time=parse_instant(TEN), reason=ClosureReason.COMPLETED)
    return tuple(ClosedLease(lease=lease, closure=closure) for lease in fleet.leases() if lease.run == run)


def uids(fleet: FleetRepository) -> dict[str, str]:
    return {name: thing["metadata"]["uid"] for name, thing in fleet.live().items()}


def test_two_commits_reach_the_cluster_and_open_leases_stay_the_same_objects(
    fleet: FleetRepository, tmp_path: Path
) -> None:
    first = fleet.diff()
    assert "pretrain" in first
    delivered(fleet)
    assert fleet.diff() == ""
    before = uids(fleet)
    finetune, pretrain = (Key(fleet.namespace("nlp"), name) for name in ("finetune", "pretrain"))
    assert fleet.write_phase(pretrain) is Phase.RUNNING
    wait = ("--for=jsonpath={.status.phase}=Running", "--timeout=30s", "-n", pretrain.namespace)
    fleet.server.kubectl("wait", "run.rq.davidlangworthy.io/pretrain", *wait)

    past = closed_at_ten(fleet, finetune)
    for one in past:
        fleet.close(one)
    assert fleet.write_phase(finetune, past) is Phase.COMPLETED
    assert fleet.diff() == "", "a status is the cluster's: it is no difference"
    fleet.apply()
    assert uids(fleet) == before

    fleet.observe(tmp_path / "state.json")
    fleet.edit("budgets.yaml", "concurrency: 24 ", "concurrency: 32 ")
    fleet.compile_and_commit(TEN, "--state", str(tmp_path / "state.json"))
    assert "weekly-train" in fleet.diff()
    fleet.apply()
    gone = [f"lease.rq.davidlangworthy.io/{lease_name(one.lease)}" for one in past]
    fleet.server.kubectl("wait", "--for=delete", "--timeout=30s", "-n", finetune.namespace, *gone)

    after = uids(fleet)
    names = {f"Lease {lease.run.namespace}/{lease_name(lease)}" for lease in fleet.leases()}
    assert {name for name in after if name.startswith("Lease ")} == names
    assert {f"Lease {finetune.namespace}/{lease_name(one.lease)}" for one in past} <= before.keys() - after.keys()
    stayed = before.keys() & after.keys()
    assert sum("/pretrain-" in name for name in stayed) == 3
    assert {name: after[name] for name in stayed} == {name: before[name] for name in stayed}
    begun = {name for name in after.keys() - before.keys() if "/weekly-train-" in name and name.startswith("Lease ")}
    assert len(begun) == 2
    assert not any("/weekly-train-" in name for name in after if name.startswith("Reservation "))
    assert fleet.diff() == ""


def test_health_checks_hold_for_what_the_server_stores(fleet: FleetRepository) -> None:
    """Also that it remembers who wrote a status, which the expressions of Flux rest on."""
    delivered(fleet)
    every = "budgets.rq.davidlangworthy.io,runs.rq.davidlangworthy.io,"
    for thing in fleet.live(every + "reservations.rq.davidlangworthy.io,leases.rq.davidlangworthy.io").values():
        assert run_lua(scripts()[thing["kind"]], thing)[0] == "Healthy"
        if thing["kind"] in expressions():
            assert flux_health(expressions()[thing["kind"]], thing) == "Current"
    closure = Closure(time=parse_instant(TEN), reason=ClosureReason.NODE_FAILURE)
    lost = ClosedLease(lease=fleet.leases()[0], closure=closure)
    fleet.close(lost)
    thing = fleet.live()[f"Lease {lost.lease.run.namespace}/{lease_name(lost.lease)}"]
    assert run_lua(scripts()["Lease"], thing) == ("Degraded", f"closed at {TEN}: NodeFailure")
    assert flux_health(expressions()["Lease"], thing) == "Failed"


def test_a_forced_replacement_is_another_lease(fleet: FleetRepository) -> None:
    """Why JT751 is an error, and that the comparison of uids above would see it."""
    delivered(fleet)
    before = uids(fleet)
    lease = fleet.leases()[0]
    name = f"Lease {lease.run.namespace}/{lease_name(lease)}"
    fleet.close(ClosedLease(lease=lease, closure=Closure(time=parse_instant(TEN), reason=ClosureReason.COMPLETED)))
    fleet.server.kubectl("replace", "--force", "-k", fleet.output)
    after = fleet.live()
    assert after.keys() == before.keys()
    assert after[name]["metadata"]["uid"] != before[name]
    assert "status" not in after[name]


def lose_most(fleet: FleetRepository) -> None:
    """A folder in which one file is left, as after a wrong branch or a bad merge."""
    path = Path(fleet.output) / "kustomization.yaml"
    lines = path.read_text().splitlines()
    resources = [index for index, line in enumerate(lines) if line.startswith("- ")]
    path.write_text("\n".join(lines[: resources[0] + 1]) + "\n")


def test_without_the_policy_a_wrong_folder_takes_open_leases(fleet: FleetRepository) -> None:
    """Why JT753 is an error."""
    delivered(fleet)
    before = uids(fleet)
    lose_most(fleet)
    fleet.apply()
    assert {name.split("/")[1].split("-")[0] for name in uids(fleet)} == {"finetune"}
    assert len(before) > 10


def test_with_the_policy_it_takes_none(fleet: FleetRepository) -> None:
    known = json.loads(fleet.server.kubectl("get", "--raw", "/apis/admissionregistration.k8s.io/v1"))["resources"]
    if POLICIES not in {one["name"] for one in known}:
        pytest.skip(f"the server has no {POLICIES}: it is older than Kubernetes 1.30")
    delivered(fleet)
    policy = str(DEPLOY / "admission" / "open-leases.yaml")
    fleet.server.kubectl("apply", "-f", policy)
    try:
        lease = fleet.leases()[0]
        where = ("leases.rq.davidlangworthy.io", lease_name(lease), "-n", lease.run.namespace)
        assert "the Lease is open" in refusal(fleet, where)
        before = {name: uid for name, uid in uids(fleet).items() if name.startswith("Lease ")}
        lose_most(fleet)
        with pytest.raises(AssertionError, match="the Lease is open"):
            fleet.apply()
        assert {name: uid for name, uid in uids(fleet).items() if name.startswith("Lease ")} == before
        fleet.close(ClosedLease(lease=lease, closure=Closure(time=parse_instant(TEN), reason=ClosureReason.COMPLETED)))
        fleet.server.kubectl("delete", *where)
    finally:
        fleet.server.kubectl("delete", "-f", policy)


def refusal(fleet: FleetRepository, where: tuple[str, ...]) -> str:
    """What the server says to a deletion, once it knows the policy: it takes a moment."""
    for _ in range(100):
        done = fleet.server.try_kubectl("delete", *where, "--dry-run=server")
        if done.returncode:
            return done.stderr
        time.sleep(0.1)
    return "nothing"
