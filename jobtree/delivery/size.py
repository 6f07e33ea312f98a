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


def check_application(place: Place, paths: Sequence[str], objects: Sequence[Delivered]) -> Iterator[Diagnostic]:
    """JT759 for an Argo CD Application that delivers the folders that match ``paths``."""
    yield from _too_many(
        place,
        "an Application",
        {folder: [one.in_application for one in inside] for folder, inside in _folders(paths, objects)},
    )


def check_kustomization(place: Place, paths: Sequence[str], objects: Sequence[Delivered]) -> Iterator[Diagnostic]:
    """JT759 for a Flux Kustomization."""
    yield from _too_many(
        place,
        "a Kustomization",
        {folder: [one.in_kustomization for one in inside] for folder, inside in _folders(paths, objects)},
    )


def _too_many(place: Place, what: str, folders: Mapping[str, Sequence[int]]) -> Iterator[Diagnostic]:
    over = [(folder, len(sizes), sum(sizes)) for folder, sizes in sorted(folders.items()) if sum(sizes) > REQUEST]
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


def _folders(paths: Sequence[str], objects: Sequence[Delivered]) -> list[tuple[str, list[Delivered]]]:
    """Each folder that a path matches, with what lies below it; the empty path is the whole tree."""
    found: dict[str, list[Delivered]] = {}
    for path in paths:
        depth = 0 if path in ("", ".") else path.count("/") + 1
        for one in objects:
            folder = "/".join(one.folders[:depth])
            if depth == 0 or glob_matches(path, folder):
                found.setdefault(folder, []).append(one)
    return [(folder, list(dict.fromkeys(inside))) for folder, inside in sorted(found.items())]


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
