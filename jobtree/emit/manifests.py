"""Lease and Reservation objects, as clusters and later compiles read them (semantics.md 3).

Specs are immutable and status belongs to the cluster, so no status is emitted. Names follow from the specs.
"""

from collections.abc import Mapping

from jobtree.base.instant import Interval, format_instant
from jobtree.emit.forecasts import domain_object, forecast_object
from jobtree.emit.naming import LABEL, content_digest, object_name
from jobtree.model.lease import Lease, Payer, Role
from jobtree.model.plan import Reserve, RunPlan
from jobtree.plan.accounts import payers_at

API_VERSION = LABEL + "v1"
Object = Mapping[str, object]


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


def reservation_name(run: RunPlan, reserve: Reserve) -> str:
    """The name that a reservation's content gives it."""
    return object_name(run.run.name, content_digest(_reservation_spec(run, reserve)))


def reservation_object(run: RunPlan, reserve: Reserve) -> Object:
    """The Reservation manifest of a run that starts later: the promise, and what it was forecast from."""
    spec, labels = _reservation_spec(run, reserve), {LABEL + "run": run.run.name}
    return _object("Reservation", reservation_name(run, reserve), run.run.namespace, labels, spec)


def _reservation_spec(run: RunPlan, reserve: Reserve) -> dict[str, object]:
    placement, forecast = reserve.placement, reserve.forecast
    return {
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


def _payer(payer: Payer) -> dict[str, object]:
    key = payer.envelope
    return {"namespace": key.namespace, "budget": key.budget, "envelope": key.envelope, "owner": payer.owner}


def _interval(interval: Interval) -> dict[str, str]:
    return {"start": format_instant(interval.start), "expectedEnd": format_instant(interval.end)}


def _object(kind: str, name: str, namespace: str, labels: dict[str, str], spec: dict[str, object]) -> Object:
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}
