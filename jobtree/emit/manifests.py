"""Lease and Reservation objects, as clusters and later compiles read them (semantics.md 3).

Specs are immutable and status belongs to the cluster, so no status is emitted. Names follow from the specs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jobtree.base.instant import Interval, format_instant
from jobtree.emit.forecasts import domain_object, forecast_object
from jobtree.emit.naming import LABEL, content_digest, object_name
from jobtree.model.lease import Lease, Payer, Role
from jobtree.model.plan import Placement, Reserve, RunPlan

API_VERSION = LABEL + "v1"
Object = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerShare:
    """GPUs that one payer holds at an instant; ``payer`` None is unfunded."""

    payer: Payer | None
    gpus: int


def lease_name(lease: Lease) -> str:
    """The name that a lease's content gives it."""
    spare = "s" if lease.role is Role.SPARE else ""
    return object_name(lease.run.name, f"{lease.group}-{spare}{lease.rank}-{content_digest(_lease_spec(lease))}")


def lease_object(lease: Lease) -> Object:
    """The Lease manifest of one pod's term."""
    labels = {
        LABEL + "run": lease.run.name,
        LABEL + "group": str(lease.group),
        LABEL + "role": lease.role.value,
    }
    return _object("Lease", lease_name(lease), lease.run.namespace, labels, _lease_spec(lease))


def _lease_spec(lease: Lease) -> dict[str, object]:
    return {
        "owner": lease.owner,
        "runRef": {"namespace": lease.run.namespace, "name": lease.run.name},
        "group": lease.group,
        "rank": lease.rank,
        "role": lease.role.value,
        "slice": {"node": lease.node, "slots": list(lease.slots)},
        "paidBy": lease.payer and _payer(lease.payer),
        "interval": _interval(lease.interval),
        "reason": lease.reason.value,
    }


def reservation_object(run: RunPlan, reserve: Reserve) -> Object:
    """The Reservation manifest of a run that starts later: the promise, and what it was forecast from."""
    placement, forecast = reserve.placement, reserve.forecast
    spec = {
        "owner": run.owner,
        "runRef": {"namespace": run.run.namespace, "name": run.run.name},
        "width": placement.width,
        "earliestStart": format_instant(placement.interval.start),
        "expectedEnd": format_instant(placement.interval.end),
        "intendedSlice": [
            {
                "group": group.index,
                "domain": domain_object(group.domain),
                "nodes": sorted({pod.node for pod in group.pods}),
            }
            for group in placement.groups
        ],
        "payers": [
            {**_payer(share.payer), "gpus": share.gpus}
            for share in payers_at(placement, placement.interval.start)
            if share.payer is not None
        ],
        "forecast": forecast_object(forecast),
    }
    name = object_name(run.run.name, content_digest(spec))
    return _object("Reservation", name, run.run.namespace, {LABEL + "run": run.run.name}, spec)


def payers_at(placement: Placement, instant: int) -> Iterator[PayerShare]:
    """GPUs by payer of the terms that hold the instant, spares in full, sorted by envelope, unfunded last."""
    gpus: dict[Payer | None, int] = {}
    for group in placement.groups:
        for pod in group.pods:
            for term in pod.terms:
                if term.interval.start <= instant < term.interval.end:
                    gpus[term.payer] = gpus.get(term.payer, 0) + len(pod.slots)
    for payer in sorted((payer for payer in gpus if payer), key=lambda payer: (payer.envelope, payer.owner)):
        yield PayerShare(payer=payer, gpus=gpus[payer])
    if None in gpus:
        yield PayerShare(payer=None, gpus=gpus[None])


def _payer(payer: Payer) -> dict[str, object]:
    key = payer.envelope
    return {"namespace": key.namespace, "budget": key.budget, "envelope": key.envelope, "owner": payer.owner}


def _interval(interval: Interval) -> dict[str, str]:
    return {"start": format_instant(interval.start), "expectedEnd": format_instant(interval.end)}


def _object(kind: str, name: str, namespace: str, labels: dict[str, str], spec: dict[str, object]) -> Object:
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}
