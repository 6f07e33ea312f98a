"""The ledger: what is over, one line each, each line carrying the hash of the one before (docs/ledger.md).

A ledger is a mapping of file names ``YYYY-MM.jsonl`` to whole files; in name order they are one chain. Nothing here
checks it: that is the reader's part. Code: JT715.
"""

from collections.abc import Iterator, Mapping, Sequence

from jobtree.base.chain import ORIGIN, SUFFIX, canonical, hash_of
from jobtree.base.diagnostic import Diagnostic, error
from jobtree.base.instant import Instant, format_instant
from jobtree.emit.manifests import Object, lease_object
from jobtree.model.lease import ClosedLease


def closed_object(closed: ClosedLease) -> Object:
    """The Lease manifest of a lease that is over, with how it ended as its status."""
    status = {"closed": True, "ended": format_instant(closed.closure.time), "closureReason": str(closed.closure)}
    return {**lease_object(closed.lease), "status": status}


def append(ledger: Mapping[str, bytes], entries: Sequence[Object], as_of: Instant) -> Mapping[str, bytes]:
    """The file that changes, whole; {} without entries. Costs O(size of that file + size of the entries).

    Entries are ``{"lease": closed_object(...)}`` or ``{"lottery": {...}}`` and keep their order. They go to the month
    of ``as_of``, or to the last month there is if that is later: the order of files is the order of the chain.
    """
    if not entries:
        return {}
    name = max([*ledger, format_instant(as_of)[: len("2026-03")] + SUFFIX])
    lines, head = [], head_of(ledger)
    for entry in entries:
        line = canonical({**entry, "previous": head})
        lines.append(line + b"\n")
        head = hash_of(line)
    return {name: ledger.get(name, b"") + b"".join(lines)}


def head_of(ledger: Mapping[str, bytes]) -> str:
    """The hash of the last line in hex; 64 zeros before the first one."""
    if not ledger:
        return ORIGIN
    last = ledger[max(ledger)].removesuffix(b"\n")
    return hash_of(last[last.rfind(b"\n") + 1 :])


def upto(ledger: Mapping[str, bytes], head: str) -> Mapping[str, bytes] | None:
    """The ledger as it stood when its head was this one; None if it never was. Costs O(size of the ledger).

    Appending the same entries to it again gives the same bytes, so a compile can be repeated after it wrote the ledger.
    """
    if head == ORIGIN:
        return {}
    cut: dict[str, bytes] = {}
    for name in sorted(ledger):
        for line, end in _lines(ledger[name]):
            if hash_of(line) == head:
                return {**cut, name: ledger[name][:end]}
        cut[name] = ledger[name]
    return None


def lost_lines(ledger: Mapping[str, bytes], head: str) -> tuple[Diagnostic, ...]:
    """JT715 if the ledger does not hold the line that a lock names as the last one it knew of."""
    if upto(ledger, head) is not None:
        return ()
    notes = (f"the lock ends with line {head}", f"the ledger ends with line {head_of(ledger)}")
    message = "the ledger lost lines that the lock knows of"
    return (error("JT715", message, notes=notes, help="restore the ledger folder from git"),)


def _lines(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Each line without its line feed, and the offset behind it."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start) + 1 or len(data)
        yield data[start:end].removesuffix(b"\n"), end
        start = end
