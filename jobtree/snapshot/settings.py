"""The Fleet of a snapshot: the one that it holds, or one with default settings whose registry follows from its objects.

A snapshot has no paths, so an owner's ``paths`` mean nothing in it.
"""

from collections.abc import Iterator, Mapping

from jobtree.load.document import Data
from jobtree.load.wire.metadata import API_VERSION
from jobtree.snapshot.reading import Snapshot

Object = Mapping[str, object]


def fleet_object(snapshot: Snapshot) -> Object:
    """A Fleet document without paths. A second one in the snapshot is passed over."""
    held = snapshot.of_kind("Fleet")
    if not held:
        return {
            "apiVersion": API_VERSION,
            "kind": "Fleet",
            "metadata": {"name": "snapshot"},
            "spec": {"owners": _owners(snapshot)},
        }
    data = dict(held[0].data)
    spec = _mapping(data.get("spec"))
    owners = spec.get("owners")
    if isinstance(owners, list):
        spec = {**spec, "owners": [_without_paths(owner) for owner in owners]}
    return {**data, "spec": spec}


def _without_paths(owner: Data) -> Data:
    return {name: value for name, value in _mapping(owner).items() if name != "paths"}


def _owners(snapshot: Snapshot) -> list[Object]:
    """Every owner that is named. A namespace belongs to the owner of the first budget in it, else of the first run."""
    owner_of: dict[str, str] = {}
    named: dict[str, list[str]] = {}
    for kind in ("Budget", "Run", "JobTree"):
        for document in snapshot.of_kind(kind):
            metadata, spec = _mapping(document.data.get("metadata")), _mapping(document.data.get("spec"))
            owner, namespace = str(spec.get("owner")), str(metadata.get("namespace"))
            for name in (owner, *_others(spec)):
                named.setdefault(name, [])
            if owner_of.setdefault(namespace, owner) == owner and namespace not in named[owner]:
                named[owner].append(namespace)
    return [{"name": name, "namespaces": sorted(named[name])} for name in sorted(named)]


def _others(spec: Mapping[str, Data]) -> Iterator[str]:
    """Owners whom a budget or a run names beside its own."""
    for names in (spec.get("parents"), _mapping(spec.get("funding")).get("sponsors")):
        if isinstance(names, list):
            yield from map(str, names)


def _mapping(value: Data) -> dict[str, Data]:
    return value if isinstance(value, dict) else {}
