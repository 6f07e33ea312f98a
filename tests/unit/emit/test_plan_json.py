import json
from typing import Any

import pytest

from jobtree.emit.plan_json import gap_of, write_plan
from jobtree.model.plan import Level
from jobtree.plan.accounts import standing_of
from tests.unit.emit.sample import HOUR, catalog, past, plan

ENTRY = [
    "run",
    "owner",
    "decision",
    "at",
    "waitSeconds",
    "expectedEnd",
    "width",
    "groups",
    "payers",
    "reason",
    "forecast",
]


@pytest.fixture(scope="module")
def written() -> Any:
    return json.loads(write_plan(plan(), standing_of(plan(), catalog(), past()), input_digest="sha256:1"))


def entry(written: Any, name: str) -> Any:
    return next(run for run in written["runs"] if run["run"] == f"team-a/{name}")


def test_every_key_is_there_in_the_order_of_the_contract(written: Any) -> None:
    assert list(written) == (
        [
            "formatVersion",
            "asOf",
            "inputDigest",
            "horizon",
            "proof",
            "runs",
            "cuts",
            "lottery",
            "closures",
            "observed",
            "envelopes",
            "diagnostics",
        ]
    )
    assert [list(run) for run in written["runs"]] == [ENTRY] * 6
    assert [run["decision"] for run in written["runs"]] == [
        "start",
        "reserve",
        "finished",
        "running",
        "start",
        "refuse",
    ]


def test_absent_values_are_null(written: Any) -> None:
    refused = entry(written, "short")
    assert [refused[key] for key in ("at", "waitSeconds", "expectedEnd", "width", "forecast")] == [None] * 5
    assert (refused["groups"], refused["payers"]) == ([], [])
    assert refused["reason"] == {"code": "JT403", "message": "why short", "facts": {"short": [1, 2], "who": "x"}}


def test_waits_are_for_what_starts(written: Any) -> None:
    assert [run["waitSeconds"] for run in written["runs"]] == [0, 3 * HOUR, None, None, 0, None]


def test_pods_and_renewals(written: Any) -> None:
    (pod,) = entry(written, "renews")["groups"][0]["pods"]
    assert pod == {
        "rank": 0,
        "node": "n2",
        "slots": [0, 1],
        "role": "Active",
        "start": "2026-03-02T09:00:00Z",
        "reason": "Start",
        "payer": "team-a/main/west",
        "renewals": [{"at": "2026-03-02T11:00:00Z", "payer": "team-b/main/west"}],
    }


def test_payers_with_their_class(written: Any) -> None:
    assert [(share["envelope"], share["class"], share["gpus"]) for share in entry(written, "begin")["payers"]] == [
        ("team-a/main/west", "Owned", 4),
        ("team-b/main/west", "Borrowed", 2),
    ]
    assert entry(written, "on")["payers"] == [{"envelope": None, "owner": None, "class": "Unfunded", "gpus": 2}]
    assert [share["class"] for share in entry(written, "later")["payers"]] == ["Owned"]
    assert entry(written, "old")["payers"] == []


def test_forecasts_are_of_reservations_alone(written: Any) -> None:
    assert [run["forecast"] is not None for run in written["runs"]] == [False, True, False, False, False, False]
    forecast = entry(written, "later")["forecast"]
    cuts = ["remedies", "conflictSet", "cutProbability"]
    assert list(forecast) == ["deficit", *cuts, "naturalStart", "confidence", "lottery"]


def test_envelopes_count_gpus_now_and_gpu_seconds(written: Any) -> None:
    own, lent = written["envelopes"]
    assert own["used"] == {"Owned": 6, "Shared": 0, "Borrowed": 0, "Unfunded": 0, "Spare": 2}
    assert lent["used"] == {"Owned": 0, "Shared": 0, "Borrowed": 2, "Unfunded": 0, "Spare": 0}
    # old: 2 GPUs from -5h to -1h, of which one hour lies in the window that opened at -2h
    assert own["gpuSeconds"]["spent"] == 2 * HOUR
    # begin: 2 x 4h and a spare at a quarter; renews: 2 x 2h; later: 2 x 2h
    assert own["gpuSeconds"]["planned"] == (8 + 2 + 4 + 4) * HOUR
    assert lent["gpuSeconds"] == {"cap": 100 * HOUR, "spent": 0, "planned": (8 + 6) * HOUR}


def test_gaps() -> None:
    assert gap_of(Level(name="wait", value=300, bound=200)) == 0.333333
    assert gap_of(Level(name="wait", value=0, bound=0)) == 0.0
    assert gap_of(Level(name="width", value=3, bound=None)) is None


def test_diagnostics_carry_their_place(written: Any) -> None:
    assert written["diagnostics"] == [
        {
            "code": "JT520",
            "severity": "warning",
            "message": "slips",
            "path": "runs/a.yaml",
            "line": 3,
            "column": 1,
            "notes": ["by 5m"],
            "help": None,
        }
    ]
