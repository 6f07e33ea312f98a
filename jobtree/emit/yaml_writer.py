"""Values to YAML bytes in one deterministic style; any YAML 1.1 or 1.2 reader gets the same values back.

Block mappings in the order given, block lists, but flow lists of integers. A string is written plain only if no
reader could take it for anything else: it starts with a letter, holds nothing but letters, digits and ``_ . / -``, and
is no word of any YAML version. Everything else is double-quoted, so numbers, dates, sexagesimals, ``on`` and ``<<``
stay text.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

Scalar = str | int | bool | None

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*", re.ASCII)
_WORDS = frozenset(["y", "n", "yes", "no", "true", "false", "on", "off", "null", "nan", "inf", "infinity"])
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+", re.ASCII)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_UNSAFE = re.compile(
    r'["\\\x00-\x1f\x7f-\xa0\xad\u0600-\u06ff\u2000-\u206f\ud800-\udfff\ufeff\ufff0-\uffff]|[^\x00-\uffff]'
)


def write_documents(documents: Iterable[Mapping[str, object]]) -> bytes:
    """Writes documents of mappings, lists, strings, numbers, booleans and None, separated by ``---`` lines."""
    texts = []
    for document in documents:
        lines: list[str] = []
        _mapping(document, "", "", lines)
        texts.append("\n".join(lines) + "\n")
    return "---\n".join(texts).encode("utf-8")


def _mapping(mapping: Mapping[str, object], lead: str, indent: str, lines: list[str]) -> None:
    """Appends the lines of a mapping; the first one is led by ``lead``, the others by ``indent``."""
    for key, value in mapping.items():
        _entry(f"{lead}{_string(key)}:", value, indent, lines)
        lead = indent


def _entry(head: str, value: object, indent: str, lines: list[str]) -> None:
    match value:
        case Mapping() if value:
            lines.append(head)
            _mapping(value, indent + "  ", indent + "  ", lines)
        case list() | tuple() if not all(isinstance(item, int) for item in value):
            lines.append(head)
            for item in value:
                _item(item, indent, lines)
        case _:
            lines.append(f"{head} {_flow(value)}")


def _item(item: object, indent: str, lines: list[str]) -> None:
    if isinstance(item, Mapping) and item:
        _mapping(item, indent + "- ", indent + "  ", lines)
    else:
        lines.append(f"{indent}- {_flow(item)}")


def _flow(value: object) -> str:
    match value:
        case str():
            return _string(value)
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if _FLOAT.fullmatch(repr(value)):
            return repr(value)
        case Mapping():
            return "{" + ", ".join(f"{_string(key)}: {_flow(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case _:
            raise TypeError(f"{type(value).__name__} is no YAML value of ours")


@lru_cache(maxsize=65_536)
def _string(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return '"' + _UNSAFE.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char in _ESCAPES:
        return _ESCAPES[char]
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError("a lone surrogate cannot be written as UTF-8")
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
