"""Every fault of a simulation's files and overlays is reported with its code, at its place, and has a page."""

from pathlib import Path

import pytest

from jobtree.base.code_pages import simulating
from jobtree.base.diagnostic import Diagnostic
from jobtree.base.instant import parse_instant
from jobtree.load.source import Source
from jobtree.simulate.faults import Faults, NodeEvent, RunDeletion
from jobtree.simulate.faults_file import read_faults
from jobtree.simulate.overlaid import overlaid
from jobtree.simulate.overlays import parse_overlay
from jobtree.simulate.trace import read_trace
from tests.fleet_days import SINCE, fleet_day

PAGES = Path(__file__).parents[3] / "docs" / "codes"
CATALOG = fleet_day(0).scenario.catalog
NODE = CATALOG.nodes[0].name
RUN = next(run for run in CATALOG.runs if not any(run.key in (*one.after, *one.together) for one in CATALOG.runs))
NAMED = next((key for run in CATALOG.runs for key in (*run.after, *run.together)), None)
LATER = parse_instant("2026-03-03T00:00:00Z")


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("nodse: {mtbf: 1d}", "1:1", "unknown field nodse"),
        ("nodes: {mtbf: 1x}", "1:15", "nodes.mtbf"),
        ("nodes: {mtbf: 1d, mtr: 1h}", "1:19", "unknown field nodes.mtr"),
        ("runs: {shortest: 90, longest: 50}", "1:18", "90 % at least and 50 % at most"),
        ("runs: {failing: 101}", "1:17", "runs.failing"),
        (f"losses:\n  - {{node: {NODE}x, lost: 2026-03-02T12:00:00Z}}", "2:12", f"there is no {NODE}x"),
        (f"losses:\n  - {{node: {NODE}, lost: 2026-03-02T12:00:00Z, returns: 2026-03-02T11:00:00Z}}", "2:", "before"),
        ("deletions:\n  - {run: a/b, deleted: 2026-03-02T12:00:00Z}", "2:11", "there is no a/b"),
        (f"deletions:\n  - {{run: {NAMED}, deleted: 2026-03-02T12:00:00Z}}", "2:11", "names it"),
        ("- a", "1:1", "one mapping"),
    ],
)
def test_faults_of_a_faults_file(text: str, place: str, message: str) -> None:
    faults, findings = read_faults(Source("faults.yaml", text.encode()), CATALOG)
    assert faults == Faults()
    (found,) = findings
    assert found.code == "JT191"
    assert message in found.message
    assert str(found.location).startswith(f"faults.yaml:{place}")


def test_a_faults_file_is_read() -> None:
    text = (
        "nodes: {mtbf: 1d, mttr: 2h}\nruns: {shortest: 50, longest: 120, failing: 3}\n"
        f"losses:\n  - {{node: {NODE}, lost: 2026-03-02T12:00:00Z, returns: 2026-03-02T13:00:00Z}}\n"
        f"deletions:\n  - {{run: {RUN.key}, deleted: 2026-03-02T14:00:00Z}}\n"
    )
    noon = parse_instant("2026-03-02T12:00:00Z")
    assert read_faults(Source("faults.yaml", text.encode()), CATALOG) == (
        Faults(
            mtbf=86_400,
            mttr=7_200,
            shortest=500,
            longest=1_200,
            failing=30,
            nodes=(
                NodeEvent(at=noon, node=NODE, lost=True),
                NodeEvent(at=parse_instant("2026-03-02T13:00:00Z"), node=NODE, lost=False),
            ),
            deletions=(RunDeletion(at=parse_instant("2026-03-02T14:00:00Z"), run=RUN.key),),
        ),
        (),
    )


HEAD = "timestamp,duration,num_gpus,gpu_time,cluster\n"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("timestamp,duration,gpus\n", "trace.csv:1", "no column num_gpus, cluster"),
        (HEAD + "2026-03-02 01:00:00,60,1,60,ns-org-z\n", "trace.csv:2", "nobody is registered"),
        (HEAD + "yesterday,60,1,60,ns-org-a\n", "trace.csv:2", "timestamp"),
        (HEAD + "2026-03-02 01:00:00,long,1,60,ns-org-a\n", "trace.csv:2", "duration"),
        (HEAD + "2026-03-02 01:00:00,60,many,60,ns-org-a\n", "trace.csv:2", "num_gpus"),
    ],
)
def test_faults_of_a_trace(text: str, place: str, message: str) -> None:
    runs, findings = read_trace(Source("trace.csv", text.encode()), CATALOG, Faults(), seed=1, since=SINCE, until=LATER)
    assert runs == ()
    assert [one.code for one in findings] == ["JT192"]
    assert message in findings[0].message
    assert str(findings[0].location).startswith(place)


def test_a_trace_becomes_runs() -> None:
    text = HEAD + (
        "2026-03-02 01:00:00,100,1,100,ns-org-a\n2026-03-02 02:00:00,,1,,ns-org-a\n"
        "2026-03-01 02:00:00,50,1,,ns-org-a\n2026-03-02 03:00:00,50,0,,ns-org-a\n"
    )
    faults = Faults(shortest=500, longest=500)
    ((one,), findings) = read_trace(
        Source("trace.csv", text.encode()), CATALOG, faults, seed=1, since=SINCE, until=LATER
    )
    assert findings == ()
    assert (str(one.run.key), one.run.owner, one.run.total_gpus) == ("ns-org-a/trace-2", "org:a", 1)
    assert (one.run.duration, one.work.seconds, one.run.admitted) == (200, 100, SINCE + 3_600)


@pytest.mark.parametrize(
    ("text", "caret", "hint"),
    [
        ("topolgy: +1 x in domain a", 0, "did you mean topology?"),
        ("topology: +x", 11, "such as"),
        ("topology: +4 H100 inside C", 18, "such as"),
        ("budget a/b: concurrency +1", 7, "such as"),
        ("budget a/b/c: concurency +1", 14, "did you mean concurrency?"),
        ("budget a/b/c: concurrency", 25, "such as"),
        ("run a/b: totalGPUs = 4 5", 23, "such as"),
        ("run a/b totalGPUs = 4", 21, "such as"),
    ],
)
def test_an_overlay_that_cannot_be_read_shows_where(text: str, caret: int, hint: str) -> None:
    found = parse_overlay(text)
    assert isinstance(found, Diagnostic)
    assert (found.code, found.notes) == ("JT193", (text, " " * caret + "^"))
    assert hint in str(found.help)


ENVELOPE = next(iter(CATALOG.envelopes))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("topology: +8 H100-80GB in domain f9", "no domain f9"),
        ("topology: +8 H200 in domain f1", "has no H200"),
        (f"topology: +{CATALOG.nodes[0].gpus + 1} H100-80GB in domain f1", "is no multiple"),
        (f"topology: -{CATALOG.nodes[0].gpus * 1_000} H100-80GB in domain f1", "only"),
        ("budget a/b/c: concurrency +1", "no envelope a/b/c"),
        (f"budget {ENVELOPE}: concurrency -{10**6}", "would have a concurrency"),
        ("run a/b: totalGPUs = 1", "no run a/b"),
        (f"run {RUN.key}: totalGPUs = 0", "cannot have 0 GPUs"),
    ],
)
def test_an_overlay_that_does_not_fit_says_why(text: str, message: str) -> None:
    overlay = parse_overlay(text)
    assert not isinstance(overlay, Diagnostic)
    found = overlaid(CATALOG, overlay)
    assert isinstance(found, Diagnostic)
    assert found.code == "JT193"
    assert message in found.message


def test_overlays_change_the_fleet() -> None:
    gpus = CATALOG.nodes[0].gpus
    cases = {
        f"topology: +{2 * gpus} H100-80GB in domain f1": lambda fleet: len(fleet.nodes) == len(CATALOG.nodes) + 2,
        f"topology: -{gpus} H100-80GB in domain f1": lambda fleet: len(fleet.nodes) == len(CATALOG.nodes) - 1,
        f"budget {ENVELOPE}: concurrency = 77": lambda fleet: fleet.envelopes[ENVELOPE].concurrency == 77,
        f"budget {ENVELOPE}: maxGPUHours = 5": lambda fleet: fleet.envelopes[ENVELOPE].max_gpu_seconds == 18_000,
    }
    for text, holds in cases.items():
        overlay = parse_overlay(text)
        assert not isinstance(overlay, Diagnostic)
        changed = overlaid(CATALOG, overlay)
        assert not isinstance(changed, Diagnostic)
        assert holds(changed), text


def test_every_code_has_a_page() -> None:
    assert sorted(simulating.TITLES) == ["JT191", "JT192", "JT193"]
    for code, title in simulating.TITLES.items():
        text = (PAGES / f"{code}.md").read_text("utf-8")
        assert text.startswith(f"# {code}: {title}\n")
        assert "## What to do" in text
