"""Frozen dataclasses to JSON values and back, by their type hints, strictly.

The codec of the lock: a field that is added to a class of the plan is in the lock without further ado. Where a hint is
a union of classes, the class's name stands under ``is``. Reading refuses what the hints do not say, and names the
place.
"""

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from jobtree.base.instant import Instant

Value = TypeVar("Value")
Reader = Callable[[object, str], Any]
_TAG = "is"
_FRACTION = re.compile(r"\d{1,400}(/[1-9]\d{0,400})?", re.ASCII)
_LAST_INSTANT = 253_402_300_800
"""Seconds: the end of the year 9999, the last that has a date."""


class MisfitError(ValueError):
    """A value is not of the shape that was asked for; the text names the place."""


def to_json(value: object, hint: object = None) -> object:
    """Dataclasses become objects, tuples lists, enums their values. ``hint`` is the type it will be read back as."""
    match value:
        case Enum():
            return value.value
        case Fraction():
            return str(value)
        case str() | int() | None:
            return value
        case tuple() | list():
            return [to_json(item, _item_hint(hint)) for item in value]
        case Mapping():
            return {key: to_json(item) for key, item in value.items()}
        case _ if is_dataclass(value):
            tag = {_TAG: type(value).__name__} if len(_classes(hint)) > 1 else {}
            return tag | {
                name: to_json(getattr(value, name), of) for name, of in _hints(cast("Any", type(value))).items()
            }
        case _:
            raise TypeError(f"{type(value).__name__} has no JSON form")


def from_json(kind: type[Value], value: object) -> Value:
    """The value of this type; MisfitError if there is none. Lists become tuples."""
    return cast("Value", _reader(cast("Any", kind))(value, ""))


@cache
def _hints(kind: Any) -> dict[str, object]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind) if field.init}


@cache
def _item_hint(hint: object) -> object:
    return (get_args(hint) or (None,))[0]


@cache
def _classes(hint: object) -> tuple[type, ...]:
    """The dataclasses that a hint's union offers; the hint itself if it is one."""
    members = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    return tuple(member for member in members if isinstance(member, type) and is_dataclass(member))


@cache
def _reader(hint: Any) -> Reader:
    if hint is Instant:
        return _read_instant
    if hasattr(hint, "__supertype__"):
        return _reader(hint.__supertype__)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _union_reader(hint)
    if origin is tuple:
        return _tuple_reader(get_args(hint))
    if origin is not None:
        return _read_mapping
    if is_dataclass(hint):
        return _class_reader(cast("type", hint))
    if issubclass(hint, Enum):
        return _enum_reader(hint)
    if hint is Fraction:
        return _read_fraction
    return _scalar_reader(hint)


def _scalar_reader(kind: type) -> Reader:
    def read(value: object, place: str) -> object:
        if type(value) is not kind:
            raise MisfitError(f"{place or 'it'} is no {kind.__name__}")
        return value

    return read


def _read_instant(value: object, place: str) -> object:
    if type(value) is not int or not 0 <= value < _LAST_INSTANT:
        raise MisfitError(f"{place or 'it'} is no instant")
    return value


def _read_fraction(value: object, place: str) -> object:
    if not isinstance(value, str) or not _FRACTION.fullmatch(value):
        raise MisfitError(f"{place or 'it'} is no fraction")
    return Fraction(value)


def _enum_reader(kind: type[Enum]) -> Reader:
    def read(value: object, place: str) -> Enum:
        try:
            return kind(value)
        except ValueError:
            raise MisfitError(f"{place or 'it'} is no {kind.__name__}") from None

    return read


def _tuple_reader(hints: tuple[object, ...]) -> Reader:
    endless = hints[-1] is Ellipsis
    readers = [_reader(hint) for hint in hints if hint is not Ellipsis]

    def read(value: object, place: str) -> tuple[object, ...]:
        if not isinstance(value, list) or not (endless or len(value) == len(readers)):
            raise MisfitError(f"{place or 'it'} is no list of the right length")
        each = readers * len(value) if endless else readers
        return tuple(reader(item, f"{place}[{at}]") for at, (reader, item) in enumerate(zip(each, value, strict=True)))

    return read


def _union_reader(hint: object) -> Reader:
    classes = {kind.__name__: kind for kind in _classes(hint)}
    others = [_reader(member) for member in get_args(hint) if member not in classes.values()]

    def read(value: object, place: str) -> object:
        if isinstance(value, dict) and len(classes) > 1:
            kind = classes.get(str(value.get(_TAG)))
            if kind is None:
                raise MisfitError(f"{place}.{_TAG} is none of {', '.join(classes)}")
            return _reader(kind)({key: item for key, item in value.items() if key != _TAG}, place)
        if isinstance(value, dict) and classes:
            return _reader(*classes.values())(value, place)
        return _first(others, value, place)

    return read


def _first(readers: list[Reader], value: object, place: str) -> object:
    for reader in readers:
        try:
            return reader(value, place)
        except MisfitError:
            continue
    raise MisfitError(f"{place or 'it'} has the wrong type")


def _class_reader(kind: type) -> Reader:
    readers: dict[str, Reader] = {}

    def read(value: object, place: str) -> object:
        readers.update({} if readers else {name: _reader(hint) for name, hint in _hints(kind).items()})
        if not isinstance(value, dict) or value.keys() != readers.keys():
            raise MisfitError(f"{place or 'it'} is no {kind.__name__}: it has {', '.join(readers) or 'no fields'}")
        return kind(**{name: reader(value[name], f"{place}.{name}") for name, reader in readers.items()})

    return read


def _read_mapping(value: object, place: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise MisfitError(f"{place or 'it'} is no object")
    return {key: _frozen(item) for key, item in value.items()}


def _frozen(value: object) -> object:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
