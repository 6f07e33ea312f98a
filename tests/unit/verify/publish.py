"""Writes an output tree from inputs and a plan.json value, by code that is neither the compiler's nor the checker's."""

import copy
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import yaml

from jobtree.verify.facts import Facts, Source, gather
from jobtree.verify.inputs import read_inputs
from jobtree.verify.ledger import read_ledger
from jobtree.verify.levels import names_of, values_of
from jobtree.verify.limits import statement_of
from jobtree.verify.output import digest
from jobtree.verify.past import read_past
from jobtree.verify.standing import shares_of, use_of
from jobtree.verify.tree import read_tree_files
from jobtree.verify.units import instant

API = "rq.davidlangworthy.io/v1"
LABEL = "rq.davidlangworthy.io/"
Json = dict[str, Any]
NO_HEAD = "0" * 64
NO_HEADS = (NO_HEAD, NO_HEAD)


def input_files(documents: Mapping[str, list[Json]]) -> dict[str, bytes]:
    """JSON is YAML: every document on a line of its own."""
    return {
        path: "---\n".join(json.dumps(document) + "\n" for document in found).encode()
        for path, found in documents.items()
    }


def publish(inputs: Mapping[str, bytes], plan: Json, heads: tuple[str, str] = NO_HEADS) -> dict[str, bytes]:
    """The tree of a plan, names, kustomizations, lock and seal included; ``heads`` of the ledger before and after."""
    files = manifests(plan["runs"])
    files["plan.json"] = write_json(plan | {"inputDigest": digest(inputs)})
    files["plan.lock.json"] = write_json(lock(plan, digest(inputs), heads))
    return sealed(inputs, files)


def manifests(runs: list[Json]) -> dict[str, bytes]:
    """Leases, reservations and kustomizations of decisions."""
    files: dict[str, bytes] = {}
    clusters: dict[str, list[str]] = {}
    for run in runs:
        objects = reservations(run) if run["decision"] == "reserve" else leases(run)
        if objects:
            namespace, name = run["run"].split("/")
            kind = "reservations" if run["decision"] == "reserve" else "leases"
            cluster = run["groups"][0]["domain"]["cluster"]
            clusters.setdefault(cluster, []).append(f"{namespace}/{kind}/{name}.yaml")
            files[f"{cluster}/{namespace}/{kind}/{name}.yaml"] = dump(objects)
    for cluster, resources in clusters.items():
        kustomization = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": sorted(resources),
        }
        files[f"{cluster}/kustomization.yaml"] = dump([kustomization])
    return files


def sealed(inputs: Mapping[str, bytes], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files with a seal that fits them."""
    content = {path: data for path, data in files.items() if path != "seal.json"}
    seal = {
        "formatVersion": 1,
        "jobtree": "0",
        "inputDigest": digest(inputs),
        "inputs": hashes(inputs),
        "files": hashes(content),
    }
    return {**content, "seal.json": write_json(seal)}


def restated(inputs: Mapping[str, bytes], plan: Json, ledger: Mapping[str, bytes] | None = None) -> Json:
    """The plan with payers, envelopes, waits and levels as the checker has them, so that decisions alone are tested."""
    plan = copy.deepcopy(plan)
    for run in plan["runs"]:
        for pod in (pod for group in run["groups"] for pod in group["pods"]):
            pod.setdefault("start", run["at"])
            pod.setdefault("reason", "Start")
    facts = facts_of(inputs, publish(inputs, plan), ledger)
    for run in plan["runs"]:
        entry = facts.entries[tuple(run["run"].split("/"))]
        planned = run["decision"] in ("start", "reserve")
        run["waitSeconds"] = instant(run["at"]) - facts.plan.as_of if planned else None
        run["payers"] = [
            {"envelope": "/".join(key) if key else None, "owner": owner, "class": funding, "gpus": gpus}
            for (key, owner, funding), gpus in sorted(shares_of(facts, entry).items(), key=str)
        ]
    plan["envelopes"] = [
        {"envelope": "/".join(key), **statement_of(facts, key), "used": use_of(facts, key)}
        for key in sorted(facts.inputs.envelopes)
    ]
    values = values_of(facts)
    plan["proof"]["levels"] = [_level(name, values.get(name, 0)) for name in names_of(facts)]
    decided = [run["run"] for run in plan["runs"] if run["decision"] in ("start", "reserve", "refuse")]
    searched = [{"runs": decided, "bound": values["wait"]}] if decided else []
    plan["proof"]["certificate"] = {"nodes": [], "accounts": [], "searched": searched, "given": []}
    return plan


def facts_of(inputs: Mapping[str, bytes], tree: Mapping[str, bytes], ledger: Mapping[str, bytes] | None) -> Facts:
    found = read_tree_files(tree)
    read, faults = read_inputs(inputs, found.lock.admissions() if found.lock else {}, None)
    assert (faults, found.faults) == ((), [])
    source = Source(files=dict(inputs), inputs=read, past=read_past(None), ledger=read_ledger(ledger or {}))
    return gather(source, found)


def leases(run: Json) -> list[Json]:
    found = []
    for group in run["groups"]:
        for pod in group["pods"]:
            bounds = [pod.get("start", run["at"]), *(item["at"] for item in pod["renewals"]), run["expectedEnd"]]
            payers = [pod["payer"], *(item["payer"] for item in pod["renewals"])]
            for number, payer in enumerate(payers):
                spec = {
                    **_head(run),
                    "group": group["index"],
                    "rank": pod["rank"],
                    "role": pod["role"],
                    "slice": {"node": pod["node"], "slots": pod["slots"]},
                    "paidBy": _paid(run, payer),
                    "interval": {"start": bounds[number], "expectedEnd": bounds[number + 1]},
                    "reason": "Renew" if number else pod.get("reason", "Start"),
                }
                spare = "s" if pod["role"] == "Spare" else ""
                labels = {LABEL + "group": str(group["index"]), LABEL + "role": pod["role"]}
                found.append(named(run, "Lease", f"{group['index']}-{spare}{pod['rank']}-", labels, spec))
    return found


def reservations(run: Json) -> list[Json]:
    gpus: dict[str, int] = {}
    for group in run["groups"]:
        for pod in group["pods"]:
            if pod["payer"]:
                gpus[pod["payer"]] = gpus.get(pod["payer"], 0) + len(pod["slots"])
    spec = {
        **_head(run),
        "width": run["width"],
        "earliestStart": run["at"],
        "expectedEnd": run["expectedEnd"],
        "intendedSlice": [
            {
                "group": group["index"],
                "domain": group["domain"],
                "nodes": sorted({pod["node"] for pod in group["pods"]}),
            }
            for group in run["groups"]
        ],
        "payers": [{**_paid(run, payer), "gpus": count} for payer, count in sorted(gpus.items())],
        "forecast": run["forecast"],
    }
    return [named(run, "Reservation", "", {}, spec)]


def named(run: Json, kind: str, prefix: str, labels: Json, spec: Json) -> Json:
    namespace, name = run["run"].split("/")
    text = json.dumps(spec, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    tail = prefix + hashlib.sha256(text.encode()).hexdigest()[:10]
    metadata = {"name": f"{name}-{tail}", "namespace": namespace, "labels": {LABEL + "run": name, **labels}}
    return {"apiVersion": API, "kind": kind, "metadata": metadata, "spec": spec}


def lock(plan: Json, input_digest: str, heads: tuple[str, str]) -> Json:
    observed = plan["observed"]
    key = {
        "inputDigest": input_digest,
        "asOf": plan["asOf"],
        "admissions": {},
        "ledger": dict(zip(("before", "after"), heads, strict=True)),
        "state": observed["digest"],
    }
    seen = [
        one | {"run": _key(one["run"]), "at": instant(one["at"]) if one["at"] else None} for one in observed["runs"]
    ]
    locked = {
        "as_of": instant(plan["asOf"]),
        "runs": [_locked_run(run) for run in plan["runs"]],
        "closures": [_locked_closure(one) for one in plan["closures"]],
        "cuts": [one | {"claim": _key(one["for"])} for one in plan["cuts"]],
        "draws": [one | {"claim": _key(one["for"]), "drawn": one["draws"]} for one in plan["lottery"]],
        "observed": observed | {"runs": seen},
    }
    return {"formatVersion": 1, "key": key, "plan": locked}


def _locked_run(run: Json) -> Json:
    decision: Json = {"is": run["decision"].capitalize()}
    if run["at"]:
        interval = {"start": instant(run["at"]), "end": instant(run["expectedEnd"])}
        groups = [
            {"index": group["index"], "domain": group["domain"], "pods": [_locked(run, pod) for pod in group["pods"]]}
            for group in run["groups"]
        ]
        placement = {"interval": interval, "width": run["width"], "groups": groups}
        decision |= {"interval": interval} if run["decision"] == "finished" else {"placement": placement}
    return {"run": _key(run["run"]), "owner": run["owner"], "decision": decision}


def _locked_closure(one: Json) -> Json:
    reason, _, seed = one["reason"].partition("(")
    interval = {"start": instant(one["start"]), "end": instant(one["start"])}
    lease = {name: one[name] for name in ("group", "rank", "role", "node", "slots")}
    closure = {"time": instant(one["time"]), "reason": reason, "seed": seed.removesuffix(")")}
    return {"lease": lease | {"run": _key(one["run"]), "interval": interval}, "closure": closure}


def _key(run: str) -> Json:
    return dict(zip(("namespace", "name"), run.split("/"), strict=True))


def dump(documents: list[Json]) -> bytes:
    class Plain(yaml.CSafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    return yaml.dump_all(documents, Dumper=Plain, sort_keys=False).encode()


def write_json(value: Any) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()


def hashes(files: Mapping[str, bytes]) -> list[Json]:
    return [{"path": path, "sha256": hashlib.sha256(files[path]).hexdigest()} for path in sorted(files)]


def _level(name: str, value: int) -> Json:
    bounded = name == "wait"
    return {"name": name, "value": value, "bound": value if bounded else None, "gap": 0.0 if bounded else None}


def _head(run: Json) -> Json:
    namespace, name = run["run"].split("/")
    return {"owner": run["owner"], "runRef": {"namespace": namespace, "name": name}}


def _paid(run: Json, payer: str | None) -> Json | None:
    if payer is None:
        return None
    namespace, budget, envelope = payer.split("/")
    owners = run.get("_owners", OWNERS)
    return {"namespace": namespace, "budget": budget, "envelope": envelope, "owner": owners.get(payer, "org:nobody")}


def _locked(run: Json, pod: Json) -> Json:
    ends = [*(instant(item["at"]) for item in pod["renewals"]), instant(run["expectedEnd"])]
    bounds = [instant(pod.get("start", run["at"])), *ends]
    terms = []
    for number, payer in enumerate([pod["payer"], *(item["payer"] for item in pod["renewals"])]):
        namespace, budget, envelope = payer.split("/") if payer else ("", "", "")
        key = {"namespace": namespace, "budget": budget, "envelope": envelope}
        terms.append(
            {
                "interval": {"start": bounds[number], "end": bounds[number + 1]},
                "payer": {"envelope": key, "owner": OWNERS.get(payer or "", "")} if payer else None,
                "reason": "Renew" if number else pod.get("reason", "Start"),
            }
        )
    return {name: pod[name] for name in ("rank", "role", "node", "slots")} | {"terms": terms}


OWNERS = {
    "org-ai/org-ai/west": "org:ai",
    "rai/rai/now": "org:ai:rai",
    "rai/rai/next": "org:ai:rai",
    "mm/mm/west": "org:ai:mm",
    "mm/mm/private": "org:ai:mm",
    "mm/mm/later": "org:ai:mm",
    "lab/lab/west": "org:lab",
    "ops/ops/east": "org:ops",
    "ops/ops/hours": "org:ops",
    "ops/ops/a100": "org:ops",
    "x/x/all": "org:x",
    "y/y/all": "org:y",
    "y/y/early": "org:y",
    "z/z/all": "org:z",
}
