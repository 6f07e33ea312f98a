"""Names and places of emitted objects: from content alone, so an unchanged plan is an empty diff (semantics.md 3)."""

import hashlib
import json
import re
from collections.abc import Mapping

from jobtree.base.identity import API_GROUP

LABEL = f"{API_GROUP}/"
LONGEST_NAME = 63
_DIGITS = 10
_ODD = re.compile(r"[^A-Za-z0-9._-]|^\.|^(?:plan\.json|plan\.lock\.json|seal\.json)$")


def content_digest(spec: Mapping[str, object]) -> str:
    """First ten hex digits of SHA-256 over the canonical JSON of a spec: sorted keys, no spaces, UTF-8."""
    text = json.dumps(spec, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:_DIGITS]


def object_name(run: str, tail: str) -> str:
    """``<run>-<tail>``, the run's part cut so that the name has at most 63 characters."""
    return f"{run[: LONGEST_NAME - 1 - len(tail)]}-{tail}"


def folder(name: str) -> str:
    """A cluster's or namespace's name as one path segment: odd characters and reserved names are percent-encoded."""
    return _ODD.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8")), name)
