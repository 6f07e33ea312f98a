"""All inputs of a compile, read without any code of the compiler."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from jobtree.verify.budgets import Budget, Envelope, EnvelopeKey, Kin, read_budget
from jobtree.verify.field import Field
from jobtree.verify.fleet import MOST_NODES, Fleet, Node, read_fleet, read_node, read_pool
from jobtree.verify.parse import read_json, read_yaml
from jobtree.verify.runs import Key, Origin, Run, read_run, read_tree
from jobtree.verify.violation import FormatError, Violation

Name = TypeVar("Name", str, Key)
Value = TypeVar("Value")
GROUP = "rq.davidlangworthy.io/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The catalog of the checker. ``kin`` and ``envelopes`` follow from the budgets."""

    fleet: Fleet
    nodes: dict[str, Node]
    budgets: tuple[Budget, ...]
    runs: dict[Key, Run]
    envelopes: dict[EnvelopeKey, Envelope]
    kin: Kin

    def observed(self, states: Mapping[str, tuple[bool, bool]]) -> "Inputs":
        """The same with nodes as a state file has them: usable and lost, of those that it mentions."""
        nodes = dict(self.nodes)
        for name, (usable, lost) in states.items():
            if name in nodes:
                nodes[name] = replace(nodes[name], usable=usable and not lost, lost=lost)
        return replace(self, nodes=nodes)


@dataclass(slots=True)
class _Found:
    """What has been read so far."""

    fleets: list[Fleet] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    pools: list[tuple[str, Field]] = field(default_factory=list)
    machines: list[Field] = field(default_factory=list)
    budgets: dict[Key, Budget] = field(default_factory=dict)
    runs: dict[Key, Run] = field(default_factory=dict)
    trees: list[tuple[Origin, Field]] = field(default_factory=list)
    faults: list[Violation] = field(default_factory=list)


def read_inputs(
    files: Mapping[str, bytes], admissions: Mapping[str, int], registry: bytes | None
) -> tuple[Inputs, tuple[Violation, ...]]:
    """Reads every file; what cannot be read is a ``format`` violation and is left out.

    ``admissions`` are instants by run, for runs whose documents do not tell theirs. ``registry`` is the Fleet
    document of the base revision, whose owners count instead of those among the files.
    """
    found = _Found()
    for path in sorted(files):
        try:
            for document in documents(path, files[path]):
                _document(found, document, path)
        except FormatError as error:
            found.faults.append(Violation("format", f"{path}: {error}"))
    _expand(found)
    fleet = _fleet(found, registry)
    _machines(found, fleet.gpu_resource)
    budgets = tuple(found.budgets[key] for key in sorted(found.budgets))
    inputs = Inputs(
        fleet=fleet,
        nodes={
            name: node for name, node in found.nodes.items() if not fleet.clusters or node.domain[1] in fleet.clusters
        },
        budgets=budgets,
        runs={key: _admitted(found.runs[key], admissions) for key in sorted(found.runs)},
        envelopes={envelope.key: envelope for budget in budgets for envelope in budget.envelopes},
        kin=Kin(budgets),
    )
    return inputs, tuple(found.faults)


def documents(path: str, data: bytes) -> Iterator[Field]:
    """Documents of a file, lists of objects opened."""
    for value in (read_json(data),) if path.endswith(".json") else read_yaml(data):
        if isinstance(value, dict) and value.get("kind") == "List" and value.get("apiVersion") == "v1":
            yield from Field(value, "List")["items"]
        elif isinstance(value, dict):
            yield Field(value, str(value.get("kind")))


def _document(found: _Found, document: Field, path: str) -> None:
    kind = (document["apiVersion"].value, document["kind"].value)
    if kind == (GROUP, "Fleet"):
        found.fleets.append(read_fleet(document["spec"]))
    elif kind == (GROUP, "NodePool"):
        found.pools.append((document["metadata"]["name"].text(), document["spec"]))
    elif kind == ("v1", "Node"):
        found.machines.append(document)
    elif kind == (GROUP, "Budget"):
        key = _key(document)
        _once(found.budgets, key, read_budget(key, document["spec"], path), "Budget")
    elif kind == (GROUP, "Run"):
        run = read_run(_origin(document, path), _key(document)[1], document["spec"])
        _once(found.runs, run.key, run, "Run")
    elif kind == (GROUP, "JobTree"):
        found.trees.append((_origin(document, path), document))


def _origin(document: Field, path: str) -> Origin:
    created = document["metadata"]["creationTimestamp"]
    return Origin(namespace=_key(document)[0], path=path, admitted=created.instant() if created else None)


def _admitted(run: Run, admissions: Mapping[str, int]) -> Run:
    return run if run.admitted is not None else replace(run, admitted=admissions.get("/".join(run.key)))


def _expand(found: _Found) -> None:
    """Trees last: Run documents may join them."""
    alone = dict(found.runs)
    for origin, document in found.trees:
        try:
            for run in read_tree(origin, _key(document)[1], document["spec"], alone):
                if run.key in alone:
                    del alone[run.key], found.runs[run.key]
                _once(found.runs, run.key, run, "Run")
        except FormatError as error:
            found.faults.append(Violation("format", f"{origin.path}: {error}"))


def _fleet(found: _Found, registry: bytes | None) -> Fleet:
    if len(found.fleets) != 1:
        found.faults.append(Violation("format", f"there must be one Fleet, found {len(found.fleets)}"))
        return Fleet()
    fleet = found.fleets[0]
    if registry is None:
        return fleet
    try:
        base = [document for document in documents("fleet.yaml", registry) if document["kind"].value == "Fleet"]
        return replace(fleet, owners=read_fleet(base[0]["spec"]).owners) if base else fleet
    except FormatError as error:
        found.faults.append(Violation("format", f"the registry of the base revision: {error}"))
        return fleet


def _machines(found: _Found, resource: str) -> None:
    readers = [partial(read_pool, name, spec) for name, spec in found.pools]
    readers += [partial(_machine, document, resource) for document in found.machines]
    for read in readers:
        try:
            for node in read():
                _once(found.nodes, node.name, node, "node")
                if len(found.nodes) > MOST_NODES:
                    raise FormatError(f"more than {MOST_NODES} nodes")
        except FormatError as error:
            found.faults.append(Violation("format", str(error)))


def _machine(document: Field, resource: str) -> Iterator[Node]:
    yield from read_node(document["metadata"]["name"].text(), document, resource)


def _key(document: Field) -> Key:
    metadata = document["metadata"]
    return (metadata["namespace"].text(), metadata["name"].text())


def _once(known: dict[Name, Value], key: Name, value: Value, what: str) -> None:
    if key in known:
        name = "/".join(key) if isinstance(key, tuple) else key
        raise FormatError(f"{what} {name} occurs twice")
    known[key] = value
