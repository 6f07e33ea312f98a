"""Leases and promises are read back from the output tree."""

from jobtree.base.identity import EnvelopeKey, Key
from jobtree.load.history import read_history
from jobtree.load.source import Source

LEASES = """apiVersion: rq.davidlangworthy.io/v1
kind: Lease
metadata: {name: r-0-s0-0123456789, namespace: a, labels: {rq.davidlangworthy.io/run: r}}
spec:
  owner: org:a
  runRef: {namespace: a, name: r}
  group: 0
  rank: 0
  role: Spare
  slice: {node: u-02, slots: [0, 1]}
  paidBy: null
  interval: {start: "2026-03-02T00:00:00Z", expectedEnd: "2026-03-03T00:00:00Z"}
  reason: Start
---
apiVersion: rq.davidlangworthy.io/v1
kind: Lease
metadata: {name: r-0-0-0123456789, namespace: a}
spec:
  owner: org:a
  runRef: {namespace: a, name: r}
  group: 0
  rank: 0
  role: Active
  slice: {node: u-01, slots: [0, 1]}
  paidBy: {namespace: a, budget: main, envelope: e, owner: "org:a"}
  interval: {start: "2026-03-02T00:00:00Z", expectedEnd: "2026-03-03T00:00:00Z"}
  reason: Start
"""
RESERVATION = """apiVersion: rq.davidlangworthy.io/v1
kind: Reservation
metadata: {name: q-0123456789, namespace: a}
spec:
  owner: org:a
  runRef: {namespace: a, name: q}
  width: 4
  earliestStart: "2026-03-02T00:00:00Z"
  expectedEnd: "2026-03-03T00:00:00Z"
  intendedSlice:
    - {group: 0, domain: {region: west, cluster: gpu-a, fabric: A}, nodes: [u-02, u-01]}
  payers: [{namespace: a, budget: main, envelope: e, owner: "org:a", gpus: 4}]
  forecast: {deficit: [], naturalStart: "2026-03-02T00:00:00Z", confidence: firm}
"""


def test_leases_are_sorted_and_promises_read() -> None:
    history, findings = read_history(
        [
            Source("gpu-a/a/reservations/q.yaml", RESERVATION.encode()),
            Source("gpu-a/a/leases/r.yaml", LEASES.encode()),
            Source("gpu-a/kustomization.yaml", b"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"),
            Source("plan.json", b'{"formatVersion": 1}'),
        ]
    )
    assert findings == ()
    assert [(lease.role.value, lease.node) for lease in history.leases] == [("Active", "u-01"), ("Spare", "u-02")]
    payer = history.leases[0].payer
    assert payer is not None
    assert payer.envelope == EnvelopeKey("a", "main", "e")
    assert history.leases[1].payer is None
    promise = history.promises[0]
    assert (promise.run, promise.width, promise.nodes) == (Key("a", "q"), 4, ("u-01", "u-02"))


def test_an_empty_tree_is_an_empty_history() -> None:
    history, findings = read_history([])
    assert (history.leases, history.promises, findings) == ((), (), ())


def test_a_copied_lease_is_a_duplicate() -> None:
    _, findings = read_history([Source("a.yaml", LEASES.encode()), Source("b.yaml", LEASES.encode())])
    assert [finding.code for finding in findings] == ["JT303", "JT303"]
