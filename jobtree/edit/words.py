"""Values as YAML or JSON text: integers, booleans, text, lists of text, and mappings of all these."""

import json
from collections.abc import Mapping, Sequence

from jobtree.load.scalar import read_plain

New = int | bool | str | Sequence[str] | Mapping[str, "New"]
"""A value that an edit writes."""

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:._-")


def scalar(value: int | str, quote: str = "") -> str:
    """A scalar for a block, quoted as its neighbours are, or if it would be read as something else without."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if not _is_plain(value) or quote == '"':
        return json.dumps(value, ensure_ascii=False)
    return f"'{value}'" if quote == "'" else value


def flow(value: New, quote: str = "") -> str:
    """A value on one line, for brackets; keys and text are quoted as their neighbours' keys (``quote``) are.

    Text with a colon is always quoted: older readers take it for a key.
    """
    match value:
        case str():
            return scalar(value, '"' if ":" in value else quote)
        case Mapping():
            inner = ", ".join(f"{key(name, quote)}: {flow(item, quote)}" for name, item in value.items())
            return f"{{{inner}}}"
        case Sequence():
            return f"[{', '.join(flow(item, quote) for item in value)}]"
        case _:
            return scalar(value)


def _is_plain(value: str) -> bool:
    """Whether every reader takes it for this text without quotes."""
    reading = read_plain(value)
    is_text = reading.code is None and reading.value == value and set(value) <= _PLAIN
    return is_text and not value.startswith("-") and not value.endswith(":")


def key(name: str, quote: str = "") -> str:
    """The name of a field, quoted as its neighbours are."""
    return f"{quote}{name}{quote}" if quote in ("'", '"') else name


def block(name: str, value: New, *, step: int, dash: int) -> list[str]:
    """A field as lines of a block: mappings are ``step`` columns deeper than their key, dashes ``dash`` columns."""
    match value:
        case str():
            return [f"{name}: {scalar(value)}"]
        case Mapping():
            inner = [line for field, item in value.items() for line in block(field, item, step=step, dash=dash)]
            return [f"{name}:", *(" " * step + line for line in inner)]
        case Sequence():
            return [f"{name}:", *(f"{' ' * dash}- {scalar(item)}" for item in value)]
        case _:
            return [f"{name}: {scalar(value)}"]
