"""Every fixture reports exactly what its comments say, where they say it; and every code has a fixture and a page."""

import re
from pathlib import Path

import pytest

from jobtree.base.code_pages import links
from jobtree.base.diagnostic import Severity
from jobtree.load.limits import STATE
from jobtree.load.source import Source
from jobtree.load.state import read_state
from tests.faults.load.fixtures import DEFAULT_PATH, Finding, read_case

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
PAGES = Path(__file__).parents[3] / "docs" / "codes"
CODES = ("JT330", "JT331", "JT332")
ELSEWHERE = {"JT332"}
"""Provoked by the tests of the overlay."""


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_fixture(path: Path) -> None:
    case = read_case(path)
    _, findings = read_state(Source(DEFAULT_PATH, case.files[DEFAULT_PATH]))
    found: set[Finding] = set()
    for finding in findings:
        place = finding.location
        found.add((place.path if place else "", place.line if place else 0, finding.severity.value, finding.code))
    assert found == case.expected
    assert bool(case.expected) != path.stem.startswith("ok_")


@pytest.mark.parametrize("data", [b"", b"# nothing\n", b"null\n", b"[]\n", b"kind: List\n", b"{}"])
def test_what_is_no_state_is_jt330(data: bytes) -> None:
    _, (finding,) = read_state(Source("state.yaml", data))
    assert (finding.code, finding.severity, str(finding.location)) == ("JT330", Severity.ERROR, "state.yaml:1:1")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"#" * (STATE.size + 1), "JT106"),
        (b"apiVersion: v1\nkind: List\nitems: " + b"[" * 1_000, "JT108"),
        (b"apiVersion: v1\nkind: List\nitems: [&a {x: 1}, *a]\n", "JT205"),
        (b"\xff\xfe", "JT102"),
        (b"kind: \x00", "JT104"),
    ],
)
def test_hostile_files_are_bounded(data: bytes, code: str) -> None:
    state, findings = read_state(Source("state.yaml", data))
    assert (state.open, state.closed, state.observed.runs) == ((), (), ())
    assert {finding.code for finding in findings} == {code}


def test_every_code_has_a_fixture_and_a_page() -> None:
    provoked = {finding[3] for path in CASES for finding in read_case(path).expected}
    assert set(CODES) <= provoked | ELSEWHERE
    for code in CODES:
        text = (PAGES / f"{code}.md").read_text("utf-8")
        assert text.startswith(f"# {code}: {links.TITLES[code]}\n")
        assert re.search(r"^## What to do$", text, re.MULTILINE)
