"""Good and bad objects: changes of a sample document, and what a server says of them."""

from typing import Any

from tests.kube.objects import GONE
from tests.unit.load.sample import ENVELOPE, PLAIN, RUN_PARTS, SAMPLE, START

Changes = dict[str, Any]

LEAF = {"name": "leaf", "spec": PLAIN}
MARCH_HOURS = 31 * 24

BROKEN_RULES: list[tuple[str, Changes, str]] = [
    ("budget", {"spec.envelopes.0.end": START}, "end must be after start"),
    ("budget", {"spec.envelopes.0.maxGPUHours": 16 * MARCH_HOURS + 1}, "maxGPUHours must be at most concurrency"),
    ("budget", {"spec.aggregateCaps.0.subtree": True}, "give exactly one of envelopes and subtree"),
    ("budget", {"spec.aggregateCaps.0.envelopes": GONE}, "give exactly one of envelopes and subtree"),
    ("run", {"spec.malleable.minTotalGPUs": 24}, "minTotalGPUs <= totalGPUs <= maxTotalGPUs"),
    ("run", {"spec.malleable.maxTotalGPUs": 8}, "minTotalGPUs <= totalGPUs <= maxTotalGPUs"),
    ("run", {"spec.malleable.minTotalGPUs": 12}, "totalGPUs must be minTotalGPUs plus whole steps"),
    ("run", {"spec.malleable.desiredTotalGPUs": 8}, "totalGPUs <= desiredTotalGPUs <= maxTotalGPUs"),
    ("run", {"spec.malleable.desiredTotalGPUs": 40}, "totalGPUs <= desiredTotalGPUs <= maxTotalGPUs"),
    ("run", {"spec.resources.gpusPerPod": 5}, "totalGPUs must be a multiple of gpusPerPod"),
    ("run", {"spec.locality.groupGPUs": 16}, "stepGPUs must be a whole number of groups"),
    ("tree", {"spec.runs.1.runRef": "joins"}, "give exactly one of spec and runRef"),
    ("tree", {"spec.runs.2.runRef": GONE}, "give exactly one of spec and runRef"),
    ("tree", {"spec.trees.0.runs.0.runRef": "joins"}, "give exactly one of spec and runRef"),
    ("tree", {"spec.runs.0.spec.malleable.minTotalGPUs": 12}, "totalGPUs must be minTotalGPUs plus whole steps"),
    ("tree", {"spec.trees.0.runs.0.spec.resources.gpusPerPod": 5}, "totalGPUs must be a multiple of gpusPerPod"),
    ("lease", {"spec.interval.expectedEnd": "2026-03-02T09:00:00Z"}, "expectedEnd must be after start"),
    ("reservation", {"spec.expectedEnd": "2026-03-02T14:05:00Z"}, "expectedEnd must be after earliestStart"),
]
TRANSITIONS = (
    "a Lease is a fact: its spec never changes",
    "a Reservation is a promise: its spec never changes",
    "a closed Lease stays as it was closed",
    "a closed Lease says when and why it ended",
    "a Lease's closure is never taken back",
)

BROKEN_SHAPES: list[tuple[str, Changes, str]] = [
    *((name, {"spec.surprise": 1}, 'unknown field "spec.surprise"') for name in (*SAMPLE, "lease", "reservation")),
    ("budget", {"spec.envelopes.0.concurency": 8}, 'unknown field "spec.envelopes[0].concurency"'),
    ("budget", {"metadata.label": {}}, 'unknown field "metadata.label"'),
    ("tree", {"spec.trees.0.trees.0.runs.0.specs": {}}, 'unknown field "spec.trees[0].trees[0].runs[0].specs"'),
    ("run", {"spec": GONE}, "spec: Required value"),
    ("run", {"spec.resources.gpuType": GONE}, "spec.resources.gpuType: Required value"),
    ("run", {"spec.resources.totalGPUs": "16"}, 'spec.resources.totalGPUs: Invalid value: "string"'),
    ("run", {"spec.resources.totalGPUs": 0}, "should be greater than or equal to 1"),
    ("run", {"spec.spares": 65}, "should be less than or equal to 64"),
    ("run", {"spec.runtime.duration": "soon"}, "spec.runtime.duration in body should match"),
    ("run", {"spec.runtime.deadline": "tomorrow"}, "spec.runtime.deadline in body must be of type date-time"),
    ("run", {"spec.onUpstreamFailure": "panic"}, 'supported values: "wait", "fail"'),
    ("run", {"spec.after": ["joins", "joins"]}, 'spec.after[1]: Duplicate value: "joins"'),
    ("run", {"spec.owner": "org::a"}, "spec.owner in body should match"),
    ("run", {"spec.owner": None}, "spec.owner: Required value"),
    ("budget", {"spec.envelopes.0.selector": {}}, "should have at least 1 properties"),
    ("budget", {"spec.envelopes.0.selector": {"region": 1}}, 'selector.region: Invalid value: "integer"'),
    ("run", {"spec.locality.selector": {f"l{i}": "*" for i in range(17)}}, "must have at most 16 items"),
    ("pool", {"spec.labels.region": "us west"}, "spec.labels.region in body should match"),
    ("budget", {"spec.envelopes": [ENVELOPE] * 2}, "spec.envelopes[1]: Duplicate value"),
    ("budget", {"spec.aggregateCaps.0.envelopes": ["a/b"]}, "spec.aggregateCaps[0].envelopes[0] in body should match"),
    ("lease", {"spec.paidBy": GONE}, "spec.paidBy: Required value"),
    ("lease", {"spec.slice.slots": []}, "should have at least 1 items"),
    ("lease", {"spec.slice.slots": [0, 0]}, "spec.slice.slots[1]: Duplicate value: 0"),
    ("lease", {"spec.role": "Idle"}, 'Unsupported value: "Idle"'),
]  # fmt: skip

FITTING: list[tuple[str, Changes]] = [
    *((name, {}) for name in SAMPLE if name != "fleet"),
    ("budget", {"spec.envelopes.0.maxGPUHours": 16 * MARCH_HOURS}),
    ("budget", {"spec.envelopes.0.start": GONE}),
    ("budget", {"spec.envelopes.0.end": GONE, "spec.envelopes.0.maxGPUHours": GONE}),
    ("budget", {"spec.envelopes.0.selector": {"example.com/rack": "*"}}),
    ("budget", {"spec.envelopes": []}),
    ("run", {"spec.malleable": GONE}),
    ("run", {"spec.malleable.desiredTotalGPUs": GONE}),
    ("run", {"spec.template.spec.anything": {"goes": [1, "here"]}}),
    ("tree", {"spec.trees.0.trees.0.trees": [{"name": "3", "trees": [{"name": "4", "runs": [LEAF]}]}]}),
    ("tree", {"spec.trees": [], "spec.runs": [{"name": f"r{i}", "spec": RUN_PARTS} for i in range(256)]}),
    ("pool", {"spec.labels.note": ""}),
    ("lease", {"spec.paidBy": None}),
    ("lease", {"spec.interval.start": "2026-03-02T10:00:00+02:00"}),
]  # fmt: skip
