"""The lock: the decisions, complete enough to render from without solving (contracts.md, ``compile --locked``).

Every compile renders from the plan that it reads back from its own lock, so locked and unlocked cannot differ. The key
holds everything that the decisions depend on; a lock whose key is another one is refused.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from jobtree.base.chain import ORIGIN
from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.base.instant import Instant, parse_instant
from jobtree.emit.json_writer import write_json
from jobtree.emit.values import MisfitError, from_json, to_json
from jobtree.model.plan import Plan

LOCK_PATH = "plan.lock.json"
FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A lock as it was read: ``data`` are its bytes, ``key`` what the decisions depend on, ``plan`` the decisions."""

    data: bytes
    key: Mapping[str, object]
    plan: Plan

    @property
    def as_of(self) -> Instant:
        """The instant that was planned for; MisfitError if the key has none."""
        text = self.key.get("asOf")
        try:
            return parse_instant(text if isinstance(text, str) else "")
        except ValueError:
            raise MisfitError("key.asOf is no instant") from None

    @property
    def ledger_heads(self) -> tuple[str, str]:
        """The head of the ledger before and after the lines of the plan; both the origin where the key has none."""
        found = self.key.get("ledger")
        heads = found if isinstance(found, dict) else {}
        before, after = heads.get("before"), heads.get("after")
        return (before, after) if isinstance(before, str) and isinstance(after, str) else (ORIGIN, ORIGIN)


def write_lock(plan: Plan, key: Mapping[str, object]) -> bytes:
    """The plan and what it depends on. ``key`` holds JSON values, among them ``asOf``."""
    return write_json({"formatVersion": FORMAT_VERSION, "key": key, "plan": to_json(plan)})


def read_lock(data: bytes) -> Lock:
    """The lock, its plan exactly as it was written; MisfitError if it is damaged. O(bytes)."""
    parts = _parts(data)
    key = parts["key"]
    if not isinstance(key, dict):
        raise MisfitError("key is no object")
    return Lock(data=data, key=key, plan=from_json(Plan, parts["plan"]))


def find_lock(data: bytes | None) -> Lock | Diagnostic:
    """The lock that may be there, or why there is none to use: it is missing (JT705) or damaged (JT703)."""
    if data is None:
        return missing_lock()
    try:
        return read_lock(data)
    except MisfitError as fault:
        return damaged_lock(fault)


def lock_misfit(lock: Lock, key: Mapping[str, object], *, head: str = ORIGIN) -> tuple[Diagnostic, ...]:
    """Why a lock must not be used: it is of other inputs (JT704).

    A lock that was made with a state file fits without one: what was observed is part of its plan. ``head`` is that of
    the ledger as it stands: the lines of the lock's plan may be in it or not.
    """
    found, wanted, differing = _compared(lock, key)
    if head not in lock.ledger_heads:
        differing.append("ledger")
        found, wanted = {**found, "ledger": lock.ledger_heads[1]}, {**wanted, "ledger": head}
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


def is_of_this_moment(lock: Lock, key: Mapping[str, object], *, head: str) -> bool:
    """Whether a lock that may not fit was still made by this program, for this instant, on the facts as they are.

    All that may differ are documents, and which revision's registry counts. The ledger must be as the lock's plan left
    it.
    """
    _, _, differing = _compared(lock, key)
    return head == lock.ledger_heads[1] and {"inputDigest", "admissions", "registry"}.issuperset(differing)


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


def _compared(lock: Lock, key: Mapping[str, object]) -> tuple[Mapping[str, object], Mapping[str, object], list[str]]:
    """The lock's key, the one that is wanted, and where they differ. A lock fits without the state it was made with."""
    found = lock.key
    wanted: dict[str, object] = json.loads(json.dumps(key, default=dict))
    wanted |= {"state": found.get("state")} if wanted.get("state") is None else {}
    names = sorted({*found, *wanted} - {"ledger", "objects", "parts"})
    return found, wanted, [name for name in names if found.get(name) != wanted.get(name)]


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
