"""What was observed: Nodes, Runs and Leases as ``kubectl get -o yaml`` prints them (contracts.md, Inputs; ADR 18).

Specs are read as strictly as inputs are; of statuses only the fields that we know, for the rest belongs to controllers.
Other kinds are passed over. Codes: JT1xx and JT2xx as for any document, JT303, JT328, JT330, JT331.
"""

import hashlib
from dataclasses import dataclass, field, replace
from typing import TypeVar

from jobtree.base.diagnostic import Diagnostic, Location, error, warning
from jobtree.base.identity import Key
from jobtree.base.instant import parse_instant
from jobtree.load.document import Document
from jobtree.load.history import lease_findings, lease_of
from jobtree.load.limits import STATE
from jobtree.load.placed import twice
from jobtree.load.scan import scan
from jobtree.load.shape import dotted, is_kubernetes, read_shape
from jobtree.load.source import Source
from jobtree.load.topology import node_trouble, out_of_service
from jobtree.load.wire.kubernetes import Lenient, NodeDocument
from jobtree.load.wire.ledger import LeaseDocument
from jobtree.load.wire.problems import Problem, validate
from jobtree.load.wire.run import RunDocument
from jobtree.load.wire.state import ObservedLease, ObservedRun
from jobtree.load.yaml_reader import read_documents
from jobtree.model.history import NodeStatus, Observed, Phase, RunStatus
from jobtree.model.lease import ClosedLease, Closure, Lease, closing_order, lease_order, parse_closure

S = TypeVar("S", bound=Lenient)
_FINISHED = (Phase.COMPLETED, Phase.FAILED)
_AGAIN = "print it again with kubectl get -o yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRead:
    """What a state file mentions: ``open`` in the order of leases, ``closed`` in order of closing."""

    observed: Observed = Observed()
    open: tuple[Lease, ...] = ()
    closed: tuple[ClosedLease, ...] = ()


@dataclass(slots=True)
class _Reading:
    nodes: list[NodeStatus] = field(default_factory=list)
    runs: list[RunStatus] = field(default_factory=list)
    open: list[Lease] = field(default_factory=list)
    closed: list[ClosedLease] = field(default_factory=list)
    named: list[tuple[str, Location]] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)

    def add_node(self, document: Document) -> None:
        """A v1 Node. One that cannot be read is not mentioned: one bad node never stops the plan."""
        self.findings.extend(document.findings)
        wire = validate(NodeDocument, document.data)
        if isinstance(wire, tuple):
            path, message = wire[0].path, f"a node is left out of the state: {dotted(wire[0].path)}: {wire[0].message}"
            self.findings.append(warning("JT331", message, document.at(*path), help=_AGAIN))
            return
        name = wire.metadata.name
        self.named.append((f"Node {name}", document.at("metadata", "name")))
        self.nodes.append(NodeStatus(node=name, usable=node_trouble(wire) is None, lost=out_of_service(wire)))

    def add(self, document: Document) -> None:
        """A Run or a Lease; its status is read apart from its spec."""
        spec = {name: value for name, value in document.data.items() if name != "status"}
        wire, findings = read_shape(replace(document, data=spec))
        self.findings.extend(findings)
        match wire:
            case RunDocument():
                self._add_run(document, wire)
            case LeaseDocument():
                self._add_lease(document, wire)
            case _:
                return
        name = f"{document.kind} {wire.metadata.namespace}/{wire.metadata.name}"
        self.named.append((name, document.at("metadata", "name")))

    def _add_run(self, document: Document, wire: RunDocument) -> None:
        status = self._status(document, ObservedRun)
        if status is None or status.phase is None:
            return
        phase, ended = Phase(status.phase), status.finished_at
        at = parse_instant(ended) if ended is not None and phase in _FINISHED else None
        self.runs.append(RunStatus(run=Key(wire.metadata.namespace, wire.metadata.name), phase=phase, at=at))

    def _add_lease(self, document: Document, wire: LeaseDocument) -> None:
        lease, status = lease_of(wire.spec), self._status(document, ObservedLease)
        faults = lease_findings(document, lease)
        self.findings.extend(faults)
        if status is None or faults:
            return
        if status == ObservedLease():
            self.open.append(lease)
            return
        closure = _closure(status)
        if isinstance(closure, Closure):
            self.closed.append(ClosedLease(lease=lease, closure=closure))
        else:
            self.findings.append(error("JT331", closure, document.at("status"), help=_AGAIN))

    def _status(self, document: Document, model: type[S]) -> S | None:
        """The fields of a status that we read, all absent where there is none; None after findings."""
        status = document.data.get("status")
        if status is not None and not isinstance(status, dict):
            self.findings.append(error("JT331", "status must be a mapping", document.at("status"), help=_AGAIN))
            return None
        outcome = validate(model, status or {})
        if not isinstance(outcome, tuple):
            return outcome
        self.findings.extend(_unreadable(document, problem) for problem in outcome)
        return None


def read_state(source: Source) -> tuple[StateRead, tuple[Diagnostic, ...]]:
    """Reads a v1 List, several documents, or one object; errors say that the state must not be used.

    A node out of service is lost. One that is cordoned, not Ready, or being deleted is only not usable: its pods may
    live. Costs O(bytes).
    """
    reading, scanned = _Reading(), scan(source, STATE)
    reading.findings.extend(scanned.findings)
    for document in scanned.nodes:
        reading.add_node(document)
    for document in scanned.ours:
        if document.kind in ("Lease", "Run"):
            reading.add(document)
    if not scanned.is_input and not scanned.findings:
        reading.findings.extend(_no_state(source))
    reading.findings.extend(twice("object:", reading.named))
    observed = Observed(
        digest="sha256:" + hashlib.sha256(source.data).hexdigest(),
        runs=tuple(sorted(reading.runs, key=lambda status: status.run)),
        nodes=tuple(sorted(reading.nodes, key=lambda status: status.node)),
    )
    state = StateRead(
        observed=observed,
        open=tuple(sorted(reading.open, key=lease_order)),
        closed=tuple(sorted(reading.closed, key=closing_order)),
    )
    return state, tuple(sorted(reading.findings, key=lambda finding: finding.sort_key))


def _closure(status: ObservedLease) -> Closure | str:
    """How a lease ended, or why that cannot be told."""
    if not status.closed or status.ended is None or status.closure_reason is None:
        return "closed: true, ended and closureReason of a lease stand together or not at all"
    try:
        return parse_closure(parse_instant(status.ended), status.closure_reason)
    except ValueError as fault:
        return f"status.closureReason: {fault}"


def _unreadable(document: Document, problem: Problem) -> Diagnostic:
    path = ("status", *problem.path)
    notes = (f"it is {problem.value!r:.80}",)
    return error("JT331", f"{dotted(path)}: {problem.message}", document.at(*path), notes=notes, help=_AGAIN)


def _no_state(source: Source) -> list[Diagnostic]:
    """JT330, unless it is a v1 List that holds nothing of interest: then nothing was observed."""
    documents, findings = read_documents(source, STATE)
    if findings or any(is_kubernetes(document) for document in documents):
        return list(findings)
    hint = "give what `kubectl get nodes,budgets,runs,reservations,leases -A -o yaml` prints"
    message = "this is not a state: it holds no v1 List, Node, Run or Lease"
    return [error("JT330", message, Location(source.path), help=hint)]
