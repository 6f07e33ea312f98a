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
_INTEGER = re.compile(r"0|-?[1-9]\d{0,29}", re.ASCII)
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
            builder = _Builder(events)
            value = builder.value(next(events), 0)
            if builder.faults and _is_read(value):
                raise FormatError(builder.faults[0])
            yield value


def _is_read(value: Value) -> bool:
    """Whether the checker looks into a document; what others write beside ours may use any YAML."""
    if not isinstance(value, dict):
        return True
    return value.get("apiVersion") == "v1" or str(value.get("apiVersion")).startswith(("rq.", "kustomize."))


class _Builder:
    """Builds one document from its events, and notes what is not allowed."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self.faults: list[str] = []

    def value(self, event: yaml.Event, depth: int) -> Value:
        """The value that begins with this event, at this depth."""
        if getattr(event, "anchor", None) is not None or getattr(event, "tag", None) is not None:
            self.faults.append(f"anchors, aliases and tags are not allowed ({_line(event)})")
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if depth >= DEEPEST:
            raise FormatError(f"nested deeper than {DEEPEST} ({_line(event)})")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(depth + 1)
        return self._pairs(depth + 1) if isinstance(event, yaml.MappingStartEvent) else None

    def _sequence(self, depth: int) -> list[Any]:
        found: list[Any] = []
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            found.append(self.value(event, depth))
        return found

    def _pairs(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = event.value if isinstance(event, yaml.ScalarEvent) else None
            if key is None or key == "<<":
                self.faults.append(f"a key is a word, and merge keys are not allowed ({_line(event)})")
            if key in found:
                self.faults.append(f"key {key} occurs twice ({_line(event)})")
            self.value(event, depth)
            found[str(key)] = self.value(next(self._events), depth)
        return found


def _scalar(event: yaml.ScalarEvent) -> Value:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text


def _line(event: yaml.Event) -> str:
    return f"line {event.start_mark.line + 1}" if event.start_mark else "somewhere"


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key occurs twice in one object")
    return found


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"{text[:30]} is no integer of at most 30 digits")
    return int(text)


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")
