"""Random leases that are over, and ledgers of them."""

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.instant import Instant, Interval, parse_instant
from jobtree.emit.ledger import append, closed_object
from jobtree.emit.manifests import Object
from jobtree.load.source import Source
from jobtree.model.lease import SEEDED, ClosedLease, Closure, ClosureReason, Lease, LeaseReason, Payer, Role

START = parse_instant("2026-02-01T00:00:00Z")
MONTHS = tuple(parse_instant(f"2026-{month:02}-15T12:00:00Z") for month in (2, 3, 5))
HOUR = 3_600

payers = st.none() | st.builds(
    lambda name: Payer(envelope=EnvelopeKey(name, "main", "e"), owner=Owner(f"org:{name}")), st.sampled_from(["a", "b"])
)


@st.composite
def leases(draw: st.DrawFn) -> Lease:
    owner = draw(st.sampled_from(["a", "b"]))
    start = START + HOUR * draw(st.integers(0, 5))
    return Lease(
        run=Key(owner, draw(st.sampled_from(["r", "q"]))),
        owner=Owner(f"org:{owner}"),
        group=draw(st.integers(0, 1)),
        rank=draw(st.integers(0, 1)),
        role=draw(st.sampled_from(list(Role))),
        node=draw(st.sampled_from(["n-01", "n-02"])),
        slots=tuple(sorted(draw(st.sets(st.integers(0, 7), min_size=1, max_size=3)))),
        payer=draw(payers),
        interval=Interval(Instant(start), Instant(start + HOUR * draw(st.integers(1, 5)))),
        reason=draw(st.sampled_from(list(LeaseReason))),
    )


@st.composite
def closures(draw: st.DrawFn) -> Closure:
    reason = draw(st.sampled_from(list(ClosureReason)))
    seed = draw(st.sampled_from(["", "ab" * 32])) if reason in SEEDED else ""
    return Closure(time=Instant(START + HOUR * draw(st.integers(0, 12))), reason=reason, seed=seed)


closed = st.builds(lambda lease, closure: ClosedLease(lease=lease, closure=closure), leases(), closures())
many = st.lists(closed, min_size=1, max_size=6, unique_by=lambda one: one.lease)
"""Leases that are over, none twice."""


def entry(one: ClosedLease) -> Object:
    return {"lease": closed_object(one)}


def written(compiles: Sequence[tuple[Instant, Sequence[Object]]]) -> dict[str, bytes]:
    """The ledger after these compiles, one after the other."""
    ledger: dict[str, bytes] = {}
    for as_of, entries in compiles:
        ledger.update(append(ledger, entries, as_of))
    return ledger


@st.composite
def ledgers(draw: st.DrawFn) -> dict[str, bytes]:
    """At least three lines over one to three months, with lotteries among the leases."""
    entries = [entry(one) for one in draw(many)]
    notes = draw(st.lists(st.text(max_size=5), min_size=3, max_size=4))
    entries += [{"lottery": {"claim": "a/r", "note": note.encode(errors="replace").decode()}} for note in notes]
    entries = draw(st.permutations(entries))
    return written([(draw(st.sampled_from(MONTHS)), [one]) for one in entries])


def sources(ledger: Mapping[str, bytes]) -> list[Source]:
    return [Source(f"ledger/{name}", data) for name, data in ledger.items()]


def lines_of(ledger: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
    """Month and line, with its line feed, in the order of the chain."""
    return [(name, line) for name in sorted(ledger) for line in ledger[name].splitlines(keepends=True)]


def ledger_of(lines: Sequence[tuple[str, bytes]]) -> dict[str, bytes]:
    ledger: dict[str, bytes] = {}
    for name, line in lines:
        ledger[name] = ledger.get(name, b"") + line
    return ledger
