"""The ledger as it stands, strictly: every line, every hash, in the order of the files (docs/ledger.md).

The compiler wrote these files itself and only ever appends to them, so anything odd was done by somebody else: it is
refused at its line. Codes: JT711, JT712, JT713, JT714.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jobtree.base.chain import ORIGIN, canonical, hash_of
from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.base.identity import Key
from jobtree.base.instant import format_instant, parse_instant
from jobtree.load.history import lease_faults, lease_of
from jobtree.load.shape import dotted
from jobtree.load.source import Source
from jobtree.load.wire.ledger import LeaseDocument
from jobtree.load.wire.problems import validate
from jobtree.model.lease import ClosedLease, parse_closure

MOST_FINDINGS = 100
"""Then reading stops: the ledger is refused anyway."""

_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])\.jsonl", re.ASCII)
_METADATA = {"labels", "name", "namespace"}
_RESTORE = "restore the ledger folder from git: lines are only ever appended"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRead:
    """What the ledger says.

    ``closed`` in the order of the chain, ``names`` are those of their manifests, ``head`` is the hash of the last line
    in hex.
    """

    closed: tuple[ClosedLease, ...] = ()
    head: str = ORIGIN
    names: frozenset[Key] = frozenset()


class _MisfitError(ValueError):
    """A line is not what the ledger holds; the text says why."""


@dataclass(slots=True)
class _Reading:
    head: str = ORIGIN
    closed: list[ClosedLease] = field(default_factory=list)
    places: dict[Key, Location] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)

    def add_file(self, source: Source) -> None:
        """One month, after all months before it."""
        name = source.path.rpartition("/")[2]
        if not _MONTH.fullmatch(name):
            self._find("JT713", f"{name} is not a month of the ledger, like 2026-03.jsonl", Location(source.path))
            return
        if not source.data.endswith(b"\n"):
            what = "its last line has no end" if source.data else "the file is empty"
            self._find("JT713", f"this month of the ledger was cut: {what}", Location(source.path))
        for number, line in enumerate(source.data.removesuffix(b"\n").split(b"\n"), start=1):
            if not source.data or len(self.findings) >= MOST_FINDINGS:
                return
            self._add_line(line, Location(source.path, number))

    def _add_line(self, line: bytes, where: Location) -> None:
        before, self.head = self.head, hash_of(line)
        try:
            entry = _entry(line)
            if entry["previous"] != before:
                self._broken(entry["previous"], before, where)
            if "lease" in entry:
                self._add_lease(entry["lease"], where)
        except _MisfitError as fault:
            self._find("JT711", f"this line of the ledger is damaged: {fault}", where)

    def _add_lease(self, data: object, where: Location) -> None:
        name, closed = _closed(data)
        first = self.places.setdefault(name, where)
        if first is not where:
            self._find("JT714", f"lease {name} is closed twice in the ledger", where, f"first at {first}")
            return
        self.closed.append(closed)

    def _broken(self, said: object, before: str, where: Location) -> None:
        notes = (f"it says that the line before has the hash {said!s:.64}", f"the line before has the hash {before}")
        if before == ORIGIN:
            notes = (notes[0], "it is the first line, which carries 64 zeros")
        message = "the chain of the ledger breaks here: a line before was changed, removed, or added"
        self._find("JT712", message, where, *notes)

    def _find(self, code: str, message: str, where: Location, *notes: str) -> None:
        self.findings.append(error(code, message, where, notes=notes, help=_RESTORE))


def read_ledger(sources: Sequence[Source]) -> tuple[LedgerRead, tuple[Diagnostic, ...]]:
    """Reads all months in the order of their names; errors say that the ledger must not be used.

    The chain proves that nothing before the last line changed. That the last lines are there is for the lock to say,
    which records the head. Costs O(bytes).
    """
    reading = _Reading()
    for source in sorted(sources, key=lambda source: source.path):
        reading.add_file(source)
    read = LedgerRead(closed=tuple(reading.closed), head=reading.head, names=frozenset(reading.places))
    return read, tuple(sorted(reading.findings, key=lambda finding: finding.sort_key))


def _entry(line: bytes) -> Mapping[str, object]:
    """The object of a line that is written as the ledger writes it, byte by byte."""
    try:
        entry = json.loads(line.decode("utf-8"))
        same = canonical(entry) == line
    except (ValueError, RecursionError) as fault:
        raise _MisfitError(f"it is no JSON ({fault})") from None
    if not same:
        raise _MisfitError("it is not written as compact JSON with sorted keys")
    if not isinstance(entry, dict) or entry.keys() not in ({"lease", "previous"}, {"lottery", "previous"}):
        raise _MisfitError("it is not an object of a lease or a lottery, and previous")
    if not isinstance(entry.get("lottery", {}), dict):
        raise _MisfitError("lottery is no object")
    return entry


def _closed(data: object) -> tuple[Key, ClosedLease]:
    wire = validate(LeaseDocument, data if isinstance(data, dict) else {})
    if isinstance(wire, tuple):
        raise _MisfitError(f"{dotted(('lease', *wire[0].path))}: {wire[0].message}")
    if wire.metadata.model_fields_set != _METADATA:
        raise _MisfitError(f"lease.metadata holds {', '.join(sorted(_METADATA))}")
    lease, status = lease_of(wire.spec), wire.status
    for path, sentence in lease_faults(lease):
        raise _MisfitError(f"{dotted(('lease', *path))}: {sentence}")
    if status is None or not status.closed or status.ended is None or status.closure_reason is None:
        raise _MisfitError("lease.status does not say when and why it was closed")
    try:
        closure = parse_closure(parse_instant(status.ended), status.closure_reason)
    except ValueError as fault:
        raise _MisfitError(f"lease.status.closureReason: {fault}") from None
    interval = wire.spec.interval
    said = (interval.start, interval.expected_end, status.ended)
    if said != tuple(map(format_instant, (lease.interval.start, lease.interval.end, closure.time))):
        raise _MisfitError("its instants are not written in UTC, with Z")
    return Key(wire.metadata.namespace, wire.metadata.name), ClosedLease(lease=lease, closure=closure)
