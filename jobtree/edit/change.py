"""Changes of a run's spec in the text that holds it, read back before anybody sees them.

What comes out has the old data with exactly the changes, or nothing comes out: JT791 says where the text is written in
a way that cannot be changed without touching what stands around it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.diagnostic import Location, error
from jobtree.edit.find import Found
from jobtree.edit.outcome import Declined
from jobtree.edit.splice import Splice, spliced
from jobtree.edit.words import New, flow
from jobtree.edit.write import NoPlaceError, field, items, replaced
from jobtree.load.document import Data, Step, pack
from jobtree.load.limits import Limits
from jobtree.load.source import Source
from jobtree.load.spans import MapSpan, ScalarSpan, SeqSpan, Span, mappings
from jobtree.load.text import place
from jobtree.load.yaml_reader import read_documents, read_spans

_AFTER: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("funding",): ("owner", "resources", "locality", "runtime", "malleable", "spares"),
    ("funding", "maxBorrowGPUs"): ("allowBorrow",),
    ("funding", "sponsors"): ("allowBorrow", "maxBorrowGPUs"),
    ("malleable", "desiredTotalGPUs"): ("minTotalGPUs", "maxTotalGPUs", "stepGPUs"),
}
"""Behind which fields a new field is written: the order of the language's own examples."""


@dataclass(frozen=True, slots=True)
class Put:
    """A field of the spec has this value from now on; the mapping around it must be there."""

    path: tuple[str, ...]
    value: New


@dataclass(frozen=True, slots=True)
class Append:
    """A list of text in the spec, which is there, gets more items."""

    path: tuple[str, ...]
    items: tuple[str, ...]


Change = Put | Append


def changed(found: Found, changes: Sequence[Change], limits: Limits) -> bytes | Declined:
    """The bytes of the run's file with the changes. JT791 if the text cannot be changed in place."""
    text = found.piece.source.data.decode("utf-8")
    try:
        splices = [splice for change in changes for splice in _splices(text, found, change)]
        after = spliced(text, splices)
    except NoPlaceError as fault:
        return _declined(found, place(text, fault.at, found.piece.source.path), str(fault))
    except ValueError as fault:
        return _declined(found, found.piece.document.at(*found.base), str(fault))
    wanted: Data = list(found.piece.roots)
    for change in changes:
        wanted = _with(wanted, (*found.piece.where, *found.base, *change.path), change)
    data = after.encode("utf-8")
    if not reads_as(found.piece.source.path, data, wanted, limits):
        return _declined(found, found.piece.document.at(*found.base), "the text would not say what is meant")
    return data


def reads_as(path: str, data: bytes, wanted: Data, limits: Limits) -> bool:
    """Whether a file holds exactly these documents, read by the reader of every command."""
    documents, findings = read_documents(Source(path, data), limits)
    return not findings and [document.data for document in documents] == wanted


def _splices(text: str, found: Found, change: Change) -> list[Splice]:
    spec = _spec(text, found)
    *above, name = change.path
    parent: tuple[ScalarSpan, Span] = spec
    for step in above:
        held = parent[1].entry(step) if isinstance(parent[1], MapSpan) else None
        if held is None:
            raise NoPlaceError(f"there is no {step}", parent[1].start)
        parent = held
    key, mapping = parent
    if not isinstance(mapping, MapSpan):
        raise NoPlaceError("it is no mapping", mapping.start)
    old = mapping.value(name)
    match change, old:
        case Append(items=new), SeqSpan():
            return items(text, old, new)
        case Put(value=value), None:
            return field(text, (key, mapping), name, value, _AFTER.get(change.path, ()))
        case Put(value=Mapping() as value), MapSpan(entries=()):
            return [Splice(old.start, old.end, flow(value, key.style))]
        case Put(value=int() as value), ScalarSpan():
            return [replaced(old, value)]
        case _:
            raise NoPlaceError(f"{name} is not written as expected", mapping.start if old is None else old.start)


def _spec(text: str, found: Found) -> tuple[ScalarSpan, MapSpan]:
    """The spec with its key."""
    held = mappings(read_spans(text))
    above = found.piece.document.at(*found.base[:-1])
    entry = held[pack(above.line - 1, above.column - 1)].entry(str(found.base[-1]))
    if entry is None or not isinstance(entry[1], MapSpan):
        raise NoPlaceError("the spec is not written as expected", 0)
    return entry[0], entry[1]


def _with(data: Data, path: tuple[Step, ...], change: Change) -> Data:
    """Data with one change; everything else is shared with what was given."""
    if not path:
        match change:
            case Put(value=value):
                return _plain(value)
            case Append(items=new):
                return [*data, *new] if isinstance(data, list) else list(new)
    step, *rest = path
    if isinstance(data, list) and isinstance(step, int):
        return [*data[:step], _with(data[step], tuple(rest), change), *data[step + 1 :]]
    inner = data if isinstance(data, dict) else {}
    return {**inner, str(step): _with(inner.get(str(step)), tuple(rest), change)}


def _plain(value: New) -> Data:
    match value:
        case int() | str():
            return value
        case Mapping():
            return {name: _plain(item) for name, item in value.items()}
        case _:
            return list(value)


def _declined(found: Found, where: Location, why: str) -> Declined:
    source = found.piece.source
    finding = error(
        "JT791",
        "this place cannot be edited without rewriting what stands around it",
        where,
        notes=(why,),
        help="edit the file by hand",
    )
    return Declined(diagnostics=(finding,), files={source.path: source.data})
