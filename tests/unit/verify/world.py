"""A small fleet and a right plan for it, made by hand: the checker must find nothing wrong with it.

Two islands in the west (A and B), one in the east (C), an island of another flavor (D). The family org:ai has the
children rai and mm; org:lab lends; org:ops is a stranger with the history: a run that is over and one that still runs.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.unit.verify.chain import chained, closed, closure, head_of
from tests.unit.verify.publish import API, input_files, leases, manifests, publish, restated

Json = dict[str, Any]
H100, A100 = "H100-80GB", "A100-40GB"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MONTH = {"start": "2026-03-01T00:00:00Z", "end": "2026-04-01T00:00:00Z"}
WEST = {"region": "west"}
FABRICS = {"a": "A", "b": "B", "c": "C", "d": "D"}


def at(hours: float = 0, seconds: int = 0) -> str:
    return (NOW + timedelta(hours=hours, seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class World:
    """Documents by path, and the value of plan.json.

    ``past`` are closed Lease objects of earlier plans, ``closing`` those of this one; ``earlier`` are the decisions
    that the tree before was made of, None where it is not known.
    """

    documents: dict[str, list[Json]]
    plan: Json
    past: list[Json] = field(default_factory=list)
    closing: list[Json] = field(default_factory=list)
    earlier: list[Json] | None = None

    def copy(self) -> "World":
        return copy.deepcopy(self)

    def files(self) -> tuple[dict[str, bytes], dict[str, bytes]]:
        """Inputs and tree, with everything stated anew that follows from the decisions."""
        inputs = input_files(self.documents)
        return inputs, self.tree(inputs, self.stated(inputs))

    def stated(self, inputs: dict[str, bytes]) -> Json:
        """plan.json with all that follows from the decisions."""
        found = [closure(lease) for lease in self.closing]
        found.sort(key=lambda one: (one["time"], one["run"].split("/"), one["group"], one["role"], one["rank"]))
        return restated(inputs, self.plan | {"closures": found}, self.ledger())

    def tree(self, inputs: dict[str, bytes], plan: Json) -> dict[str, bytes]:
        """The tree of a plan with the ledger of this world."""
        before = chained(("2026-02", {"lease": lease}) for lease in self.past)
        return publish(inputs, plan, (head_of(before), head_of(self.ledger())))

    def ledger(self) -> dict[str, bytes]:
        """The ledger with the lines of this plan."""
        lines = [("2026-02", {"lease": lease}) for lease in self.past]
        lines += [("2026-03", {"lease": lease}) for lease in self.closing]
        return chained([*lines, *(("2026-03", {"lottery": one}) for one in self.plan["lottery"])])

    def previous(self) -> dict[str, bytes] | None:
        """The tree before, as far as it matters: its manifests."""
        return None if self.earlier is None else manifests(self.earlier)

    def run(self, name: str) -> Json:
        return next(run for run in self.plan["runs"] if run["run"] == name)

    def pods(self, name: str) -> list[Json]:
        return [pod for group in self.run(name)["groups"] for pod in group["pods"]]

    def spec(self, kind: str, name: str) -> Json:
        found: Json = next(
            document["spec"]
            for documents in self.documents.values()
            for document in documents
            if document["kind"] == kind and document["metadata"]["name"] == name
        )
        return found

    def envelope(self, budget: str, name: str) -> Json:
        found: Json = next(item for item in self.spec("Budget", budget)["envelopes"] if item["name"] == name)
        return found


def document(kind: str, name: str, spec: Json, namespace: str | None = None) -> Json:
    metadata: Json = {"name": name} | ({"namespace": namespace} if namespace else {})
    if kind in ("Run", "JobTree"):
        metadata["creationTimestamp"] = "2026-03-02T08:00:00Z"
    return {"apiVersion": API, "kind": kind, "metadata": metadata, "spec": spec}


def pool(name: str, count: int, region: str, cluster: str, flavor: str = H100) -> Json:
    labels = {"region": region, "cluster": cluster, "fabric.domain": FABRICS[name], "gpu.flavor": flavor}
    return document("NodePool", name, {"count": count, "gpusPerNode": 8, "labels": labels})


def node(name: str) -> Json:
    labels = {"region": "west", "cluster": "gpu-w", "fabric.domain": "A", "gpu.flavor": H100}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"unschedulable": True},
        "status": {"allocatable": {"nvidia.com/gpu": "8"}, "conditions": [{"type": "Ready", "status": "True"}]},
    }


def envelope(name: str, concurrency: int, **more: Any) -> Json:
    return {"name": name, "flavor": H100, "selector": dict(WEST), "concurrency": concurrency, **MONTH, **more}


def budgets() -> Iterator[Json]:
    caps = [
        {"name": "family", "flavor": H100, "subtree": True, "maxConcurrency": 60, "maxGPUHours": 1200},
    ]
    yield document(
        "Budget", "org-ai", {"owner": "org:ai", "envelopes": [envelope("west", 16)], "aggregateCaps": caps}, "org-ai"
    )
    yield document(
        "Budget",
        "rai",
        {
            "owner": "org:ai:rai",
            "parents": ["org:ai"],
            "envelopes": [
                envelope("now", 52, end=at(24)),
                envelope("next", 40, start=at(24), maxGPUHours=400),
            ],
        },
        "rai",
    )
    yield document(
        "Budget",
        "mm",
        {
            "owner": "org:ai:mm",
            "parents": ["org:ai"],
            "envelopes": [
                envelope("west", 24),
                envelope("private", 8, sharing="none"),
                envelope("later", 24, start=at(1), preActivation={"allowReservations": True, "allowAdmission": False}),
            ],
        },
        "mm",
    )
    lending = {"allow": True, "to": ["org:ai:*"], "maxConcurrency": 8, "maxGPUHours": 8}
    yield document("Budget", "lab", {"owner": "org:lab", "envelopes": [envelope("west", 24, lending=lending)]}, "lab")
    east = {"selector": {"region": "east", "cluster": "*"}}
    yield document(
        "Budget",
        "ops",
        {
            "owner": "org:ops",
            "envelopes": [
                envelope("east", 24, **east),
                envelope("hours", 1, maxGPUHours=2, **east),
                envelope("a100", 8) | {"flavor": A100},
            ],
            "aggregateCaps": [
                {"name": "both", "flavor": H100, "envelopes": ["east", "lab/lab/west"], "maxConcurrency": 32}
            ],
        },
        "ops",
    )


def run(owner: str, total: int, hours: float = 1, flavor: str = H100, **more: Any) -> Json:
    resources = {"gpuType": flavor, "totalGPUs": total, **more.pop("resources", {})}
    runtime = {"duration": f"{int(hours * 3600)}s", **more.pop("runtime", {})}
    return {"owner": owner, "resources": resources, "runtime": runtime, **more}


def runs() -> dict[str, list[Json]]:
    rai, mm, ops = "org:ai:rai", "org:ai:mm", "org:ops"
    half = {"resources": {"gpusPerPod": 4}}
    train = run(
        rai,
        24,
        36,
        resources={"gpusPerPod": 4},
        locality={"groupGPUs": 8, "selector": {"region": "west"}},
        malleable={"minTotalGPUs": 16, "maxTotalGPUs": 32, "stepGPUs": 8},
        spares=1,
        runtime={"deadline": at(40)},
    )
    borrow = run(rai, 8, 1, funding={"allowBorrow": True, "sponsors": ["org:lab"], "maxBorrowGPUs": 8})
    tree = {
        "owner": rai,
        "quota": {"maxGPUs": 8, "maxGPUHours": 16},
        "runs": [
            {"name": "prep", "spec": {key: value for key, value in run(rai, 8).items() if key != "owner"}},
            {
                "name": "train",
                "after": ["prep"],
                "spec": {"resources": {"gpuType": H100, "totalGPUs": 8}, "runtime": {"duration": "1h"}},
            },
        ],
    }
    return {
        "runs/rai/all.yaml": [
            document("Run", "train", train, "rai"),
            document("Run", "borrow", borrow, "rai"),
            document("JobTree", "weekly", tree, "rai"),
        ],
        "runs/mm/all.yaml": [
            document("Run", "serve", run(mm, 8, 2, **half, locality={"allowCrossGroupSpread": False}), "mm"),
            document("Run", "eval", run(mm, 4, 2, after=["serve"]), "mm"),
            document("Run", "left", run(mm, 4, 4, **half, **{"with": ["right"]}), "mm"),
            document("Run", "right", run(mm, 4, 4, **half), "mm"),
        ],
        "runs/ops/all.yaml": [
            document("Run", "east", run(ops, 16, 12), "ops"),
            document("Run", "done", run(ops, 8, 2), "ops"),
            document("Run", "old", run(ops, 8, 2), "ops"),
            document("Run", "probe", run(ops, 1), "ops"),
            document("Run", "probe2", run(ops, 1), "ops"),
            document("Run", "big", run(ops, 64), "ops"),
            document("Run", "big-next", run(ops, 1, after=["big"]), "ops"),
        ],
    }


def fleet() -> Json:
    owners = [
        {"name": "org:ai"},
        {"name": "org:ai:rai", "namespaces": ["rai"], "paths": ["runs/rai/**", "budgets.yaml"]},
        {"name": "org:ai:mm", "namespaces": ["mm"]},
        {"name": "org:lab", "namespaces": ["lab"]},
        {"name": "org:ops", "namespaces": ["ops"], "paths": ["runs/ops/*.yaml", "*.yaml"]},
    ]
    return document("Fleet", "acme", {"owners": owners, "planning": {"horizon": "7d", "spareRate": "0.25"}})


def domain(name: str) -> Json:
    region, cluster = ("east", "gpu-e") if name.startswith("c") else ("west", "gpu-w")
    return {"region": region, "cluster": cluster, "fabric": FABRICS[name[0]]}


def pod(rank: int, slots: str, payer: str, role: str = "Active", renewals: tuple[tuple[str, str], ...] = ()) -> Json:
    """``a-01#0-3`` are four slots of a node."""
    name, _, bounds = slots.partition("#")
    first, _, last = bounds.partition("-")
    return {
        "rank": rank,
        "node": name,
        "slots": list(range(int(first), int(last or first) + 1)),
        "role": role,
        "payer": payer,
        "renewals": [{"at": when, "payer": other} for when, other in renewals],
    }


def group(index: int, *pods: Json) -> Json:
    return {"index": index, "domain": domain(pods[0]["node"]), "pods": list(pods)}


def decision(name: str, owner: str, kind: str, start: float, hours: float, *groups: Json) -> Json:
    active = [one for item in groups for one in item["pods"] if one["role"] != "Spare"]
    forecast = {
        "deficit": [],
        "remedies": [],
        "conflictSet": [],
        "cutProbability": {},
        "naturalStart": at(start),
        "confidence": "firm",
        "lottery": None,
    }
    return {
        "run": name,
        "owner": owner,
        "decision": kind,
        "at": at(start),
        "waitSeconds": 0,
        "expectedEnd": at(start + hours),
        "width": None if kind == "finished" else sum(len(one["slots"]) for one in active),
        "groups": list(groups),
        "payers": [],
        "reason": {"code": "JT510", "message": "as planned", "facts": {}},
        "forecast": forecast if kind == "reserve" else None,
    }


def refusal(name: str, owner: str, code: str) -> Json:
    return decision(name, owner, "refuse", 0, 0) | {
        "at": None,
        "expectedEnd": None,
        "width": None,
        "waitSeconds": None,
        "reason": {"code": code, "message": "it never fits", "facts": {}},
    }


def decisions() -> Iterator[Json]:
    rai, mm, ops = "org:ai:rai", "org:ai:mm", "org:ops"
    mm_west, east, renewed = "mm/mm/west", "ops/ops/east", ((at(24), "rai/rai/next"),)
    now = "rai/rai/now"
    yield decision("mm/eval", mm, "reserve", 2, 2, group(0, pod(0, "b-03#0-3", mm_west)))
    yield decision("mm/left", mm, "reserve", 2, 4, group(0, pod(0, "a-04#0-3", "mm/mm/later")))
    yield decision("mm/right", mm, "reserve", 2, 4, group(0, pod(0, "a-04#4-7", mm_west)))
    parent = "org-ai/org-ai/west"
    yield decision("mm/serve", mm, "start", 0, 2, group(0, pod(0, "b-02#4-7", parent), pod(1, "b-03#0-3", mm_west)))
    yield refusal("ops/big", ops, "JT501")
    yield refusal("ops/big-next", ops, "JT504")
    yield decision("ops/done", ops, "finished", -10, 2)
    yield decision("ops/east", ops, "start", 0, 12, group(0, pod(0, "c-01#0-7", east), pod(1, "c-02#0-7", east)))
    yield decision("ops/old", ops, "running", -1, 2, group(0, pod(0, "c-03#0-7", east)))
    yield decision("ops/probe", ops, "start", 0, 1, group(0, pod(0, "c-04#0", "ops/ops/hours")))
    yield decision("ops/probe2", ops, "reserve", 1, 1, group(0, pod(0, "c-04#1", "ops/ops/hours")))
    yield decision("rai/borrow", rai, "start", 0, 1, group(0, pod(0, "b-04#0-7", "lab/lab/west")))
    yield decision(
        "rai/train",
        rai,
        "start",
        0,
        36,
        group(
            0,
            pod(0, "a-01#0-3", now, renewals=renewed),
            pod(1, "a-01#4-7", now, renewals=renewed),
            pod(0, "a-02#0-3", now, "Spare", renewed),
        ),
        group(
            1,
            pod(0, "a-03#0-3", now, renewals=renewed),
            pod(1, "a-03#4-7", now, renewals=renewed),
            pod(0, "a-02#4-7", now, "Spare", renewed),
        ),
        group(
            2,
            pod(0, "b-01#0-3", now, renewals=renewed),
            pod(1, "b-01#4-7", now, renewals=renewed),
            pod(0, "b-02#0-3", now, "Spare", renewed),
        ),
    )
    yield decision("rai/weekly-prep", rai, "start", 0, 1, group(0, pod(0, "a-04#0-7", now)))
    yield decision("rai/weekly-train", rai, "reserve", 1, 1, group(0, pod(0, "a-04#0-7", now)))


def plan_of(runs: list[Json]) -> Json:
    """plan.json of these decisions, before anything is stated that follows from them."""
    return {
        "formatVersion": 1,
        "asOf": at(),
        "inputDigest": "",
        "horizon": {"start": at(), "end": at(24 * 7)},
        "proof": {"status": "proven", "solver": {"name": "cbc", "version": "2.10.3", "limits": {}}, "levels": []},
        "runs": runs,
        "cuts": [],
        "lottery": [],
        "closures": [],
        "observed": {"digest": None, "runs": [], "nodes": []},
        "envelopes": [],
        "diagnostics": [],
    }


def honest() -> World:
    """A fleet whose plan breaks no invariant."""
    documents = {
        "fleet.yaml": [fleet()],
        "topology.yaml": [
            pool("a", 4, "west", "gpu-w"),
            pool("b", 5, "west", "gpu-w"),
            pool("c", 5, "east", "gpu-e"),
            pool("d", 1, "west", "gpu-w", A100),
            {"apiVersion": "v1", "kind": "List", "items": [node("a-cordoned")]},
        ],
        "budgets.yaml": list(budgets()),
        **runs(),
    }
    done = decision("ops/done", "org:ops", "running", -10, 2, group(0, pod(0, "c-01#0-7", "ops/ops/east")))
    past = [closed(lease, at(-8), "Completed") for lease in leases(done)]
    return World(documents, plan_of(list(decisions())), past)
