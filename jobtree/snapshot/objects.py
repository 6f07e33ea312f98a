"""The objects of a planned fleet: what the snapshot holds, with the leases and reservations of the plan in place of its
own. What is over stays as it was observed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from jobtree.edit.find import Found, pieces, runs_in
from jobtree.load.limits import STATE
from jobtree.load.scan import scan
from jobtree.load.shape import read_shape
from jobtree.load.source import Source
from jobtree.load.wire.metadata import API_VERSION
from jobtree.snapshot.reading import Snapshot, without_status

Object = Mapping[str, object]
_TREES = ("Run", "JobTree")


def planned_objects(snapshot: Snapshot, tree: Mapping[str, bytes]) -> tuple[Object, ...]:
    """Runs (those of JobTrees too, as Runs of their own), Budgets, Nodes; leases and reservations of the plan.

    Sorted by kind, namespace and name.
    """
    kept = [document.data for document in (*snapshot.of_kind("Budget"), *snapshot.nodes)]
    closed = [document.data for document in snapshot.of_kind("Lease") if is_closed(document.data)]
    runs = [
        run_object(found)
        for piece in pieces(snapshot.source, STATE)[0]
        if piece.kind in _TREES
        for found in runs_in(piece, read_shape(without_status(piece.document))[0])
    ]
    return tuple(sorted([*kept, *closed, *runs, *_rendered(tree)], key=object_order))


def run_object(found: Found) -> Object:
    """A run as an object: as it was written, or the Run that says what its place in a JobTree says."""
    if found.base == ("spec",):
        return found.piece.document.data
    spec: Any = found.piece.document.data
    for step in found.base:
        spec = spec[step]
    metadata = {"namespace": found.key.namespace, "name": found.key.name}
    return {"apiVersion": API_VERSION, "kind": "Run", "metadata": metadata, "spec": {"owner": found.owner, **spec}}


def _rendered(tree: Mapping[str, bytes]) -> Iterator[Object]:
    for path in sorted(tree):
        if path.endswith(".yaml") and not path.endswith("/kustomization.yaml"):
            yield from (document.data for document in scan(Source(path, tree[path]), STATE).ours)


def is_closed(lease: Object) -> bool:
    """Whether a Lease is over."""
    status = lease.get("status")
    return isinstance(status, dict) and bool(status.get("closed"))


def object_order(thing: Object) -> tuple[str, str, str]:
    """Kind, namespace, name."""
    metadata = thing.get("metadata")
    named = metadata if isinstance(metadata, dict) else {}
    return (str(thing.get("kind")), str(named.get("namespace", "")), str(named.get("name", "")))
