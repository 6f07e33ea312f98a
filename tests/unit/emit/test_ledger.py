"""Appending to the ledger."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtree.base.chain import ORIGIN
from jobtree.base.instant import parse_instant
from jobtree.emit import ledger as writing
from jobtree.emit.ledger import append, closed_object, head_of, lost_lines, upto
from jobtree.emit.schema_gate import gate
from jobtree.load.ledger import read_ledger
from jobtree.load.source import Source
from jobtree.model.lease import ClosedLease
from tests.faults.ledger.lines import MONTHS, closed, entry, ledgers, lines_of, many, written

DOCUMENT = Path(__file__).parents[3] / "docs" / "ledger.md"


@given(many, st.integers(0, 6), st.sampled_from(MONTHS))
def test_appending_in_steps_is_appending_at_once(found: list[ClosedLease], cut: int, as_of: int) -> None:
    entries = [entry(one) for one in found]
    assert written([(as_of, entries[:cut]), (as_of, entries[cut:])]) == written([(as_of, entries)])


@given(ledgers())
def test_each_line_carries_the_hash_of_the_one_before(ledger: dict[str, bytes]) -> None:
    head = ORIGIN
    for _, line in lines_of(ledger):
        assert json.loads(line)["previous"] == head
        head = hashlib.sha256(line[:-1]).hexdigest()
    assert head == head_of(ledger)


@given(ledgers(), closed, st.sampled_from(MONTHS))
def test_only_one_file_changes_and_it_only_grows(ledger: dict[str, bytes], one: ClosedLease, as_of: int) -> None:
    ((name, data),) = append(ledger, [entry(one)], as_of).items()
    assert name == max([*ledger, name])
    assert data.startswith(ledger.get(name, b""))
    assert data.count(b"\n") == ledger.get(name, b"").count(b"\n") + 1


@given(ledgers(), many, st.sampled_from(MONTHS))
def test_a_compile_can_be_repeated(ledger: dict[str, bytes], found: list[ClosedLease], as_of: int) -> None:
    entries = [entry(one) for one in found]
    after = {**ledger, **append(ledger, entries, as_of)}
    cut = upto(after, head_of(ledger))
    assert cut == ledger
    assert {**cut, **append(cut, entries, as_of)} == after


@given(ledgers())
def test_every_head_that_was_can_be_gone_back_to(ledger: dict[str, bytes]) -> None:
    assert upto(ledger, ORIGIN) == {}
    for count in range(1, len(lines_of(ledger)) + 1):
        cut: dict[str, bytes] = {}
        for name, line in lines_of(ledger)[:count]:
            cut[name] = cut.get(name, b"") + line
        assert upto(ledger, head_of(cut)) == cut


@given(ledgers())
def test_a_tail_that_was_cut_off_is_missed(ledger: dict[str, bytes]) -> None:
    head, last = head_of(ledger), max(ledger)
    cut = {**ledger, last: ledger[last][: ledger[last].removesuffix(b"\n").rfind(b"\n") + 1]}
    cut = {name: data for name, data in cut.items() if data}
    assert lost_lines(ledger, head) == ()
    assert lost_lines(ledger, ORIGIN) == ()
    assert [finding.code for finding in lost_lines(cut, head)] == ["JT715"]
    assert upto(cut, head) is None


def test_lines_never_go_to_a_month_before_the_last_one() -> None:
    note = {"lottery": {}}
    ledger = written([(MONTHS[1], [note]), (MONTHS[0], [note]), (MONTHS[2], [note])])
    assert {name: data.count(b"\n") for name, data in ledger.items()} == {"2026-03.jsonl": 2, "2026-05.jsonl": 1}


def test_the_month_is_that_of_utc() -> None:
    late = parse_instant("2026-03-01T00:30:00+01:00")
    assert list(append({}, [{"lottery": {}}], late)) == ["2026-02.jsonl"]


def test_nothing_to_append_changes_nothing() -> None:
    assert append({}, [], MONTHS[0]) == {}
    assert head_of({}) == ORIGIN


@given(closed)
def test_a_closed_lease_passes_its_schema(one: ClosedLease) -> None:
    gate([closed_object(one)])


def test_the_document_shows_a_real_ledger() -> None:
    text = DOCUMENT.read_text("utf-8")
    shown = re.search(r"```jsonl\n(.*?)```\n\n`([0-9a-f]{64})`", text, re.DOTALL)
    assert shown is not None
    data = shown[1].encode()
    read, findings = read_ledger([Source("ledger/2026-03.jsonl", data)])
    assert (findings, read.head, len(read.closed)) == ((), shown[2], 1)
    (one,) = read.closed
    again = append({}, [entry(one), {"lottery": {"claim": "b/big"}}], one.closure.time)
    assert again == {"2026-03.jsonl": data}


def test_a_writer_that_forgets_the_chain_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "hash_of", lambda _: ORIGIN)
    ledger = written([(MONTHS[0], [{"lottery": {"n": 1}}, {"lottery": {"n": 2}}])])
    _, findings = read_ledger([Source(name, data) for name, data in ledger.items()])
    assert [finding.code for finding in findings] == ["JT712"]
