"""The objects of a fleet repository and its plan, as a cluster would show them."""

from collections.abc import Iterator, Mapping, Sequence

from jobtree.cli.runs.backend import Thing
from jobtree.edit.find import Found, pieces, runs_in
from jobtree.load.document import Data
from jobtree.load.limits import INPUT, STATE
from jobtree.load.shape import read_shape
from jobtree.load.source import Source
from jobtree.load.wire.metadata import API_VERSION
from jobtree.model.catalog import Catalog
from jobtree.model.topology import Node

_PUBLISHED = ("Lease", "Reservation")


def repository_objects(sources: Sequence[Source], catalog: Catalog, tree: Mapping[str, bytes]) -> tuple[Thing, ...]:
    """Runs (those of JobTrees too, as Runs of their own), Budgets, Nodes, and what the plan publishes.

    Sorted by kind, namespace and name.
    """
    published = [Source(path, data) for path, data in tree.items() if path.endswith(".yaml")]
    things = [
        *(thing for source in sources for thing in _written(source)),
        *(thing for source in published for thing in _published(source)),
        *(_node(node, catalog.fleet.planning.gpu_resource) for node in catalog.nodes),
    ]
    return tuple(sorted(things, key=object_order))


def object_order(thing: Thing) -> tuple[str, str, str]:
    """Kind, namespace, name."""
    metadata = thing.get("metadata")
    named = metadata if isinstance(metadata, Mapping) else {}
    return (str(thing.get("kind")), str(named.get("namespace", "")), str(named.get("name", "")))


def _written(source: Source) -> Iterator[Thing]:
    for piece in pieces(source, INPUT)[0]:
        if piece.kind == "Budget":
            yield piece.document.data
        elif piece.kind in ("Run", "JobTree"):
            yield from map(_run, runs_in(piece, read_shape(piece.document)[0]))


def _run(found: Found) -> Thing:
    """A run of a tree becomes the Run that would say the same."""
    if found.base == ("spec",):
        return found.piece.document.data
    spec: Data = dict(found.piece.document.data)
    for step in found.base:
        spec = spec[step]  # type: ignore[index]  # the shape is sound
    assert isinstance(spec, dict)
    metadata = {"namespace": found.key.namespace, "name": found.key.name}
    return {"apiVersion": API_VERSION, "kind": "Run", "metadata": metadata, "spec": {"owner": found.owner, **spec}}


def _published(source: Source) -> Iterator[Thing]:
    return (piece.document.data for piece in pieces(source, STATE)[0] if piece.kind in _PUBLISHED)


def _node(node: Node, resource: str) -> Thing:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": node.name, "labels": dict(node.labels)},
        "spec": {} if node.usable else {"unschedulable": True},
        "status": {"allocatable": {resource: str(node.gpus)}},
    }
