"""Every fixture reports exactly what its comments say, where they say it; and every code has a fixture and a page."""

import re
from pathlib import Path

import pytest

from jobtree.base.code_pages import links, shape, yaml
from jobtree.base.diagnostic import Severity
from jobtree.base.instant import Instant
from jobtree.load.history import read_history
from jobtree.load.limits import INPUT
from jobtree.load.loader import load
from jobtree.load.source import Source
from tests.faults.load.fixtures import CASES, Finding, base, codes_with_fixtures, read_case

PAGES = Path(__file__).parents[3] / "docs" / "codes"
MENTION = b"# rq.davidlangworthy.io/v1\n"
GENERATED = {
    "JT106": MENTION + b"#" * INPUT.size,
    "JT107": MENTION + b"---\na: 1\n" * (INPUT.documents + 1),
    "JT325": b"---\n".join(
        b"apiVersion: rq.davidlangworthy.io/v1\nkind: NodePool\nmetadata: {name: p%d}\n"
        b"spec: {count: 100000, gpusPerNode: 1,\n"
        b"  labels: {region: r, cluster: c, fabric.domain: f, gpu.flavor: H100}}\n" % number
        for number in range(3)
    ),
}
"""Codes whose fixture is too large to check in."""

HISTORY = b"""apiVersion: rq.davidlangworthy.io/v1
kind: Lease
metadata: {name: x, namespace: a}
spec:
  owner: org:a
  runRef: {namespace: a, name: r}
  group: 0
  rank: 0
  role: Active
  slice: {node: n-01, slots: [1, 0]}
  paidBy: null
  interval: {start: 2026-03-02T00:00:00Z, expectedEnd: 2026-03-01T00:00:00Z}
  reason: Start
"""


TITLES = {**yaml.TITLES, **shape.TITLES, **links.TITLES}


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_fixture(path: Path) -> None:
    case = read_case(path)
    admissions = {name: Instant(0) for name in case.files} if case.admitted else {}
    loading = load(case.sources, admissions=admissions)
    found: set[Finding] = set()
    for finding in loading.diagnostics:
        place = finding.location
        found.add((place.path if place else "", place.line if place else 0, finding.severity.value, finding.code))
    assert found == case.expected
    assert (loading.catalog is None) == any(severity == "error" for _, _, severity, _ in case.expected)


@pytest.mark.parametrize("code", sorted(GENERATED))
def test_generated_fixture(code: str) -> None:
    sources = [Source(path, data) for path, data in base().items()] + [Source("big.yaml", GENERATED[code])]
    assert code in {finding.code for finding in load(sources, admissions={}).diagnostics}


def test_history_that_was_tampered_with_is_refused() -> None:
    _, findings = read_history([Source("gpu-a/a/leases/r.yaml", HISTORY)])
    assert [(finding.code, finding.severity) for finding in findings] == [("JT328", Severity.ERROR)] * 2


def test_every_code_has_a_fixture() -> None:
    elsewhere = {"JT328", "JT330", "JT331", "JT332", "JT333"}  # history, and tests/faults/state
    assert (codes_with_fixtures() | set(GENERATED) | elsewhere) & set(TITLES) == set(TITLES)


def test_every_code_has_a_page_that_starts_with_its_title() -> None:
    for code, title in TITLES.items():
        text = (PAGES / f"{code}.md").read_text("utf-8")
        assert text.startswith(f"# {code}: {title}\n"), code
        assert re.search(r"^## What to do$", text, re.MULTILINE), code
