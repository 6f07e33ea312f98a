"""A fleet in which every field of every kind is set to something else than its default."""

from typing import Any

API = "rq.davidlangworthy.io/v1"
FLAVOR = "H100-80GB"
START, END, CREATED = "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", "2026-03-02T08:00:00Z"


def document(kind: str, metadata: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": API, "kind": kind, "metadata": metadata, "spec": spec}


def placed(name: str, **more: str) -> dict[str, Any]:
    return {"name": name, "namespace": "a", **more}


RUN_PARTS: dict[str, Any] = {
    "resources": {"gpuType": FLAVOR, "totalGPUs": 16, "gpusPerPod": 4},
    "locality": {"groupGPUs": 8, "allowCrossGroupSpread": False, "selector": {"region": "west"}},
    "runtime": {"duration": "2h", "checkpoint": "10m", "deadline": END},
    "malleable": {"minTotalGPUs": 8, "maxTotalGPUs": 32, "stepGPUs": 8, "desiredTotalGPUs": 24},
    "spares": 1,
    "funding": {"allowBorrow": True, "maxBorrowGPUs": 8, "sponsors": ["org:b"], "allowOpportunistic": True},
    "onUpstreamFailure": "fail",
    "upstreamFailureGrace": "10m",
    "template": {"spec": {"containers": [{"name": "workload"}]}},
}
PLAIN: dict[str, Any] = {"resources": {"gpuType": FLAVOR, "totalGPUs": 8}}

ENVELOPE: dict[str, Any] = {
    "name": "e",
    "flavor": FLAVOR,
    "selector": {"region": "west"},
    "concurrency": 16,
    "maxGPUHours": 100,
    "start": START,
    "end": END,
    "preActivation": {"allowReservations": False, "allowAdmission": True},
    "sharing": "none",
    "lending": {"allow": True, "to": ["org:b"], "maxConcurrency": 8, "maxGPUHours": 50},
}
CAPS: list[dict[str, Any]] = [
    {"name": "c", "flavor": FLAVOR, "envelopes": ["e"], "maxConcurrency": 8, "maxGPUHours": 80},
    {"name": "s", "flavor": FLAVOR, "subtree": True, "maxConcurrency": 8},
]
TREE: dict[str, Any] = {
    "owner": "org:a",
    "quota": {"maxGPUs": 64, "maxGPUHours": 500},
    "runs": [
        {"name": "one", "spec": RUN_PARTS},
        {"name": "two", "after": ["one"], "spec": PLAIN},
        {"name": "ref", "runRef": "joins"},
        {"name": "three", "with": ["ref"], "spec": PLAIN},
    ],
    "trees": [
        {
            "name": "deep",
            "after": ["one"],
            "with": ["beside"],
            "quota": {"maxGPUs": 16, "maxGPUHours": 200},
            "runs": [{"name": "in", "spec": PLAIN}],
            "trees": [{"name": "deeper", "runs": [{"name": "in", "spec": PLAIN}]}],
        },
        {"name": "beside", "runs": [{"name": "in", "spec": PLAIN}]},
    ],
}
FLEET: dict[str, Any] = {
    "clusters": ["gpu-a"],
    "owners": [
        {"name": "org:a", "namespaces": ["a"], "paths": ["*.yaml"], "approvers": ["@a"]},
        {"name": "org:b"},
    ],
    "planning": {
        "horizon": "7d",
        "accountingPeriod": "12h",
        "defaults": {"duration": "5h", "checkpoint": "1h"},
        "coverOrder": "location",
        "activation": {"lead": "5m", "protection": "1h"},
        "spareRate": "0.5",
        "gpuResource": "example.com/gpu",
    },
    "lottery": {"entropy": "file", "file": "round.json"},
    "solver": {"name": "highs", "effort": "quick"},
    "policies": {"bundles": ["shipped"]},
    "output": {"dir": "out"},
}
POLICY: dict[str, Any] = {
    "rules": [
        {
            "name": "share",
            "match": {},
            "severity": "warning",
            "rule": {"type": "maxBorrowShare", "share": "0.5"},
            "message": "too much is borrowed",
        },
        {
            "name": "small",
            "match": {"kinds": ["Run"]},
            "expression": "object.spec.resources.totalGPUs < 64",
            "messageExpression": "object.metadata.name + ' is large'",
            "examples": [{"valid": True, "object": {"spec": {"resources": {"totalGPUs": 8}}}}],
        },
        {"name": "soon", "match": {"plan": True}, "expression": "object.waitSeconds < 60"},
        {"name": "kind", "match": {"diff": "runs"}, "expression": "!object.harm"},
    ],
    "waivers": [{"rule": "share", "object": "a/joins", "until": "2026-06-01", "reason": "later"}],
}
LABELS = {"region": "west", "cluster": "gpu-a", "fabric.domain": "A", "gpu.flavor": FLAVOR}

SAMPLE: dict[str, dict[str, Any]] = {
    "fleet": document("Fleet", {"name": "f"}, FLEET),
    "pool": document("NodePool", {"name": "p"}, {"count": 4, "gpusPerNode": 8, "labels": LABELS}),
    "policy": document("Policy", {"name": "house"}, POLICY),
    "budget": document(
        "Budget",
        placed("b"),
        {
            "owner": "org:a",
            "parents": ["org:b"],
            "envelopes": [ENVELOPE],
            "aggregateCaps": CAPS,
            "autoRenew": {"period": "30d", "notifyBefore": "72h"},
        },
    ),
    "run": document(
        "Run",
        placed("r", creationTimestamp=CREATED),
        {"owner": "org:a", **RUN_PARTS, "after": ["joins"], "with": ["also"]},
    ),
    "joins": document("Run", placed("joins"), {"owner": "org:a", **PLAIN}),
    "also": document("Run", placed("also"), {"owner": "org:a", **PLAIN}),
    "tree": document("JobTree", placed("t", creationTimestamp=CREATED), TREE),
}
