"""A snapshot as the pipeline is asked about it: documents as inputs, promises as the output tree as it stands, and the
file itself as what was observed, leases among it.

A snapshot may be far larger than an input file may be, so its objects are laid out anew, in pieces. What is found in
a piece is told of the same field in the snapshot.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from jobtree.base.diagnostic import Diagnostic
from jobtree.base.instant import Instant
from jobtree.emit.yaml_writer import write_documents
from jobtree.load.document import Data, Document
from jobtree.load.gather import FLEET_FILE
from jobtree.load.source import Source
from jobtree.model.contention import Entropy
from jobtree.request import CompileRequest
from jobtree.snapshot.places import Piece
from jobtree.snapshot.reading import Snapshot, without_status
from jobtree.snapshot.settings import fleet_object

_PIECE = 1024 * 1024
"""Bytes: well below what an input file may have."""

_DOCUMENTS = 5_000
_INPUTS = ("Budget", "Run", "JobTree", "NodePool", "Policy")
PREDICTABLE = Entropy(text="", predictable=True)
"""There is no commit whose id could be drawn with: the pipeline takes the input digest, and says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to compile, and the pieces of it by path."""

    request: CompileRequest
    pieces: Mapping[str, Piece]

    def place(self, findings: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Findings in pieces, told of the snapshot; all others as they are."""
        return tuple(dict.fromkeys(self._placed(finding) for finding in findings))

    def _placed(self, finding: Diagnostic) -> Diagnostic:
        where = finding.location
        if where is None or where.path not in self.pieces:
            return finding
        return replace(finding, location=self.pieces[where.path].origin(where))


def request_of(snapshot: Snapshot, *, as_of: Instant) -> Asked:
    """The request for a snapshot; whoever compiles adds policies' bundles and an evaluator. Costs O(bytes).

    A run whose ``creationTimestamp`` no server has set yet is admitted ``as_of``, after all that have one.
    """
    fleets = snapshot.of_kind("Fleet")
    pieces = [Piece(fleet_source(snapshot), ((1, fleets[0]),) if fleets else ())]
    ours = ((document, without_status(document).data) for document in snapshot.ours if document.kind in _INPUTS)
    nodes = ((document, _node(document.data)) for document in snapshot.nodes)
    for folder, objects in (("objects", ours), ("nodes", nodes)):
        for number, (data, begins) in enumerate(_pieces(objects)):
            pieces.append(Piece(Source(f"{folder}/{number:06}.yaml", data), begins))
    request = CompileRequest(
        sources=tuple(piece.source for piece in pieces),
        previous=_previous(snapshot),
        state=snapshot.source,
        admissions={},
        entropy=PREDICTABLE,
        as_of=as_of,
    )
    return Asked(request=request, pieces={piece.source.path: piece for piece in pieces})


def fleet_source(snapshot: Snapshot) -> Source:
    """The Fleet of a snapshot as a file: its settings, and the registry of its owners."""
    return Source(FLEET_FILE, write_documents([fleet_object(snapshot)]))


def _pieces(
    objects: Iterator[tuple[Document, Mapping[str, Data]]],
) -> Iterator[tuple[bytes, tuple[tuple[int, Document], ...]]]:
    """Files of a limited size, each with the lines at which its documents begin."""
    texts: list[bytes] = []
    begins: list[tuple[int, Document]] = []
    line, size = 1, 0
    for document, data in objects:
        text = write_documents([data])
        if texts and (size + len(text) > _PIECE or len(texts) == _DOCUMENTS):
            yield b"---\n".join(texts), tuple(begins)
            texts, begins, line, size = [], [], 1, 0
        texts.append(text)
        begins.append((line, document))
        line, size = line + text.count(b"\n") + 1, size + len(text)
    if texts:
        yield b"---\n".join(texts), tuple(begins)


def _node(node: Mapping[str, Data]) -> Mapping[str, Data]:
    """Only what is read of a Node: the rest is large, changes all the time, and may hold anything."""
    metadata, spec, status = (_part(node, name) for name in ("metadata", "spec", "status"))
    conditions = status.get("conditions")
    ready = [one for one in conditions if _is_ready(one)] if isinstance(conditions, list) else []
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": _kept(metadata, ("name", "labels", "deletionTimestamp")),
        "spec": _kept(spec, ("unschedulable", "taints")),
        "status": {**_kept(status, ("allocatable",)), "conditions": ready},
    }


def _is_ready(condition: Data) -> bool:
    return isinstance(condition, dict) and condition.get("type") == "Ready"


def _part(data: Mapping[str, Data], name: str) -> Mapping[str, Data]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _kept(data: Mapping[str, Data], names: Sequence[str]) -> dict[str, Data]:
    return {name: data[name] for name in names if name in data}


def _previous(snapshot: Snapshot) -> tuple[Source, ...]:
    """Promises: the part of the tree as it was delivered that the state does not tell."""
    promises = [without_status(document).data for document in snapshot.of_kind("Reservation")]
    return tuple(
        Source(f"delivered/{number:06}.yaml", write_documents(promises[first : first + _DOCUMENTS]))
        for number, first in enumerate(range(0, len(promises), _DOCUMENTS))
    )
