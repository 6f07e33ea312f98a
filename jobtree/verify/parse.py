"""The checker's own strict reader of YAML and JSON: nothing is guessed, so nothing can be guessed differently.

A plain YAML scalar is an integer only if it is written like one (``0``, ``17``, ``-3``), a boolean only as ``true`` or
``false``, null only as ``null``, ``~`` or nothing; everything else is text. Duplicate keys, anchors, aliases, tags,
merge keys and depths over 32 are refused.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

import yaml

from jobtree.verify.violation import FormatError

Value = None | bool | int | str | list[Any] | dict[str, Any]
"""What a document is made of."""

DEEPEST = 32
_INTEGER = re.compile(r"0|-?[1-9]\d{0,17}", re.ASCII)
_WORDS: dict[str, Value] = {"": None, "~": None, "null": None, "true": True, "false": False}


def read_json(data: bytes) -> Value:
    """Reads one JSON text; numbers with a fraction or exponent stay text."""
    try:
        value: Value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_mapping,
            parse_float=str,
            parse_int=_integer,
            parse_constant=_refuse_constant,
        )
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise FormatError(f"no JSON of ours: {error}") from None
    return value


def read_yaml(data: bytes) -> tuple[Value, ...]:
    """Reads all documents of a YAML file."""
    try:
        return tuple(_documents(yaml.parse(data.decode("utf-8"), Loader=yaml.CSafeLoader)))
    except (yaml.YAMLError, ValueError) as error:
        raise FormatError(f"no YAML of ours: {' '.join(str(error).split())}") from None


def _documents(events: Iterator[yaml.Event]) -> Iterator[Value]:
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            yield _value(next(events), events, 0)


def _value(event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Value:
    if getattr(event, "anchor", None) is not None or getattr(event, "tag", None) is not None:
        raise FormatError(f"anchors, aliases and tags are not allowed ({_line(event)})")
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event)
    if depth >= DEEPEST:
        raise FormatError(f"nested deeper than {DEEPEST} ({_line(event)})")
    if isinstance(event, yaml.SequenceStartEvent):
        return _sequence(events, depth + 1)
    return _pairs(events, depth + 1)


def _scalar(event: yaml.ScalarEvent) -> Value:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text


def _sequence(events: Iterator[yaml.Event], depth: int) -> list[Any]:
    found: list[Any] = []
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        found.append(_value(event, events, depth))
    return found


def _pairs(events: Iterator[yaml.Event], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        if not isinstance(event, yaml.ScalarEvent) or event.value == "<<" or event.anchor or event.tag:
            raise FormatError(f"a key is a plain word, and merge keys are not allowed ({_line(event)})")
        if event.value in found:
            raise FormatError(f"key {event.value} occurs twice ({_line(event)})")
        found[event.value] = _value(next(events), events, depth)
    return found


def _line(event: yaml.Event) -> str:
    return f"line {event.start_mark.line + 1}" if event.start_mark else "somewhere"


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key occurs twice in one object")
    return found


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"{text[:30]} is no integer of at most 18 digits")
    return int(text)


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")
