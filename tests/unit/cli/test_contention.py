"""What people read about contention; the stories in examples/contention show it whole."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from jobtree.cli.contention import cut_rows, draws, losses, odds, threat_rows

NOTHING: dict[str, Any] = {"asOf": "2026-03-02T09:00:00Z", "runs": [], "cuts": [], "lottery": []}


def forecast(lottery: bool = True, **chances: dict[str, Any]) -> dict[str, Any]:
    digest = {"digest": "d" * 64, "candidates": [{}, {}]} if lottery else None
    remedies = [{"kind": kind, "run": "a/x", "gpus": 8} for kind in ("Shrink", "Lottery")]
    return {"remedies": remedies, "cutProbability": chances, "lottery": digest}


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        ({"p": "1/3", "error": None}, "1/3"),
        ({"p": "1", "error": None}, "certain"),
        ({"p": "0.412", "error": "0.016"}, "0.412 ± 0.016"),
    ],
)
def test_odds_are_said_as_they_were_found(chance: dict[str, Any], words: str) -> None:
    found = forecast(**{"a/x": chance})
    assert odds(found, found["remedies"][1]) == words


def test_what_needs_no_draw_goes_first_and_is_certain_without_one() -> None:
    assert odds(forecast(), forecast()["remedies"][0]) == "first"
    assert odds(forecast(lottery=False), forecast()["remedies"][0]) == "certain"


def test_threats_are_those_of_the_run_soonest_first() -> None:
    claims = [
        {
            "run": f"c/{name}",
            "at": f"2026-03-02T{hour}:00:00Z",
            "forecast": forecast(**{"a/x": {"p": "1", "error": None}}),
        }
        for name, hour in (("late", 12), ("soon", 10))
    ]
    plan = NOTHING | {"runs": [*claims, {"run": "a/x", "at": None, "forecast": None}]}
    assert [row[3] for row in threat_rows(plan, run="a/x")] == ["c/soon", "c/soon", "c/late", "c/late"]
    assert threat_rows(plan, run="b/y") == []


def test_a_cut_says_how_it_came_about() -> None:
    cut = {"unit": "a/x", "runs": ["a/x"], "gpus": 8, "for": "c/z"}
    lottery = {"for": "c/z", "kind": "Lottery", "candidates": [{"unit": "a/x"}, {"unit": "b/y"}], "draws": ["a/x"]}
    plan = NOTHING | {
        "cuts": [cut | {"kind": "DropSpare"}, cut | {"kind": "Lottery"}],
        "lottery": [lottery | {"returned": ["b/y"], "entropy": "00", "seed": "5eed"}],
    }
    assert [row[4] for row in cut_rows(plan)] == ["by rule", "drawn among 2"]
    console = Console(width=200, record=True, file=StringIO())
    for part in (*losses(plan, "a/x"), *draws(plan, "c/z")):
        console.print(part)
    said = console.export_text()
    assert "Cut in this plan" in said
    assert "drawn       a/x, of which b/y went free" in said
    assert list(draws(plan, "a/x")) == []
