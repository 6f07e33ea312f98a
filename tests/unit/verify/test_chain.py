"""One changed byte anywhere in the ledger is found, and so is a line that is gone, moved or cut off."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.verify import ledger as ledger_module
from jobtree.verify.ledger import NO_HEAD, read_ledger
from tests.unit.verify.chain import chained, head_of, opened
from tests.unit.verify.later import later

FILES = later().ledger()
HEAD = head_of(FILES)


def found_out(files: dict[str, bytes]) -> bool:
    """As the check has it: the chain is broken, or the lock's head is another."""
    read = read_ledger(files)
    return bool(read.faults) or read.head != HEAD


def test_a_right_ledger_has_no_fault() -> None:
    read = read_ledger(FILES)
    assert (read.faults, read.head) == ((), HEAD)
    assert (len(read.closed), len(read.lotteries)) == (len(read.lines) - 2, 2)
    assert read_ledger({}).head == NO_HEAD
    assert read.after(NO_HEAD) == read.lines
    assert read.after(HEAD) == ()
    assert read.after("0" * 63 + "1") is None


@settings(max_examples=200)
@given(st.sampled_from(sorted(FILES)), st.integers(0, 10_000), st.integers(0, 255))
def test_one_changed_byte_is_found(name: str, place: int, byte: int) -> None:
    data = bytearray(FILES[name])
    place %= len(data)
    changed = data[place] != byte
    data[place] = byte
    assert found_out({**FILES, name: bytes(data)}) == changed


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_line_that_is_gone_or_moved_is_found(first: int, second: int) -> None:
    lines = FILES["2026-03.jsonl"].splitlines(keepends=True)
    first, second = first % len(lines), second % len(lines)
    without = [line for number, line in enumerate(lines) if number != first]
    assert found_out({**FILES, "2026-03.jsonl": b"".join(without)})
    moved = [*without[:second], lines[first], *without[second:]]
    assert found_out({**FILES, "2026-03.jsonl": b"".join(moved)}) == (moved != lines)


def test_a_lease_closed_twice_is_found() -> None:
    lines = opened(FILES)
    files = chained([*lines, ("2026-03", lines[0][1])])
    assert ["closed twice" in fault.message for fault in read_ledger(files).faults] == [True]


def test_the_hash_of_the_line_before_is_what_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {
        **FILES,
        "2026-02.jsonl": FILES["2026-02.jsonl"].replace(b'"closureReason":"Shrink"', b'"closureReason":"Swap"'),
    }
    assert found_out(changed)
    monkeypatch.setattr(ledger_module, "_chain_faults", lambda *_: ())
    assert not found_out(changed)
