"""Manifests made anew from plan.json, and names made anew from content (semantics.md 3; contracts.md, Output tree)."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from jobtree.verify.budgets import EnvelopeKey
from jobtree.verify.field import Field
from jobtree.verify.fleet import Domain
from jobtree.verify.inputs import GROUP
from jobtree.verify.lease import RENEW, SPARE
from jobtree.verify.plan import RESERVE, Entry, Group, Pod
from jobtree.verify.runs import Key
from jobtree.verify.units import show

LABEL = "rq.davidlangworthy.io/"
LONGEST = 63
Object = dict[str, Any]
Owners = dict[tuple[Key, EnvelopeKey], str | None]
_ODD = re.compile(r"[^A-Za-z0-9._-]|^\.|^(?:plan\.json|plan\.lock\.json|seal\.json)$")


def folder(name: str) -> str:
    """A name as one segment of a path, odd characters percent-encoded."""
    return _ODD.sub(lambda odd: "".join(f"%{byte:02X}" for byte in odd[0].encode("utf-8")), name)


def path_of(entry: Entry) -> str:
    """Where the manifests of a decision belong."""
    kind = "reservations" if entry.decision == RESERVE else "leases"
    cluster = entry.groups[0].domain[1] if entry.groups else ""
    return f"{folder(cluster)}/{folder(entry.run[0])}/{kind}/{folder(entry.run[1])}.yaml"


def name_of(manifest: Object) -> str:
    """The name that a manifest's spec demands; a FormatError if the spec is not of its kind."""
    spec = Field(manifest, "manifest")["spec"]
    text = json.dumps(spec.value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    tail = hashlib.sha256(text.encode("utf-8")).hexdigest()[:10]
    if manifest.get("kind") == "Lease":
        mark = "s" if spec["role"].value == SPARE else ""
        tail = f"{spec['group'].integer()}-{mark}{spec['rank'].integer()}-{tail}"
    run = spec["runRef"]["name"].text()
    return f"{run[: LONGEST - 1 - len(tail)]}-{tail}"


def objects_of(entry: Entry, owners: Owners) -> Iterator[Object]:
    """The manifests of a decision, without their names."""
    if entry.interval is None:
        return
    if entry.decision == RESERVE:
        yield _object("Reservation", entry, {}, _reservation(entry, owners))
        return
    for group, pod in entry.pods:
        for number, (interval, payer) in enumerate(pod.terms(entry.interval[1])):
            labels = {LABEL + "group": str(group.index), LABEL + "role": pod.role}
            spec = {
                **_head(entry),
                "group": group.index,
                "rank": pod.rank,
                "role": pod.role,
                "slice": {"node": pod.node, "slots": list(pod.slots)},
                "paidBy": _payer(entry, payer, owners) if payer else None,
                "interval": {"start": show(interval[0]), "expectedEnd": show(interval[1])},
                "reason": RENEW if number else pod.reason,
            }
            yield _object("Lease", entry, labels, spec)


def _object(kind: str, entry: Entry, labels: dict[str, str], spec: Object) -> Object:
    metadata = {"namespace": entry.run[0], "labels": {LABEL + "run": entry.run[1], **labels}}
    return {"apiVersion": GROUP, "kind": kind, "metadata": metadata, "spec": spec}


def _head(entry: Entry) -> Object:
    return {"owner": entry.owner, "runRef": {"namespace": entry.run[0], "name": entry.run[1]}}


def _payer(entry: Entry, payer: EnvelopeKey, owners: Owners) -> Object:
    namespace, budget, envelope = payer
    return {"namespace": namespace, "budget": budget, "envelope": envelope, "owner": owners.get((entry.run, payer))}


def _reservation(entry: Entry, owners: Owners) -> Object:
    assert entry.interval is not None
    return {
        **_head(entry),
        "width": entry.width,
        "earliestStart": show(entry.interval[0]),
        "expectedEnd": show(entry.interval[1]),
        "intendedSlice": [_slice(group) for group in entry.groups],
        "payers": [{**_payer(entry, payer, owners), "gpus": gpus} for payer, gpus in sorted(_at_start(entry).items())],
        "forecast": entry.forecast.value,
    }


def _slice(group: Group) -> Object:
    nodes = sorted({pod.node for pod in group.pods})
    return {"group": group.index, "domain": _domain(group.domain), "nodes": nodes}


def _domain(domain: Domain) -> Object:
    return dict(zip(("region", "cluster", "fabric"), domain, strict=True))


def _at_start(entry: Entry) -> dict[EnvelopeKey, int]:
    gpus: dict[EnvelopeKey, int] = {}
    for _, pod in entry.pods:
        payer = _first_payer(pod, entry)
        if payer is not None:
            gpus[payer] = gpus.get(payer, 0) + len(pod.slots)
    return gpus


def _first_payer(pod: Pod, entry: Entry) -> EnvelopeKey | None:
    """Whoever pays at the entry's first instant."""
    assert entry.interval is not None
    for interval, payer in pod.terms(entry.interval[1]):
        if interval[0] <= entry.interval[0] < interval[1]:
            return payer
    return None
