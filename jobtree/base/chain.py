"""A chain of hashes: lines of canonical JSON, each carrying the hash of the one before (docs/ledger.md)."""

import hashlib
import json

ORIGIN = "0" * 64
"""What the first line of all carries in place of a hash."""
SUFFIX = ".jsonl"


def canonical(value: object) -> bytes:
    """The one spelling of a line: sorted keys, no spaces, UTF-8, nothing escaped that need not be."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=dict)
    return text.encode("utf-8")


def hash_of(line: bytes) -> str:
    """SHA-256 of a line without its line feed, in hex."""
    return hashlib.sha256(line).hexdigest()
