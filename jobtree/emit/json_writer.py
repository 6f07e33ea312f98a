"""Values to JSON bytes: two-space indent, but lists and objects of scalars stay on one line where they fit.

So a pod is a line and a diff of two plans reads like a list of pods. Keys keep their order; text is not escaped to
ASCII.
"""

import json
from collections.abc import Mapping
from typing import TypeGuard

_WIDTH = 160
_Nest = Mapping[str, object] | list[object] | tuple[object, ...]
_compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=dict).encode


def write_json(value: object) -> bytes:
    """Writes mappings, lists, strings, integers, finite floats, booleans and None; ends with a line feed.

    A lone surrogate, which UTF-8 cannot hold, is escaped: Python's escape and JSON's are the same.
    """
    return (_value(value, "\n") + "\n").encode("utf-8", errors="backslashreplace")


def _value(value: object, newline: str) -> str:
    return _nested(value, newline) if _nests(value) and value else _compact(value)


def _nested(value: _Nest, newline: str) -> str:
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


def _is_leaf(value: _Nest) -> bool:
    """Whether it nests no deeper than an object of scalars and of flat lists."""
    items = value.values() if isinstance(value, Mapping) else value
    return all(
        not _nests(item)
        or (isinstance(value, Mapping) and isinstance(item, list | tuple) and not any(map(_nests, item)))
        for item in items
    )


def _nests(item: object) -> TypeGuard[_Nest]:
    return not isinstance(item, str | int | None) and isinstance(item, Mapping | list | tuple)
