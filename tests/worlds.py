"""Random small fleets as the YAML that users would write: what the laws of the whole compiler are tried on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Document = dict[str, Any]
API = "rq.davidlangworthy.io/v1"
NOW = "2026-03-02T09:00:00Z"
FLAVOR = "H100-80GB"
TEAMS = ("org:a", "org:b", "org:c")
WINDOW_STARTS = (None, "2026-03-01T00:00:00Z", "2026-03-02T12:00:00Z")
WINDOW_ENDS = (None, "2026-03-02T15:00:00Z", "2026-04-01T00:00:00Z")


@dataclass(frozen=True)
class World:
    """Documents by path. Every document is JSON, which is YAML; the order of paths means nothing."""

    documents: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def sources(self) -> dict[str, bytes]:
        return {
            path: "---\n".join(json.dumps(document) + "\n" for document in documents).encode()
            for path, documents in self.documents.items()
        }


def namespace(owner: str) -> str:
    return "ns-" + owner.replace(":", "-")


def document(kind: str, name: str, spec: dict[str, Any], space: str | None = None, **metadata: Any) -> dict[str, Any]:
    place = {"namespace": space} if space else {}
    return {"apiVersion": API, "kind": kind, "metadata": {"name": name, **place, **metadata}, "spec": spec}


def fleet(owners: tuple[str, ...], **planning: Any) -> dict[str, Any]:
    entries = [{"name": owner, "namespaces": [namespace(owner)]} for owner in owners]
    return document("Fleet", "acme", {"owners": entries, "planning": {"horizon": "3d", **planning}})


def pool(
    name: str, count: int, gpus: int, fabric: str, *, flavor: str = FLAVOR, region: str = "west"
) -> dict[str, Any]:
    labels = {"region": region, "cluster": f"gpu-{region}", "fabric.domain": fabric, "gpu.flavor": flavor}
    return document("NodePool", name, {"count": count, "gpusPerNode": gpus, "labels": labels})


def others(owner: str, owners: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(other for other in owners if other != owner)


@st.composite
def pools(draw: st.DrawFn) -> list[dict[str, Any]]:
    fabrics = draw(st.sampled_from([("f1",), ("f1", "f2")]))
    return [pool(f"n{fabric}", draw(st.integers(1, 3)), draw(st.sampled_from([4, 8])), fabric) for fabric in fabrics]


@st.composite
def envelopes(draw: st.DrawFn, name: str, flavor: str = FLAVOR) -> dict[str, Any]:
    envelope: dict[str, Any] = {
        "name": name,
        "flavor": flavor,
        "selector": {"region": draw(st.sampled_from(["west", "*"]))},
        "concurrency": draw(st.sampled_from([4, 8, 16, 32])),
    }
    start, end = draw(st.sampled_from(WINDOW_STARTS)), draw(st.sampled_from(WINDOW_ENDS))
    envelope |= {"start": start} if start else {}
    envelope |= {"end": end} if end else {}
    if draw(st.booleans()):
        envelope["maxGPUHours"] = draw(st.integers(0, 12))  # fits the shortest window
    if draw(st.booleans()):
        envelope["sharing"] = "none"
    if draw(st.booleans()):
        lending: dict[str, Any] = {"allow": True, "to": draw(st.sampled_from([[], ["*"], ["org:a"], ["org:*"]]))}
        if draw(st.booleans()):
            lending["maxConcurrency"] = draw(st.sampled_from([2, 4, 8]))
        envelope["lending"] = lending
    if draw(st.booleans()):
        envelope["preActivation"] = {"allowReservations": draw(st.booleans()), "allowAdmission": draw(st.booleans())}
    return envelope


@st.composite
def budgets(draw: st.DrawFn, owner: str) -> dict[str, Any]:
    count = draw(st.integers(1, 2))
    spec: dict[str, Any] = {"owner": owner, "envelopes": [draw(envelopes(f"e{index}")) for index in range(count)]}
    if owner != "org:c" and draw(st.booleans()):
        spec["parents"] = ["org:c"]
    if draw(st.integers(0, 3)) == 0:
        scope: dict[str, Any] = {"subtree": True} if draw(st.booleans()) else {"envelopes": ["e0"]}
        limit = {"maxConcurrency": draw(st.sampled_from([4, 8, 16]))}
        spec["aggregateCaps"] = [{"name": "cap", "flavor": FLAVOR, **scope, **limit}]
    return document("Budget", "budget", spec, namespace(owner))


@st.composite
def run_specs(draw: st.DrawFn, owner: str, sponsors: tuple[str, ...]) -> dict[str, Any]:
    total = draw(st.sampled_from([1, 2, 4, 8, 12, 16]))
    spec: dict[str, Any] = {
        "owner": owner,
        "resources": {"gpuType": FLAVOR, "totalGPUs": total},
        "runtime": {"duration": draw(st.sampled_from(["1h", "2h", "90m", "6h"]))},
    }
    shape = draw(st.sampled_from(["plain", "groups", "elastic", "spare"]))
    if shape == "groups" and total >= 4:
        spec["locality"] = {"groupGPUs": 4, "allowCrossGroupSpread": draw(st.booleans())}
    if shape == "elastic" and total >= 4:
        spec["malleable"] = {"minTotalGPUs": total // 2, "maxTotalGPUs": 2 * total, "stepGPUs": total // 2}
    if shape == "spare" and total <= 4:
        spec |= {"spares": 1, "resources": {"gpuType": FLAVOR, "totalGPUs": total, "gpusPerPod": total}}
    if sponsors and draw(st.booleans()):
        limit = draw(st.sampled_from([2, 8]))
        spec["funding"] = {"allowBorrow": True, "sponsors": list(sponsors), "maxBorrowGPUs": limit}
    if draw(st.integers(0, 2)) == 0:
        spec["funding"] = {**spec.get("funding", {}), "allowOpportunistic": True}
    if draw(st.integers(0, 4)) == 0:
        spec["runtime"]["deadline"] = "2026-03-02T16:00:00Z"
    return spec


@st.composite
def runs(draw: st.DrawFn, owner: str, sponsors: tuple[str, ...], most: int = 3) -> list[dict[str, Any]]:
    documents = []
    for index in range(draw(st.integers(0, most))):
        spec = draw(run_specs(owner, sponsors))
        if index and draw(st.integers(0, 3)) == 0:
            spec[draw(st.sampled_from(["after", "with"]))] = [f"r{index - 1}"]
        created = f"2026-03-02T08:0{index}:00Z"
        documents.append(document("Run", f"r{index}", spec, namespace(owner), creationTimestamp=created))
    if documents and draw(st.integers(0, 2)) == 0:
        documents.append(draw(trees(owner, len(documents))))
    return documents


@st.composite
def trees(draw: st.DrawFn, owner: str, count: int) -> dict[str, Any]:
    """A tree with a quota that some of the owner's runs join, one of them perhaps in a tree within it."""
    names = [f"r{index}" for index in range(count)]
    entries = [{"name": name, "runRef": name} for name in names if draw(st.booleans())] or [
        {"name": names[0], "runRef": names[0]}
    ]
    spec: dict[str, Any] = {"owner": owner, "quota": draw(quotas()), "runs": entries}
    if draw(st.booleans()):
        spec["trees"] = [{"name": "inner", "quota": draw(quotas()), "runs": [spec["runs"].pop()]}]
    return document("JobTree", "tree", spec, namespace(owner), creationTimestamp="2026-03-02T08:00:00Z")


@st.composite
def quotas(draw: st.DrawFn) -> dict[str, Any]:
    quota = {"maxGPUs": draw(st.sampled_from([2, 8, 16])), "maxGPUHours": draw(st.sampled_from([1, 8, 40]))}
    return {key: quota[key] for key in draw(st.sampled_from([("maxGPUs",), ("maxGPUHours",), tuple(quota)]))}


@st.composite
def worlds(draw: st.DrawFn, most_runs: int = 3) -> World:
    """Up to three teams on one or two islands, with every kind of limit now and then."""
    owners = TEAMS[: draw(st.integers(1, len(TEAMS)))]
    paid = tuple(dict.fromkeys((*owners, "org:c")))  # org:c is everybody's possible parent, so it is always there
    files = {"fleet.yaml": [fleet(paid)], "topology.yaml": draw(pools())}
    for owner in paid:
        files[f"budgets/{namespace(owner)}.yaml"] = [draw(budgets(owner))]
    for owner in owners:
        files[f"runs/{namespace(owner)}.yaml"] = draw(runs(owner, others(owner, paid), most_runs))
    return World({path: documents for path, documents in files.items() if documents})


@st.composite
def contended_worlds(draw: st.DrawFn) -> World:
    """Three teams that are each entitled to much of a small fleet, with short protection: somebody has to yield."""
    owners = TEAMS
    planning = {"activation": {"lead": "15m", "protection": draw(st.sampled_from(["0s", "30m", "4h"]))}}
    files = {"fleet.yaml": [fleet(owners, **planning)], "topology.yaml": draw(pools())}
    for owner in owners:
        envelope = {"name": "e0", "flavor": FLAVOR, "selector": {"region": "west"}}
        envelope |= {"concurrency": draw(st.sampled_from([8, 16, 32]))}
        if draw(st.booleans()):
            envelope["lending"] = {"allow": True}
        spec: dict[str, Any] = {"owner": owner, "envelopes": [envelope]}
        if owner != "org:c" and draw(st.booleans()):
            spec["parents"] = ["org:c"]
        files[f"budgets/{namespace(owner)}.yaml"] = [document("Budget", "budget", spec, namespace(owner))]
        files[f"runs/{namespace(owner)}.yaml"] = draw(runs(owner, others(owner, owners), 4))
    return World({path: documents for path, documents in files.items() if documents})


def crowd(runs: Sequence[tuple[int, int, int]], *, nodes: int = 2, gpus: int = 12, budget: int = 20) -> World:
    """Runs of one team, each (GPUs of a pod, pods, hours), more than the nodes hold: few, and hard to plan well."""
    owner = "org:a"
    space = namespace(owner)
    account = {"name": "e", "flavor": FLAVOR, "selector": {"region": "*"}, "concurrency": budget}
    documents = [
        document(
            "Run",
            f"r{number}",
            {
                "owner": owner,
                "resources": {"gpuType": FLAVOR, "totalGPUs": per_pod * pods, "gpusPerPod": per_pod},
                "runtime": {"duration": f"{hours}h"},
            },
            space,
            creationTimestamp="2026-03-02T08:00:00Z",
        )
        for number, (per_pod, pods, hours) in enumerate(runs)
    ]
    return World(
        {
            "fleet.yaml": [fleet((owner,))],
            "nodes.yaml": [pool("n", nodes, gpus, "f1")],
            "budget.yaml": [document("Budget", "b", {"owner": owner, "envelopes": [account]}, space)],
            "runs.yaml": documents,
        }
    )


def crowds() -> st.SearchStrategy[World]:
    """Crowds whose exact model is small."""
    one = st.tuples(st.sampled_from([1, 2, 4, 4]), st.integers(1, 4), st.integers(1, 4))
    return st.lists(one, min_size=5, max_size=8).map(crowd)
