"""Reading the ledger: what was appended comes back, and nothing that was tampered with does."""

from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.base.chain import ORIGIN
from jobtree.base.identity import Key
from jobtree.emit.ledger import closed_object, head_of, lost_lines
from jobtree.load.ledger import LedgerRead, read_ledger
from jobtree.model.lease import ClosedLease
from tests.faults.ledger.lines import MONTHS, entry, ledger_of, ledgers, lines_of, many, sources, written


def refused(ledger: dict[str, bytes], head: str) -> bool:
    """Whether the reader, or the lock that recorded this head, finds something."""
    return bool(read_ledger(sources(ledger))[1] or lost_lines(ledger, head))


def test_no_ledger_is_an_empty_one() -> None:
    assert read_ledger([]) == (LedgerRead(closed=(), head=ORIGIN, names=frozenset()), ())


@given(many, st.lists(st.sampled_from(MONTHS), min_size=6, max_size=6))
def test_what_was_appended_comes_back(found: list[ClosedLease], instants: list[int]) -> None:
    ledger = written(
        [(as_of, [entry(one), {"lottery": {"x": [1]}}]) for one, as_of in zip(found, instants, strict=False)]
    )
    read, findings = read_ledger(sources(ledger))
    assert findings == ()
    assert read.closed == tuple(found)
    assert read.head == head_of(ledger)
    names = [closed_object(one)["metadata"] for one in found]
    assert read.names == {Key(name["namespace"], name["name"]) for name in names}  # type: ignore[index]


@given(ledgers())
def test_the_order_of_files_means_nothing_and_reading_twice_is_reading_once(ledger: dict[str, bytes]) -> None:
    assert read_ledger(sources(ledger)) == read_ledger(sources(ledger)[::-1])


@settings(max_examples=300)
@given(ledgers(), st.data())
def test_one_changed_byte_anywhere_is_found(ledger: dict[str, bytes], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(ledger)))
    at = data.draw(st.integers(0, len(ledger[name]) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != ledger[name][at]))
    changed = {**ledger, name: ledger[name][:at] + bytes([byte]) + ledger[name][at + 1 :]}
    assert refused(changed, head_of(ledger))
    if name != max(ledger) or b"\n" in ledger[name][at:-1]:
        assert read_ledger(sources(changed))[1], "no lock is needed before the last line"


@given(ledgers(), st.data())
def test_a_line_that_was_dropped_is_found(ledger: dict[str, bytes], data: st.DataObject) -> None:
    lines = lines_of(ledger)
    at = data.draw(st.integers(0, len(lines) - 1))
    changed = ledger_of(lines[:at] + lines[at + 1 :])
    assert refused(changed, head_of(ledger))
    assert bool(read_ledger(sources(changed))[1]) == (at < len(lines) - 1)


@given(ledgers(), st.data())
def test_a_line_that_was_written_twice_is_found(ledger: dict[str, bytes], data: st.DataObject) -> None:
    lines = lines_of(ledger)
    at = data.draw(st.integers(0, len(lines) - 1))
    assert read_ledger(sources(ledger_of([*lines[: at + 1], *lines[at:]])))[1]


@given(ledgers(), st.data())
def test_lines_that_changed_places_are_found(ledger: dict[str, bytes], data: st.DataObject) -> None:
    lines = lines_of(ledger)
    one, other = sorted(data.draw(st.sets(st.integers(0, len(lines) - 1), min_size=2, max_size=2)))
    swapped = list(lines)
    swapped[one], swapped[other] = (lines[one][0], lines[other][1]), (lines[other][0], lines[one][1])
    assert read_ledger(sources(ledger_of(swapped)))[1]


@given(ledgers().filter(lambda ledger: len(ledger) > 1), st.data())
def test_a_month_that_is_missing_in_between_is_found(ledger: dict[str, bytes], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(ledger)[:-1]))
    _, findings = read_ledger(sources({month: lines for month, lines in ledger.items() if month != name}))
    assert [finding.code for finding in findings] == ["JT712"]


@given(st.binary(max_size=200))
def test_any_bytes_are_answered_with_values(data: bytes) -> None:
    read, findings = read_ledger(sources({"2026-03.jsonl": data}))
    assert read.closed == ()
    assert findings
