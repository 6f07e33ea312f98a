import hashlib
import json
from dataclasses import replace

from jobtree.emit.manifests import lease_object, payers_at, reservation_object
from jobtree.model.lease import LeaseReason, Role
from jobtree.model.plan import Reserve, Start
from jobtree.plan.carry import leases_of
from tests.unit.emit.sample import LENT, NOW, OWN, at, plan

BEGIN, LATER, OLD, ON, RENEWS, SHORT = plan().runs


def digest(spec: object) -> str:
    text = json.dumps(spec, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def test_a_lease_for_each_pod_and_term() -> None:
    assert isinstance(BEGIN.decision, Start)
    leases = leases_of(BEGIN.run, BEGIN.owner, BEGIN.decision.placement)
    assert [(lease.role, lease.rank, lease.slots, lease.payer) for lease in leases] == [
        (Role.ACTIVE, 0, (0, 1), OWN),
        (Role.ACTIVE, 1, (2, 3), LENT),
        (Role.SPARE, 0, (4, 5), OWN),
    ]
    assert isinstance(RENEWS.decision, Start)
    terms = leases_of(RENEWS.run, RENEWS.owner, RENEWS.decision.placement)
    assert [(lease.reason, lease.interval.start, lease.payer) for lease in terms] == [
        (LeaseReason.START, NOW, OWN),
        (LeaseReason.RENEW, at(2), LENT),
    ]


def test_a_lease_object() -> None:
    assert isinstance(BEGIN.decision, Start)
    _, _, spare = leases_of(BEGIN.run, BEGIN.owner, BEGIN.decision.placement)
    found = lease_object(spare)
    spec = {
        "owner": "org:a",
        "runRef": {"namespace": "team-a", "name": "begin"},
        "group": 0,
        "rank": 0,
        "role": "Spare",
        "slice": {"node": "n1", "slots": [4, 5]},
        "paidBy": {"namespace": "team-a", "budget": "main", "envelope": "west", "owner": "org:a"},
        "interval": {"start": "2026-03-02T09:00:00Z", "expectedEnd": "2026-03-02T13:00:00Z"},
        "reason": "Start",
    }
    labels = {
        "rq.davidlangworthy.io/run": "begin",
        "rq.davidlangworthy.io/group": "0",
        "rq.davidlangworthy.io/role": "Spare",
    }
    assert found == {
        "apiVersion": "rq.davidlangworthy.io/v1",
        "kind": "Lease",
        "metadata": {"name": f"begin-0-s0-{digest(spec)}", "namespace": "team-a", "labels": labels},
        "spec": spec,
    }
    assert list(found["spec"]) == list(spec)  # type: ignore[call-overload]


def test_an_unfunded_lease_says_null() -> None:
    lease = replace(leases_of(BEGIN.run, BEGIN.owner, BEGIN.decision.placement)[0], payer=None)  # type: ignore[union-attr]
    assert lease_object(lease)["spec"]["paidBy"] is None  # type: ignore[index]


def test_a_long_name_is_cut_and_stays_unique() -> None:
    first, second, _ = leases_of(BEGIN.run, BEGIN.owner, BEGIN.decision.placement)  # type: ignore[union-attr]
    long = replace(first.run, name="r" * 63)
    names = [lease_object(replace(lease, run=long))["metadata"]["name"] for lease in (first, second)]  # type: ignore[index]
    assert [len(name) for name in names] == [63, 63]
    assert names[0] != names[1]
    assert names[0].startswith("r" * 48 + "-0-0-")


def test_a_reservation_object() -> None:
    assert isinstance(LATER.decision, Reserve)
    found = reservation_object(LATER, LATER.decision)
    domain = {"region": "us-west", "cluster": "gpu-a", "fabric": "A"}
    payer = {"namespace": "team-a", "budget": "main", "envelope": "west", "owner": "org:a", "gpus": 2}
    assert found["spec"] == {
        "owner": "org:a",
        "runRef": {"namespace": "team-a", "name": "later"},
        "width": 2,
        "earliestStart": "2026-03-02T12:00:00Z",
        "expectedEnd": "2026-03-02T14:00:00Z",
        "intendedSlice": [{"group": 0, "domain": domain, "nodes": ["n2"]}],
        "payers": [payer],
        "forecast": {
            "deficit": [{"domain": domain, "gpus": 2}],
            "remedies": [],
            "conflictSet": [],
            "cutProbability": {},
            "naturalStart": "2026-03-02T12:00:00Z",
            "confidence": "firm",
            "lottery": None,
        },
    }
    assert found["metadata"]["name"] == f"later-{digest(found['spec'])}"  # type: ignore[index]


def test_payers_at_an_instant_count_spares_and_put_the_unfunded_last() -> None:
    assert isinstance(BEGIN.decision, Start)
    assert isinstance(RENEWS.decision, Start)
    shares = payers_at(BEGIN.decision.placement, NOW)
    assert [(share.payer, share.gpus) for share in shares] == [(OWN, 4), (LENT, 2)]
    renewed = payers_at(RENEWS.decision.placement, at(3))
    assert [(share.payer, share.gpus) for share in renewed] == [(LENT, 2)]
