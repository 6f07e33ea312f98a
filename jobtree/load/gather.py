"""Documents sorted into kinds, with the findings of reading and shape: the first pass."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from jobtree.base.diagnostic import Diagnostic, error, warning
from jobtree.load.document import Document
from jobtree.load.placed import has_error
from jobtree.load.scan import Scanned, scan
from jobtree.load.shape import read_shape
from jobtree.load.source import Source
from jobtree.load.wire.budget import BudgetDocument
from jobtree.load.wire.fleet import FleetDocument, NodePoolDocument, PolicyDocument
from jobtree.load.wire.ledger import LeaseDocument, ReservationDocument
from jobtree.load.wire.run import RunDocument
from jobtree.load.wire.tree import TreeDocument

FLEET_FILE = "fleet.yaml"
"""Where the Fleet must be: its registry at the base revision decides who may change what (semantics.md 5)."""


@dataclass(slots=True, kw_only=True)
class Gathered:
    """All well-shaped documents by kind, in the order of path and place; and everything found so far."""

    inputs: list[Source] = field(default_factory=list)
    nodes: list[Document] = field(default_factory=list)
    fleets: list[tuple[Document, FleetDocument]] = field(default_factory=list)
    pools: list[tuple[Document, NodePoolDocument]] = field(default_factory=list)
    budgets: list[tuple[Document, BudgetDocument]] = field(default_factory=list)
    runs: list[tuple[Document, RunDocument]] = field(default_factory=list)
    trees: list[tuple[Document, TreeDocument]] = field(default_factory=list)
    policies: list[tuple[Document, PolicyDocument]] = field(default_factory=list)
    facts: list[tuple[Document, LeaseDocument | ReservationDocument]] = field(default_factory=list)
    fleet_seen: bool = False
    findings: list[Diagnostic] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether links may be checked: a document that could not be read would look like one that is not there."""
        return not has_error(self.findings)

    def add(self, scanned: Scanned) -> None:
        """One file."""
        self.findings.extend(scanned.findings)
        if scanned.is_input:
            self.inputs.append(scanned.source)
        for document in scanned.nodes:
            self.findings.extend(document.findings)
            self.nodes.append(document)
        for document in scanned.ours:
            wire, findings = read_shape(document)
            self.findings.extend(findings)
            self.fleet_seen = self.fleet_seen or document.kind == "Fleet"
            if wire is not None:
                self._sort_in(document, wire)

    def _sort_in(self, document: Document, wire: object) -> None:
        match wire:
            case RunDocument():
                self.runs.append((document, wire))
            case BudgetDocument():
                self.budgets.append((document, wire))
            case TreeDocument():
                self.trees.append((document, wire))
            case NodePoolDocument():
                self.pools.append((document, wire))
            case FleetDocument():
                self.fleets.append((document, wire))
            case PolicyDocument():
                self.policies.append((document, wire))
            case LeaseDocument() | ReservationDocument():
                self.facts.append((document, wire))
            case _:
                raise TypeError(f"no place for {type(wire)}")


def gather(sources: Iterable[Source]) -> Gathered:
    """Reads all sources in the order of their paths, whatever order they come in."""
    gathered = Gathered()
    for source in sorted(sources, key=lambda source: source.path):
        gathered.add(scan(source))
    gathered.findings.extend(_only_fleet(gathered))
    gathered.findings.extend(_not_for_us(gathered))
    return gathered


def _only_fleet(gathered: Gathered) -> Iterable[Diagnostic]:
    if not gathered.fleet_seen:
        hint = "add fleet.yaml; jobtree init shows one"
        yield error("JT301", "there is no Fleet", help=hint)
    for document, wire in gathered.fleets:
        if document.path != FLEET_FILE:
            message = f"the Fleet {wire.metadata.name} is not in {FLEET_FILE}"
            hint = f"move it to {FLEET_FILE} at the root: reviews take the owner registry from there"
            yield error("JT329", message, document.at("metadata", "name"), help=hint)
    for document, wire in gathered.fleets[1:]:
        first = gathered.fleets[0][0].at("metadata", "name")
        where = document.at("metadata", "name")
        message = f"a second Fleet, {wire.metadata.name}"
        yield error("JT302", message, where, notes=(f"first at {first}",), help="a repository has one Fleet")


def _not_for_us(gathered: Gathered) -> Iterable[Diagnostic]:
    for document, _ in gathered.facts:
        message = f"this {document.kind} is not in the output tree, and has no effect"
        yield warning("JT327", message, document.at("metadata", "name"), help="remove it from the inputs")
