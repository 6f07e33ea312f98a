"""The objects of a fleet repository and its plan, as a cluster would show them."""

from collections.abc import Iterator, Mapping, Sequence

from jobtree.cli.runs.backend import Thing
from jobtree.edit.find import pieces, runs_in
from jobtree.load.limits import INPUT, STATE
from jobtree.load.shape import read_shape
from jobtree.load.source import Source
from jobtree.model.catalog import Catalog
from jobtree.model.topology import Node
from jobtree.snapshot.objects import object_order, run_object

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


def _written(source: Source) -> Iterator[Thing]:
    for piece in pieces(source, INPUT)[0]:
        if piece.kind == "Budget":
            yield piece.document.data
        elif piece.kind in ("Run", "JobTree"):
            yield from map(run_object, runs_in(piece, read_shape(piece.document)[0]))


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
