"""What is known where nobody planned: entries like those of plan.json, from Runs, Reservations, Leases and Budgets.

A cluster holds facts and promises, and no plan: a run that has neither lease nor reservation is pending. The class of
a lease is the relation of who pays to who runs; whether somebody else comes first today is for a plan to say.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from jobtree.base.identity import Owner
from jobtree.base.instant import Instant, format_instant, parse_instant
from jobtree.cli.entries import Entry
from jobtree.cli.runs.backend import Thing, View
from jobtree.ledger.family import Family
from jobtree.ledger.held import relation

FINISHED = ("Completed", "Failed")
_HOUR = 3_600


def of_kind(view: View, kind: str) -> list[Any]:
    """Objects of a kind, in order."""
    return [thing for thing in view.objects if thing["kind"] == kind]


def key_of(thing: Any) -> str:
    """``namespace/name``."""
    return f"{thing['metadata']['namespace']}/{thing['metadata']['name']}"


def _parts(key: str) -> list[str]:
    """Keys are in order part by part, as those of a plan are."""
    return key.split("/")


def run_of(thing: Any) -> str:
    """The run that a Lease or a Reservation is of."""
    reference = thing["spec"]["runRef"]
    return f"{reference['namespace']}/{reference['name']}"


def plan_of(view: View) -> Entry:
    """The plan of a view; where there is none, what its objects tell of one: ``asOf``, ``runs`` and ``envelopes``."""
    if view.plan is not None:
        return view.plan
    open_leases: dict[str, list[Any]] = {}
    for lease in of_kind(view, "Lease"):
        if is_open(lease, view.as_of):
            open_leases.setdefault(run_of(lease), []).append(lease)
    promises = {run_of(promise): promise for promise in of_kind(view, "Reservation")}
    family = family_in(view)
    runs = [
        _entry(run, open_leases.get(key_of(run), []), promises.get(key_of(run)), family) for run in of_kind(view, "Run")
    ]
    return {
        "asOf": format_instant(view.as_of),
        "runs": sorted(runs, key=lambda run: _parts(run["run"])),
        "envelopes": _envelopes(view, family),
        "proof": None,
        "cuts": [],
        "lottery": [],
    }


def is_open(lease: Thing, as_of: Instant) -> bool:
    """Whether a Lease holds its GPUs at an instant."""
    spec: Any = lease["spec"]
    status: Any = lease.get("status") or {}
    begin, end = (parse_instant(spec["interval"][name]) for name in ("start", "expectedEnd"))
    return not status.get("closed") and begin <= as_of < end


def family_in(view: View) -> Family:
    """Who is family to whom, from the parents that Budgets name."""
    parents: dict[Owner, tuple[Owner, ...]] = {}
    children: dict[Owner, tuple[Owner, ...]] = {}
    links = sorted(
        {(budget["spec"]["owner"], parent) for budget in of_kind(view, "Budget") for parent in _parents(budget)}
    )
    for child, parent in links:
        parents[child] = (*parents.get(child, ()), parent)
        children[parent] = (*children.get(parent, ()), child)
    return Family(parents=parents, children=children)


def _parents(budget: Any) -> Sequence[Owner]:
    return [Owner(name) for name in budget["spec"].get("parents") or ()]


def class_of(lease: Any, family: Family) -> str:
    """``Owned``, ``Shared``, ``Borrowed`` or ``Unfunded``."""
    payer, owner = lease["spec"].get("paidBy"), lease["spec"]["owner"]
    return "Unfunded" if payer is None else relation(payer["owner"], owner, family)[0].value


def envelope_of(lease: Any) -> str | None:
    """The envelope that pays for a Lease."""
    payer = lease["spec"].get("paidBy")
    return None if payer is None else f"{payer['namespace']}/{payer['budget']}/{payer['envelope']}"


def _entry(run: Any, leases: Sequence[Any], promise: Any, family: Family) -> Entry:
    base = {"run": key_of(run), "owner": run["spec"]["owner"], "waitSeconds": None, "forecast": None}
    phase = (run.get("status") or {}).get("phase")
    if phase in FINISHED:
        return {**base, **_nowhere("finished"), "expectedEnd": run["status"].get("finishedAt")}
    if leases:
        return {**base, **_held(leases), "payers": _payers(leases, family), "reason": _said("its leases are open")}
    if promise is not None:
        return {**base, **_promised(promise["spec"], family)}
    return {**base, **_nowhere("pending")}


def _said(message: str) -> Entry:
    return {"code": "", "message": message, "facts": {}}


def _nowhere(decision: str) -> Entry:
    message = {"finished": "it is over", "pending": "it has neither a lease nor a reservation yet"}[decision]
    return {
        "decision": decision,
        "at": None,
        "expectedEnd": None,
        "width": None,
        "groups": [],
        "payers": [],
        "reason": _said(message),
    }


def _held(leases: Sequence[Any]) -> Entry:
    specs = [lease["spec"] for lease in leases]
    groups: dict[int, list[Entry]] = {}
    for spec in specs:
        pod = {
            "rank": spec["rank"],
            "node": spec["slice"]["node"],
            "slots": spec["slice"]["slots"],
            "role": spec["role"],
        }
        groups.setdefault(spec["group"], []).append(pod)
    return {
        "decision": "running",
        "at": min(spec["interval"]["start"] for spec in specs),
        "expectedEnd": max(spec["interval"]["expectedEnd"] for spec in specs),
        "width": sum(len(spec["slice"]["slots"]) for spec in specs if spec["role"] != "Spare"),
        "groups": [{"index": index, "domain": {}, "pods": groups[index]} for index in sorted(groups)],
    }


def _payers(leases: Iterable[Any], family: Family) -> list[Entry]:
    gpus: dict[tuple[str, str, str], int] = {}
    for lease in leases:
        payer = lease["spec"].get("paidBy")
        key = (envelope_of(lease) or "", payer["owner"] if payer else "", class_of(lease, family))
        gpus[key] = gpus.get(key, 0) + len(lease["spec"]["slice"]["slots"])
    return [
        {"envelope": envelope or None, "owner": owner or None, "class": kind, "gpus": gpus[envelope, owner, kind]}
        for envelope, owner, kind in sorted(gpus, key=lambda share: (share[0] == "", _parts(share[0]), share))
    ]


def _promised(spec: Any, family: Family) -> Entry:
    groups = [
        {"index": group["group"], "domain": group["domain"], "pods": [_seat(node) for node in group["nodes"]]}
        for group in spec["intendedSlice"]
    ]
    payers = [
        {
            "envelope": f"{payer['namespace']}/{payer['budget']}/{payer['envelope']}",
            "owner": payer["owner"],
            "class": relation(payer["owner"], spec["owner"], family)[0].value,
            "gpus": payer["gpus"],
        }
        for payer in spec.get("payers") or ()
    ]
    return {
        "decision": "reserve",
        "at": spec["earliestStart"],
        "expectedEnd": spec["expectedEnd"],
        "width": spec["width"],
        "groups": groups,
        "payers": payers,
        "reason": _said("it has a reservation"),
        "forecast": spec["forecast"],
    }


def _seat(node: str) -> Entry:
    """A node of an intended slice: which of its slots is not promised."""
    return {"rank": None, "node": node, "slots": [], "role": "Active"}


def _envelopes(view: View, family: Family) -> list[Entry]:
    found: dict[str, Entry] = {}
    for budget in of_kind(view, "Budget"):
        for envelope in budget["spec"]["envelopes"]:
            hours = envelope.get("maxGPUHours")
            key = f"{key_of(budget)}/{envelope['name']}"
            found[key] = {
                "envelope": key,
                "concurrency": envelope["concurrency"],
                "used": dict.fromkeys(("Owned", "Shared", "Borrowed", "Unfunded", "Spare"), 0),
                "gpuSeconds": {"cap": None if hours is None else hours * _HOUR, "spent": None, "planned": None},
            }
    for lease in of_kind(view, "Lease"):
        entry = found.get(envelope_of(lease) or "")
        if entry is not None and is_open(lease, view.as_of):
            gpus = len(lease["spec"]["slice"]["slots"])
            entry["used"][class_of(lease, family)] += gpus
            entry["used"]["Spare"] += gpus if lease["spec"]["role"] == "Spare" else 0
    return [found[key] for key in sorted(found, key=_parts)]
