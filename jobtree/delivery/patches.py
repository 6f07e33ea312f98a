"""Kustomize patches: whom they select, and what they write. Both forms, strategic merge and JSON 6902."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from posixpath import dirname, join, normpath

from jobtree.delivery.place import Place
from jobtree.load.document import Data
from jobtree.load.source import Source
from jobtree.load.wire.metadata import GROUP
from jobtree.load.yaml_reader import read_documents

IMMUTABLE = ("Lease", "Reservation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """``kinds``: those of ours, among Lease and Reservation, that it selects. ``annotations`` is what it adds."""

    place: Place
    kinds: tuple[str, ...]
    changes_spec: bool
    annotations: Mapping[str, str]


class PatchFiles:
    """Files in which patches may stand, by path. Each is read once, however often it is named."""

    __slots__ = ("_files", "_read")

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._read: dict[str, Data] = {}

    def body(self, path: str, otherwise: str) -> Data:
        """The patch in a file as data; where there is no such file, that of a text."""
        if path not in self._files:
            return _parsed(otherwise)
        if path not in self._read:
            self._read[path] = _parsed(self._files[path].decode("utf-8", errors="replace"))
        return self._read[path]


NO_FILES = PatchFiles({})


def read_patch(item: Place, files: PatchFiles) -> Patch:
    """An item of ``patches`` or of one of its forerunners, inline or in a file.

    Text that cannot be read changes nothing: Kustomize refuses it. Of a file with several patches the first counts.
    """
    place = next((item.inside(key) for key in ("patch", "path") if item.inside(key).text), item)
    beside = normpath(join(dirname(item.document.path), place.text.strip()))
    body = files.body(beside, place.text)
    document: Mapping[str, Data] = body if isinstance(body, dict) else {}
    operations = [one for one in body if isinstance(one, dict)] if isinstance(body, list) else []
    return Patch(
        place=place,
        kinds=_kinds(item.inside("target").value, document),
        changes_spec="spec" in document or any(_path(one)[:1] == ["spec"] for one in operations),
        annotations={**_annotations(document.get("metadata")), **dict(_added(operations))},
    )


def _parsed(text: str) -> Data:
    """The patch as data: its first document, mapping or list."""
    body = "".join(f"  {line}\n" for line in text.split("\n---", 1)[0].splitlines())
    documents, _ = read_documents(Source("<patch>", f"patch:\n{body}".encode("utf-8", errors="replace")))
    return documents[0].data.get("patch") if documents else None


def _kinds(target: Data, document: Mapping[str, Data]) -> tuple[str, ...]:
    """Kustomize matches kinds and groups of a target as whole regular expressions."""
    if not isinstance(target, dict):
        named = document.get("kind")
        return tuple(kind for kind in IMMUTABLE if kind == named)
    if not _selects(target.get("group"), GROUP):
        return ()
    return tuple(kind for kind in IMMUTABLE if _selects(target.get("kind"), kind))


def _selects(pattern: Data, name: str) -> bool:
    """Alternatives of plain names and ``.*`` are told apart; any other expression is taken to match."""
    if not isinstance(pattern, str) or not pattern:
        return True
    parts = pattern.removeprefix("^").removesuffix("$").strip("()").split("|")
    return any(part == name or not re.fullmatch(r"[A-Za-z0-9.-]+", part) for part in parts)


def _path(operation: Mapping[str, Data]) -> list[str]:
    path = operation.get("path")
    steps = path.split("/")[1:] if isinstance(path, str) else []
    return [step.replace("~1", "/").replace("~0", "~") for step in steps]


def _added(operations: list[dict[str, Data]]) -> Iterator[tuple[str, str]]:
    for operation in operations:
        value = operation.get("value")
        match _path(operation):
            case ["metadata", "annotations", key] if isinstance(value, str):
                yield key, value
            case ["metadata", "annotations"]:
                yield from _annotations({"annotations": value}).items()


def _annotations(metadata: Data) -> dict[str, str]:
    found = metadata.get("annotations") if isinstance(metadata, dict) else None
    return {key: value for key, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}
