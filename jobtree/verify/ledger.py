"""The ledger as the checker reads it: lines that each carry the hash of the one before (docs/ledger.md)."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jobtree.verify.contention import Lottery, read_lottery
from jobtree.verify.field import Field
from jobtree.verify.inputs import GROUP
from jobtree.verify.lease import Closed, read_closed
from jobtree.verify.naming import name_of
from jobtree.verify.parse import read_json
from jobtree.verify.violation import FormatError, Violation

NO_HEAD = "0" * 64
_FILE = re.compile(r"\d{4}-(0[1-9]|1[0-2])\.jsonl", re.ASCII)
_KEYS = {
    "": {"apiVersion", "kind", "metadata", "spec", "status"},
    "metadata": {"labels", "name", "namespace"},
    "status": {"closed", "closureReason", "ended"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: a closed lease with its object, or a lottery. ``head`` is its own hash."""

    head: str
    closed: Closed | None
    value: Field
    lottery: Lottery | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All lines in order, and what is wrong with them."""

    lines: tuple[Line, ...]
    faults: tuple[Violation, ...]

    @property
    def head(self) -> str:
        """Hash of the last line."""
        return self.lines[-1].head if self.lines else NO_HEAD

    @property
    def closed(self) -> tuple[Closed, ...]:
        """All closed leases, in order."""
        return tuple(line.closed for line in self.lines if line.closed)

    @property
    def lotteries(self) -> tuple[Lottery, ...]:
        """All lotteries, in order."""
        return tuple(line.lottery for line in self.lines if line.lottery)

    def after(self, head: object) -> tuple[Line, ...] | None:
        """The lines behind the one with this hash; None if there is no such line."""
        if head == NO_HEAD:
            return self.lines
        for number, line in enumerate(self.lines):
            if line.head == head:
                return self.lines[number + 1 :]
        return None


def read_ledger(files: Mapping[str, bytes]) -> Ledger:
    """Reads all files in the order of their names; every fault is a ``ledger-chain`` violation."""
    lines: list[Line] = []
    faults: list[str] = []
    named = sorted((path.rpartition("/")[2], path) for path in files)
    for number, (name, path) in enumerate(named):
        if not _FILE.fullmatch(name) or (number and named[number - 1][0] == name):
            faults.append(f"{path} is no month of the ledger, or one that is there twice")
        for where, data in _split(path, files[path]):
            try:
                line = Field(read_json(data), "line")
                faults += [f"{where}: {fault}" for fault in _chain_faults(line, data, lines)]
                lines.append(_line(line, data))
            except (FormatError, RecursionError) as error:
                faults.append(f"{where}: {error}")
                lines.append(Line(head=_hash(data), closed=None, value=Field(None, where), lottery=None))
    faults += _twice(lines)
    return Ledger(lines=tuple(lines), faults=tuple(Violation("ledger-chain", fault) for fault in faults))


def _split(path: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Lines with their places. What follows the last line feed, even nothing but an empty file, is a line as well."""
    parts = data.split(b"\n")
    whole = parts[:-1] if len(parts) > 1 and not parts[-1] else parts
    for number, line in enumerate(whole, 1):
        yield f"{path}:{number}", line if number < len(parts) else line + b"\xff"


def _chain_faults(line: Field, data: bytes, lines: list[Line]) -> Iterator[str]:
    if data != _canonical(line).encode("utf-8", "surrogatepass"):
        yield "the line is not written as canonical JSON, ended by a line feed"
    expected = lines[-1].head if lines else NO_HEAD
    if line["previous"].value != expected:
        yield f"previous is {line['previous'].value}, expected {expected}"


def _line(line: Field, data: bytes) -> Line:
    kinds = sorted(name for name, _ in line.members() if name != "previous")
    if kinds == ["lottery"]:
        return Line(head=_hash(data), closed=None, value=line["lottery"], lottery=read_lottery(line["lottery"]))
    if kinds != ["lease"]:
        raise line.wrong("a lease or a lottery, and previous")
    lease = line["lease"]
    for part, known in _KEYS.items():
        if {name for name, _ in (lease[part] if part else lease).members()} != known:
            raise FormatError(f"the lease has other keys than {', '.join(sorted(known))} {part and 'in ' + part}")
    if (lease["apiVersion"].value, lease["kind"].value) != (GROUP, "Lease"):
        raise lease.wrong("a Lease object")
    closed = read_closed(lease)
    if closed.lease.name[1] != name_of(lease.value):
        raise FormatError(f"{closed.lease} must be called {name_of(lease.value)}")
    return Line(head=_hash(data), closed=closed, value=lease, lottery=None)


def _canonical(line: Field) -> str:
    return json.dumps(line.value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _twice(lines: list[Line]) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    for line in lines:
        if line.closed is not None:
            if line.closed.lease.name in seen:
                yield f"{line.closed.lease} is closed twice"
            seen.add(line.closed.lease.name)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
