"""Submit: new Runs and JobTrees become files of a repository, or objects of one file. Code: JT787."""

from collections.abc import Mapping, Sequence

from jobtree.base.diagnostic import Diagnostic, error
from jobtree.edit.destination import destination, globs_of, owner_of
from jobtree.edit.edits import Submit
from jobtree.edit.find import KINDS, Piece, pieces
from jobtree.edit.insert import inserted
from jobtree.edit.outcome import Declined, Edited
from jobtree.edit.submission import Submitted, submitted
from jobtree.load.document import Data
from jobtree.load.limits import Limits
from jobtree.load.source import Source
from jobtree.load.wire.metadata import GROUP, SERVER_FIELDS

_SHOWN = 3


def submit(edit: Submit, sources: Sequence[Source], limits: Limits, into: str | None) -> Edited | Declined:
    """New objects in files of their own, or at the end of the file ``into``.

    An object that is there already, and equal, is ``unchanged``; one that differs is JT787. Nothing is overwritten.
    """
    given = submitted(edit)
    if isinstance(given, Declined):
        return given
    others = _others(given, sources, limits)
    new, sentences, there = [], [], []
    for one in given:
        same = [other for other in others if (other.kind, other.key) == (one.piece.kind, one.piece.key)]
        said = f"{one.piece.kind.lower()}.{GROUP}/{one.piece.key.name if one.piece.key else ''}"
        if same and _essence(same[0]) == _essence(one.piece):
            sentences.append(f"{said} unchanged")
            continue
        there += [_there(one, same[0])] if same else []
        new.append(one)
        sentences.append(f"{said} created")
        others.append(one.piece)
    if there:
        return Declined(diagnostics=tuple(there), files={edit.source.path: edit.source.data})
    files = _files(new, edit.source, sources, others) if into is None else inserted(new, into, sources, limits)
    if isinstance(files, Declined):
        return files
    return Edited(files=files, sentences=tuple(sentences), title=f"submit {_names(given)}")


def _others(given: Sequence[Submitted], sources: Sequence[Source], limits: Limits) -> list[Piece]:
    """The runs and trees of the same namespaces and owners that are there, as far as their files can be read."""
    keys = [one.piece.key.namespace for one in given if one.piece.key is not None]
    words = [word.encode() for word in dict.fromkeys([*keys, *(owner_of(one.piece) for one in given)]) if word]
    near = [source for source in sources if any(word in source.data for word in words)]
    return [piece for source in near for piece in pieces(source, limits)[0] if piece.kind in KINDS]


def _essence(piece: Piece) -> Data:
    """What its author wrote: all but what an API server adds."""
    data = {name: value for name, value in piece.document.data.items() if name != "status"}
    metadata = data.get("metadata")
    if isinstance(metadata, dict):
        added = SERVER_FIELDS | {"creationTimestamp"}
        data["metadata"] = {name: value for name, value in metadata.items() if name not in added}
    return data


def _files(
    new: Sequence[Submitted], source: Source, sources: Sequence[Source], others: Sequence[Piece]
) -> Mapping[str, bytes]:
    ending = ".json" if source.path.endswith(".json") else ".yaml"
    taken = {other.path for other in sources}
    known = [other for other in others if all(other is not one.piece for one in new)]
    files: dict[str, bytes] = {}
    for one in new:
        globs = globs_of(owner_of(one.piece), sources)
        path = destination(one.piece, ending, others=known, globs=globs, taken=taken | files.keys())
        files[path] = one.text.encode("utf-8")
    return files


def _there(one: Submitted, other: Piece) -> Diagnostic:
    place = other.document.at("metadata", "name")
    key, kind = one.piece.key, one.piece.kind
    return error(
        "JT787",
        f"{kind} {key} is there already, and differs",
        one.piece.document.at("metadata", "name"),
        notes=(f"it is at {place}",),
        help=f"edit {place.path}, or submit it under another name",
    )


def _names(given: Sequence[Submitted]) -> str:
    names = [str(one.piece.key) for one in given]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
