"""The lock: the decisions, complete enough to render from without solving (contracts.md, ``compile --locked``).

Every compile renders from the plan that it reads back from its own lock, so locked and unlocked cannot differ. The key
holds everything that the decisions depend on; a lock whose key is another one is refused.
"""

import json
from collections.abc import Mapping

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.base.identity import Domain, Key
from jobtree.base.instant import Instant, parse_instant
from jobtree.emit.json_writer import write_json
from jobtree.emit.ledger import ORIGIN
from jobtree.emit.values import MisfitError, from_json, to_json
from jobtree.model.history import NodeStatus
from jobtree.model.plan import Plan, Reserve, Running, RunPlan, Start

LOCK_PATH = "plan.lock.json"
FORMAT_VERSION = 1


def write_lock(plan: Plan, key: Mapping[str, object]) -> bytes:
    """The plan and what it depends on. ``key`` holds JSON values, among them ``asOf``."""
    return write_json({"formatVersion": FORMAT_VERSION, "key": key, "plan": to_json(plan)})


def read_lock(data: bytes) -> Plan:
    """The plan of a lock, exactly as it was written; MisfitError if the lock is damaged."""
    return from_json(Plan, _parts(data)["plan"])


def lock_instant(data: bytes) -> Instant:
    """The ``asOf`` of a lock's key; MisfitError if the lock is damaged."""
    text = _key(data).get("asOf")
    try:
        return parse_instant(text if isinstance(text, str) else "")
    except ValueError:
        raise MisfitError("key.asOf is no instant") from None


def recorded_admissions(data: bytes | None) -> Mapping[Key, Instant]:
    """Admission instants by run that the plan of this lock went by; empty without a lock, or if it is damaged."""
    try:
        found = _key(data).get("admissions") if data is not None else None
    except MisfitError:
        return {}
    entries = found if isinstance(found, dict) else {}
    return {Key(*run.split("/", 1)): Instant(at) for run, at in entries.items() if isinstance(at, int) and "/" in run}


def recorded_domains(data: bytes | None) -> tuple[tuple[str, Domain], ...]:
    """Node and domain of every pod that this lock holds leases of, by node; empty without a lock or if damaged."""
    try:
        plan = read_lock(data) if data is not None else None
    except MisfitError:
        return ()
    decided = [] if plan is None else [run.decision for run in plan.runs]
    places = [decision.placement for decision in decided if isinstance(decision, Start | Running)]
    found = {pod.node: group.domain for place in places for group in place.groups for pod in group.pods}
    return tuple(sorted(found.items()))


def recorded_nodes(data: bytes | None) -> tuple[NodeStatus, ...]:
    """Nodes that were observed not to be usable when this lock was made; empty without one, or if it is damaged."""
    try:
        plan = read_lock(data) if data is not None else None
    except MisfitError:
        return ()
    return () if plan is None else tuple(status for status in plan.observed.nodes if status.lost or not status.usable)


def recorded_reservations(data: bytes | None) -> tuple[RunPlan, ...]:
    """Reservations as this lock's plan gave them, with their slots; empty without a lock, or if it is damaged."""
    try:
        plan = read_lock(data) if data is not None else None
    except MisfitError:
        return ()
    return () if plan is None else tuple(run for run in plan.runs if isinstance(run.decision, Reserve))


def recorded_objects(data: bytes | None) -> Mapping[str, str]:
    """Digests of the objects that the plan of this lock depended on; empty without a lock, or if it is damaged."""
    try:
        found = _key(data).get("objects") if data is not None else None
    except MisfitError:
        return {}
    entries = found if isinstance(found, dict) else {}
    return {name: digest for name, digest in entries.items() if isinstance(digest, str)}


def ledger_heads(data: bytes) -> tuple[str, str]:
    """The head of the ledger before and after the lines of this lock's plan; both the origin if it is damaged."""
    try:
        found = _key(data).get("ledger")
    except MisfitError:
        found = None
    heads = found if isinstance(found, dict) else {}
    before, after = heads.get("before"), heads.get("after")
    return (before, after) if isinstance(before, str) and isinstance(after, str) else (ORIGIN, ORIGIN)


def lock_misfit(data: bytes | None, key: Mapping[str, object], *, head: str = ORIGIN) -> tuple[Diagnostic, ...]:
    """Why a lock must not be used: it is missing (JT705), damaged (JT703) or of other inputs (JT704).

    A lock that was made with a state file fits without one: what was observed is part of its plan. ``head`` is that of
    the ledger as it stands: the lines of the lock's plan may be in it or not.
    """
    if data is None:
        return (missing_lock(),)
    try:
        found = _key(data)
        read_lock(data)
    except MisfitError as fault:
        return (damaged_lock(fault),)
    wanted = json.loads(json.dumps(key, default=dict))
    wanted |= {"state": found.get("state")} if wanted.get("state") is None else {}
    names = sorted({*found, *wanted} - {"ledger", "objects"})
    differing = [name for name in names if found.get(name) != wanted.get(name)]
    if head not in ledger_heads(data):
        differing.append("ledger")
        found, wanted = {**found, "ledger": ledger_heads(data)[1]}, {**wanted, "ledger": head}
    if not differing:
        return ()
    notes = tuple(
        f"{name}: the lock has {_short(found.get(name))}, now {_short(wanted.get(name))}" for name in differing
    )
    return (
        error(
            "JT704",
            f"the lock does not fit: {', '.join(differing)} changed",
            Location(LOCK_PATH),
            notes=notes,
            help="run `jobtree compile` without --locked and commit the output",
        ),
    )


def missing_lock() -> Diagnostic:
    """JT705."""
    return error("JT705", "there is no lock", Location(LOCK_PATH), help="run `jobtree compile` once without --locked")


def damaged_lock(fault: object) -> Diagnostic:
    """JT703."""
    return error(
        "JT703",
        f"the lock is damaged: {fault}",
        Location(LOCK_PATH),
        help="restore it from git, or run `jobtree compile` without --locked",
    )


def _key(data: bytes) -> Mapping[str, object]:
    key = _parts(data)["key"]
    if not isinstance(key, dict):
        raise MisfitError("key is no object")
    return key


def _parts(data: bytes) -> Mapping[str, object]:
    try:
        parts = json.loads(data.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_unique)
    except MisfitError:
        raise
    except (ValueError, RecursionError) as fault:
        raise MisfitError(f"it is no JSON ({fault})") from None
    if not isinstance(parts, dict) or parts.keys() != {"formatVersion", "key", "plan"}:
        raise MisfitError("it has no formatVersion, key and plan")
    if parts["formatVersion"] != FORMAT_VERSION:
        raise MisfitError(f"its formatVersion is not {FORMAT_VERSION}")
    return parts


def _no_constant(name: str) -> object:
    raise MisfitError(f"{name} is no JSON number")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MisfitError("an object has the same key twice")
    return found


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."
