"""Values to JSON bytes: two-space indent, but lists and objects of scalars stay on one line where they fit.

So a pod is a line and a diff of two plans reads like a list of pods. Keys keep their order; text is not escaped to
ASCII.
"""

import json
from collections.abc import Mapping

_WIDTH = 160


def write_json(value: object) -> bytes:
    """Writes mappings, lists, strings, integers, finite floats, booleans and None; ends with a line feed.

    A lone surrogate, which UTF-8 cannot hold, is escaped: Python's escape and JSON's are the same.
    """
    return (_value(value, "\n") + "\n").encode("utf-8", errors="backslashreplace")


def _value(value: object, newline: str) -> str:
    if not isinstance(value, Mapping | list | tuple) or not value:
        return _compact(value)
    if _is_leaf(value):
        line = _compact(value)
        if len(line) + len(newline) <= _WIDTH:
            return line
    inner = newline + "  "
    if isinstance(value, Mapping):
        body = ("," + inner).join(f"{_compact(key)}: {_value(item, inner)}" for key, item in value.items())
        return f"{{{inner}{body}{newline}}}"
    body = ("," + inner).join(_value(item, inner) for item in value)
    return f"[{inner}{body}{newline}]"


def _is_leaf(value: object) -> bool:
    """Whether it nests no deeper than an object of scalars and of flat lists."""
    items = value.values() if isinstance(value, Mapping) else value
    assert not isinstance(items, str)
    return all(
        not isinstance(item, Mapping | list | tuple)
        or (isinstance(value, Mapping) and isinstance(item, list | tuple) and not any(map(_nests, item)))
        for item in items  # type: ignore[attr-defined]
    )


def _nests(item: object) -> bool:
    return isinstance(item, Mapping | list | tuple)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=dict)
