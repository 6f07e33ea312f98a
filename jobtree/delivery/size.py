"""How much one Application, one Kustomization and one object may hold (JT759, JT760).

An Application lists what it delivers in its own status, and so does a Kustomization; etcd refuses requests of more
than 1.5 MiB, and the API server annotations of more than 256 KiB together. What an entry takes is worked out from the
names in the tree.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.base.glob import glob_matches
from jobtree.base.words import count
from jobtree.delivery.place import Place
from jobtree.load.document import Document
from jobtree.load.limits import STATE
from jobtree.load.source import Source
from jobtree.load.wire.metadata import API_VERSION
from jobtree.load.yaml_reader import read_documents

REQUEST = 1_572_864
"""Bytes: etcd's --max-request-bytes."""

ANNOTATIONS = 262_144
"""Bytes: all annotations of an object, among them what client-side apply last applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """One object of the tree: its folders, outermost first (cluster, then namespace), and what it takes, in bytes."""

    folders: tuple[str, ...]
    kind: str
    name: str
    place: Location
    size: int
    in_application: int
    in_kustomization: int


def read_tree(tree: Mapping[str, bytes]) -> tuple[Delivered, ...]:
    """Every manifest of an output tree, by path. Costs O(bytes)."""
    manifests = [path for path in tree if path.endswith(".yaml") and "/" in path]
    return tuple(
        _delivered(document)
        for path in sorted(manifests)
        for document in read_documents(Source(path, tree[path]), STATE)[0]
        if document.api_version == API_VERSION
    )


def check_objects(objects: Sequence[Delivered], *, client_side: Place | None) -> Iterator[Diagnostic]:
    """JT760. ``client_side`` is where something is told to apply from the client, if anything is."""
    for one in objects:
        if one.size > REQUEST:
            note = f"{one.size:,} bytes > {REQUEST:,}, the largest request that etcd takes"
            hint = "split the run, or ask for fewer and larger groups (locality.groupGPUs)"
            yield error(
                "JT760", f"{one.kind} {one.name} is too large for a cluster", one.place, notes=(note,), help=hint
            )
        elif client_side is not None and one.size > ANNOTATIONS:
            where = f"applied from the client at {client_side.at}"
            note = f"{one.size:,} bytes > {ANNOTATIONS:,}, which all annotations of an object may have together"
            message = f"{one.kind} {one.name} is too large for client-side apply"
            yield error("JT760", message, one.place, notes=(note, where), help="set ServerSideApply=true there")


class Totals:
    """How many objects each folder of a tree holds, and what they take in the status of what delivers them, in bytes.

    The empty path is the whole tree; below it are clusters, and below them namespaces. Costs O(objects).
    """

    __slots__ = ("_folders",)

    def __init__(self, objects: Sequence[Delivered]) -> None:
        self._folders: dict[str, tuple[int, int, int]] = {}
        for one in objects:
            for depth in range(len(one.folders) + 1):
                folder = "/".join(one.folders[:depth])
                number, argo, flux = self._folders.get(folder, (0, 0, 0))
                self._folders[folder] = (number + 1, argo + one.in_application, flux + one.in_kustomization)

    def check_application(self, place: Place, paths: Sequence[str]) -> Iterator[Diagnostic]:
        """JT759 for an Argo CD Application that delivers the folders that match ``paths``, each by itself."""
        found = self._matching(paths)
        yield from _too_many(place, "an Application", {folder: (held[0], held[1]) for folder, held in found.items()})

    def check_kustomization(self, place: Place, paths: Sequence[str]) -> Iterator[Diagnostic]:
        """JT759 for a Flux Kustomization."""
        found = self._matching(paths)
        yield from _too_many(place, "a Kustomization", {folder: (held[0], held[2]) for folder, held in found.items()})

    def _matching(self, paths: Sequence[str]) -> Mapping[str, tuple[int, int, int]]:
        return {
            folder: held
            for folder, held in self._folders.items()
            if any(path.strip(".") == folder or glob_matches(path, folder) for path in paths)
        }


def _too_many(place: Place, what: str, folders: Mapping[str, tuple[int, int]]) -> Iterator[Diagnostic]:
    over = [(folder, number, size) for folder, (number, size) in sorted(folders.items()) if size > REQUEST]
    if over:
        notes = tuple(
            f"{folder or 'the whole output'}: {count(number, 'object')} take {size:,} bytes of its status > {REQUEST:,}"
            for folder, number, size in over
        )
        yield error(
            "JT759",
            f"these are too many objects for {what}",
            place.at,
            notes=notes,
            help="deliver each namespace by itself: `path: <output>/<cluster>/<namespace>`, without patches",
        )


def _delivered(document: Document) -> Delivered:
    whole = Place(document)
    name, namespace = whole.inside("metadata", "name").text, whole.inside("metadata", "namespace").text
    kind, group = document.kind or "", API_VERSION.partition("/")[0]
    entry = {"group": group, "version": "v1", "kind": kind, "namespace": namespace, "name": name, "status": "Synced"}
    message = f"{kind.lower()}.{group}/{name} serverside-applied"
    result = {**entry, "message": message, "hookPhase": "Running", "syncPhase": "Sync"}
    inventory = {"id": f"{namespace}_{name}_{group}_{kind}", "v": "v1"}
    return Delivered(
        folders=tuple(document.path.split("/")[:2]),
        kind=kind,
        name=f"{namespace}/{name}",
        place=document.at(),
        size=_bytes(document.data),
        in_application=_bytes({**entry, "health": {"status": "Healthy"}}) + _bytes(result),
        in_kustomization=_bytes(inventory),
    )


def _bytes(value: Mapping[str, object]) -> int:
    """Of compact JSON, as it is stored."""
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", errors="replace"))
