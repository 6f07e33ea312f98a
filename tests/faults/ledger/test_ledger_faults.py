"""Every way to spoil a ledger is refused by name, and every guard of the reader is needed for at least one of them."""

import copy
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobtree.base.chain import canonical
from jobtree.base.code_pages import output
from jobtree.base.diagnostic import Severity
from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant, Interval
from jobtree.emit.ledger import closed_object, head_of, lost_lines
from jobtree.load import ledger as reading
from jobtree.load.ledger import read_ledger
from jobtree.load.source import Source
from jobtree.model.lease import ClosedLease, Closure, ClosureReason, Lease, LeaseReason, Role
from tests.faults.ledger.lines import HOUR, MONTHS, START, entry, ledger_of, lines_of, written

PAGES = Path(__file__).parents[3] / "docs" / "codes"
CODES = {"JT710", "JT711", "JT712", "JT713", "JT714", "JT715", "JT716"}
ELSEWHERE = {"JT710", "JT716"}
"""Provoked by the tests of the guard and of the folder."""

Json = dict[str, Any]
Months = dict[str, bytes]


def over(rank: int) -> ClosedLease:
    lease = Lease(
        run=Key("a", "r"),
        owner=Owner("org:a"),
        group=0,
        rank=rank,
        role=Role.ACTIVE,
        node="n-01",
        slots=(2 * rank, 2 * rank + 1),
        payer=None,
        interval=Interval(START, Instant(START + HOUR)),
        reason=LeaseReason.START,
    )
    return ClosedLease(lease=lease, closure=Closure(time=Instant(START + HOUR), reason=ClosureReason.COMPLETED))


LEDGER = written(
    [
        (MONTHS[0], [entry(over(0)), entry(over(1))]),
        (MONTHS[1], [{"lottery": {"claim": "a/q"}}]),
        (MONTHS[2], [entry(over(2))]),
    ]
)
FIRST, SECOND, THIRD = sorted(LEDGER)


def forged(*contents: Json | bytes) -> Months:
    """A month whose chain is right, whatever stands in it."""
    lines, head = [], "0" * 64
    for content in contents:
        line = content if isinstance(content, bytes) else canonical({"previous": head, **content})
        lines.append(line + b"\n")
        head = hashlib.sha256(line).hexdigest()
    return {FIRST: b"".join(lines)}


def changed(change: Callable[[Json], object]) -> Months:
    """A right chain of one lease that is not right."""
    lease = copy.deepcopy(json.loads(canonical(closed_object(over(0)))))
    change(lease)
    return forged({"lease": lease})


def swapped(one: int, other: int) -> Months:
    lines = lines_of(LEDGER)
    lines[one], lines[other] = (lines[one][0], lines[other][1]), (lines[other][0], lines[one][1])
    return ledger_of(lines)


FIRST_LINE = forged({"lottery": {}})[FIRST][:-1]
TWO = forged({"lottery": {"n": 1}}, {"lottery": {"n": 2}})[FIRST]
TAMPERED = {
    "changed": {**LEDGER, FIRST: LEDGER[FIRST].replace(b'"slots":[0,1]', b'"slots":[0,2]')},
    "dropped": ledger_of(lines_of(LEDGER)[1:]),
    "swapped": swapped(0, 1),
    "swapped over months": swapped(1, 2),
    "month removed": {name: data for name, data in LEDGER.items() if name != SECOND},
    "month renamed": {"2026-04.jsonl": LEDGER[FIRST], SECOND: LEDGER[SECOND], THIRD: LEDGER[THIRD]},
    "other origin": forged({"lottery": {}, "previous": "1" * 64}),
}
"""Each line is what a ledger may hold: only the chain tells."""
DAMAGED = {
    "no JSON": forged(b"{"),
    "no UTF-8": forged(b'{"lottery":{"x":"\xff"},"previous":"' + b"0" * 64 + b'"}'),
    "empty line": {FIRST: TWO.replace(b"\n", b"\n\n", 1)},
    "carriage return": {FIRST: FIRST_LINE + b"\r\n"},
    "spaces": forged(FIRST_LINE.replace(b":", b": ")),
    "escaped": forged(FIRST_LINE.replace(b"lottery", b"l\\u006fttery")),
    "keys unsorted": forged(b'{"previous":"' + b"0" * 64 + b'","lottery":{}}'),
    "key twice": forged(FIRST_LINE[:-1] + b',"previous":"' + b"0" * 64 + b'"}'),
    "byte-order mark": forged(b"\xef\xbb\xbf" + FIRST_LINE),
    "surrogate": forged(FIRST_LINE.replace(b"{}", b'{"x":"\\ud800"}')),
    "no number": forged(FIRST_LINE.replace(b"{}", b'{"x":NaN}')),
    "nested": forged(b"[" * 100_000),
    "a list": forged(b"[]"),
    "unknown key": forged({"lottery": {}, "more": 1}),
    "neither": forged({}),
    "both": forged({"lottery": {}, "lease": {}}),
    "lottery no object": forged({"lottery": []}),
    "lease no object": forged({"lease": 1}),
    "lease null": forged({"lease": None}),
    "unknown field": changed(lambda lease: lease["spec"].update(more=1)),
    "missing field": changed(lambda lease: lease["spec"].pop("node", None) or lease["spec"].pop("slice")),
    "slots": changed(lambda lease: lease["spec"]["slice"].update(slots=[1, 0])),
    "interval": changed(lambda lease: lease["spec"]["interval"].update(expectedEnd="2026-01-01T00:00:00Z")),
    "still open": changed(lambda lease: lease["status"].update(closed=False)),
    "no status": changed(lambda lease: lease.pop("status")),
    "no end": changed(lambda lease: lease["status"].pop("ended")),
    "no reason": changed(lambda lease: lease["status"].pop("closureReason")),
    "no such reason": changed(lambda lease: lease["status"].update(closureReason="Bored")),
    "annotated": changed(lambda lease: lease["metadata"].update(annotations={})),
    "no labels": changed(lambda lease: lease["metadata"].pop("labels")),
    "other zone": changed(lambda lease: lease["status"].update(ended="2026-02-01T02:00:00+01:00")),
    "other zone of the start": changed(
        lambda lease: lease["spec"]["interval"].update(start="2026-02-01T01:00:00+01:00")
    ),
    "no such kind": changed(lambda lease: lease.update(kind="Run")),
}
MISPLACED = {
    "copy": {**LEDGER, "2026-03-copy.jsonl": b"x\n"},
    "month 13": {"2026-13.jsonl": LEDGER[FIRST]},
    "month 00": {"2026-00.jsonl": LEDGER[FIRST]},
    "digits of another script": {"२०२६-03.jsonl": LEDGER[FIRST]},
    "empty": {**LEDGER, "2026-06.jsonl": b""},
    "no end of line": {**LEDGER, THIRD: LEDGER[THIRD][:-1]},
}
TWICE = forged({"lease": json.loads(canonical(closed_object(over(0))))}, {"lottery": {}}, entry(over(0)))


def codes(months: Months) -> set[str]:
    _, findings = read_ledger([Source(f"ledger/{name}", data) for name, data in months.items()])
    assert all(finding.severity is Severity.ERROR and finding.location and finding.help for finding in findings)
    return {finding.code for finding in findings}


def test_the_ledger_itself_is_right() -> None:
    assert codes(LEDGER) == set()
    assert codes(forged({"lottery": {}})) == set()
    assert codes(changed(lambda _: None)) == set()


@pytest.mark.parametrize("name", TAMPERED)
def test_a_broken_chain_is_jt712(name: str) -> None:
    assert codes(TAMPERED[name]) == {"JT712"}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_line_is_jt711(name: str) -> None:
    assert "JT711" in codes(DAMAGED[name]) <= {"JT711", "JT712"}


@pytest.mark.parametrize("name", MISPLACED)
def test_what_is_no_month_is_jt713(name: str) -> None:
    assert codes(MISPLACED[name]) == {"JT713"}


def test_a_lease_closed_twice_is_jt714_with_both_places() -> None:
    _, (finding,) = read_ledger([Source("ledger/2026-02.jsonl", TWICE[FIRST])])
    assert (finding.code, str(finding.location)) == ("JT714", "ledger/2026-02.jsonl:3:1")
    assert finding.notes == ("first at ledger/2026-02.jsonl:1:1",)


def test_a_broken_chain_is_shown_where_it_breaks_with_both_hashes() -> None:
    _, (finding,) = read_ledger([Source(f"ledger/{name}", data) for name, data in TAMPERED["changed"].items()])
    line = TAMPERED["changed"][FIRST].split(b"\n")[0]
    assert str(finding.location) == "ledger/2026-02.jsonl:2:1"
    assert finding.notes[1].endswith(hashlib.sha256(line).hexdigest())
    assert json.loads(LEDGER[FIRST].split(b"\n")[1])["previous"] in finding.notes[0]


def test_a_cut_tail_is_jt715() -> None:
    cut = {name: data for name, data in LEDGER.items() if name != THIRD}
    assert codes(cut) == set()
    (finding,) = lost_lines(cut, head_of(LEDGER))
    assert (finding.code, head_of(LEDGER) in finding.notes[0], head_of(cut) in finding.notes[1]) == (
        "JT715",
        True,
        True,
    )


def test_findings_are_bounded() -> None:
    _, findings = read_ledger([Source("ledger/2026-02.jsonl", b"x\n" * 10_000)])
    assert len(findings) <= reading.MOST_FINDINGS + 1


@pytest.mark.parametrize("name", TAMPERED)
def test_without_the_chain_nobody_would_notice(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading._Reading, "_broken", lambda *_: None)
    assert codes(TAMPERED[name]) == set()


@pytest.mark.parametrize("name", ["slots", "interval"])
def test_without_the_faults_of_leases_nobody_would_notice(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "lease_faults", lambda _: ())
    assert codes(DAMAGED[name]) == set()


def test_every_code_has_a_fault_and_a_page() -> None:
    assert set(output.TITLES) >= CODES
    assert {"JT711", "JT712", "JT713", "JT714", "JT715"} | ELSEWHERE == CODES
    for code in sorted(CODES):
        text = (PAGES / f"{code}.md").read_text("utf-8")
        assert text.startswith(f"# {code}: {output.TITLES[code]}\n")
        assert re.search(r"^## What to do$", text, re.MULTILINE)
