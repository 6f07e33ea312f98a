"""What earlier compiles published: leases and promises, from the manifests of the output tree (contracts.md, Inputs).

The compiler wrote these files itself, so anything wrong with them was done by somebody else: it is refused, at its
place, rather than planned around. Codes: JT1xx and JT2xx as for any document, JT303, JT328.
"""

from collections.abc import Iterable, Iterator, Sequence

from jobtree.base.diagnostic import Diagnostic, error
from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.instant import Interval, parse_instant
from jobtree.load.decode_forecast import contention_of
from jobtree.load.document import Document
from jobtree.load.placed import twice
from jobtree.load.scan import scan
from jobtree.load.shape import read_shape
from jobtree.load.source import Source
from jobtree.load.wire.ledger import LeaseDocument, LeaseSpec, ReservationDocument
from jobtree.model.history import History
from jobtree.model.lease import Lease, LeaseReason, Payer, Role, lease_order
from jobtree.model.reservation import Promise


def read_history(sources: Sequence[Source]) -> tuple[History, tuple[Diagnostic, ...]]:
    """Leases sorted by (run, group, role, rank, start) and promises by run. Other files and kinds are passed over."""
    leases: list[Lease] = []
    promises: list[Promise] = []
    findings: list[Diagnostic] = []
    places = []
    for document in _documents(sources, findings):
        wire, problems = read_shape(document)
        findings += problems
        match wire:
            case LeaseDocument():
                leases.append(lease_of(wire.spec))
                findings += [*lease_findings(document, leases[-1]), *_no_status(document)]
            case ReservationDocument():
                promises.append(_promise(wire))
            case _:
                continue
        places.append((f"{document.kind} {wire.metadata.namespace}/{wire.metadata.name}", document.at("metadata")))
    findings += twice("object:", places)
    history = History(
        leases=tuple(sorted(leases, key=lease_order)), promises=tuple(sorted(promises, key=lambda promise: promise.run))
    )
    return history, tuple(sorted(findings, key=lambda finding: finding.sort_key))


def _documents(sources: Sequence[Source], findings: list[Diagnostic]) -> Iterable[Document]:
    for source in sorted(sources, key=lambda source: source.path):
        if not source.path.endswith((".yaml", ".yml")):
            continue
        scanned = scan(source)
        findings.extend(scanned.findings)
        yield from (document for document in scanned.ours if document.kind in ("Lease", "Reservation"))


def lease_of(spec: LeaseSpec) -> Lease:
    """The fact that a well-shaped manifest states."""
    payer = spec.paid_by
    return Lease(
        run=Key(spec.run_ref.namespace, spec.run_ref.name),
        owner=Owner(spec.owner),
        group=spec.group,
        rank=spec.rank,
        role=Role(spec.role),
        node=spec.slice.node,
        slots=tuple(spec.slice.slots),
        payer=None
        if payer is None
        else Payer(envelope=EnvelopeKey(payer.namespace, payer.budget, payer.envelope), owner=Owner(payer.owner)),
        interval=Interval(parse_instant(spec.interval.start), parse_instant(spec.interval.expected_end)),
        reason=LeaseReason(spec.reason),
    )


def lease_faults(lease: Lease) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with a lease though its shape is right: the path of the field, and a sentence."""
    if lease.interval.end <= lease.interval.start:
        yield ("spec", "interval", "expectedEnd"), "this lease ends before it starts"
    if any(later <= earlier for earlier, later in zip(lease.slots, lease.slots[1:], strict=False)):
        yield ("spec", "slice", "slots"), "the slots of this lease are not ascending"


def lease_findings(document: Document, lease: Lease) -> list[Diagnostic]:
    """JT328 for each fault of a lease, at its place."""
    hint = "restore the file from git"
    return [error("JT328", message, document.at(*path), help=hint) for path, message in lease_faults(lease)]


def _no_status(document: Document) -> list[Diagnostic]:
    if document.data.get("status") is None:
        return []
    message = "this lease has a status, which the output tree never holds"
    return [error("JT328", message, document.key("status"), help="restore the file from git")]


def _promise(wire: ReservationDocument) -> Promise:
    spec = wire.spec
    return Promise(
        run=Key(spec.run_ref.namespace, spec.run_ref.name),
        earliest_start=parse_instant(spec.earliest_start),
        width=spec.width,
        nodes=tuple(sorted({node for group in spec.intended_slice for node in group.nodes})),
        name=wire.metadata.name,
        natural_start=parse_instant(spec.forecast.natural_start),
        contention=contention_of(spec.forecast),
    )
