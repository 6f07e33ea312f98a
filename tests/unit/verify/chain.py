"""Writes ledger files and closures, by code that is neither the compiler's nor the checker's."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.unit.verify.publish import NO_HEAD

Json = dict[str, Any]
Lines = list[tuple[str, Json]]
"""Month and content of each line, without the hash of the line before."""


def closed(lease: Json, ended: str, reason: str) -> Json:
    """A Lease object with the status of one that is over."""
    return lease | {"status": {"closed": True, "ended": ended, "closureReason": reason}}


def closure(lease: Json) -> Json:
    """What plan.json says of a closed lease."""
    spec, status = lease["spec"], lease["status"]
    return {
        "lease": f"{lease['metadata']['namespace']}/{lease['metadata']['name']}",
        "run": f"{spec['runRef']['namespace']}/{spec['runRef']['name']}",
        **{name: spec[name] for name in ("group", "rank", "role")},
        **spec["slice"],
        "start": spec["interval"]["start"],
        "time": status["ended"],
        "reason": status["closureReason"],
    }


def chained(lines: Iterable[tuple[str, Json]]) -> dict[str, bytes]:
    """The files of a ledger."""
    files: dict[str, bytes] = {}
    head = NO_HEAD
    for month, line in lines:
        data = canonical(line | {"previous": head})
        head = hashlib.sha256(data).hexdigest()
        files[f"{month}.jsonl"] = files.get(f"{month}.jsonl", b"") + data + b"\n"
    return files


def head_of(files: Mapping[str, bytes]) -> str:
    """Hash of the last line."""
    lines = b"".join(files[name] for name in sorted(files)).splitlines()
    return hashlib.sha256(lines[-1]).hexdigest() if lines else NO_HEAD


def opened(files: Mapping[str, bytes]) -> Lines:
    """Lines that ``chained`` would write again."""
    found = [
        (name.removesuffix(".jsonl"), json.loads(line)) for name in sorted(files) for line in files[name].splitlines()
    ]
    return [(month, {key: value for key, value in line.items() if key != "previous"}) for month, line in found]


def canonical(line: Json) -> bytes:
    return json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
