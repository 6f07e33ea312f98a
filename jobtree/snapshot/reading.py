"""A snapshot's documents, each held to the shape of its kind (contracts.md, Inputs; ADR 30).

A snapshot is what ``kubectl get nodes,budgets,runs,reservations,leases -A -o yaml`` prints. It may hold a Fleet, job
trees, node pools and policies too, which no cluster keeps: then it is a whole fleet in one file.
"""

from dataclasses import dataclass, replace

from jobtree.base.diagnostic import Diagnostic, Severity
from jobtree.load.document import Document
from jobtree.load.limits import STATE
from jobtree.load.scan import scan
from jobtree.load.shape import read_shape
from jobtree.load.source import Source
from jobtree.load.wire.metadata import SERVER_FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """``ours`` are documents of our kinds, ``nodes`` are v1 Nodes, both in the order of the file."""

    source: Source
    ours: tuple[Document, ...]
    nodes: tuple[Document, ...]

    def of_kind(self, kind: str) -> tuple[Document, ...]:
        """The documents of one of our kinds."""
        return tuple(document for document in self.ours if document.kind == kind)


def read_snapshot(source: Source) -> tuple[Snapshot | None, tuple[Diagnostic, ...]]:
    """Reads a v1 List, several documents, or one object; None after errors. Costs O(bytes).

    Statuses are left to whoever reads them. Codes: JT1xx and JT2xx, at their place.
    """
    scanned = scan(source, STATE)
    findings = list(scanned.findings)
    for node in scanned.nodes:
        findings.extend(node.findings)
    for document in scanned.ours:
        findings.extend(read_shape(without_status(document))[1])
    if any(finding.severity is Severity.ERROR for finding in findings):
        return None, tuple(sorted(findings, key=lambda finding: finding.sort_key))
    return Snapshot(source=source, ours=scanned.ours, nodes=scanned.nodes), ()


def without_status(document: Document) -> Document:
    """The document as somebody would have written it: no status, nothing that a server adds."""
    data = {name: value for name, value in document.data.items() if name != "status"}
    metadata = data.get("metadata")
    if isinstance(metadata, dict):
        data["metadata"] = {name: value for name, value in metadata.items() if name not in SERVER_FIELDS}
    return replace(document, data=data)
