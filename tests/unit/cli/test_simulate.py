"""``jobtree simulate`` on a small fleet: tables, JSON, series, what-ifs, and what is wrong with its arguments."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import NOW, Cli

UNTIL = "2026-03-02T15:00:00Z"
ROLL = ("--now", NOW, "--until", UNTIL, "--every", "1h")


def test_tables_and_what_if_stand_side_by_side(fleet: Path, cli: Cli) -> None:
    envelope = _an_envelope(cli, fleet)
    done = cli("simulate", fleet, *ROLL, "--policy", "jobtree,fcfs", "--with", f"budget {envelope}: concurrency +8")
    assert (done.code, done.err) == (0, "")
    for word in ("JOBTREE", "JOBTREE WITH", "FCFS", "FCFS WITH", "GPUs in use", "Wait by owner", "seed 1"):
        assert word in done.out


def _an_envelope(cli: Cli, fleet: Path) -> str:
    found = json.loads(cli("simulate", fleet, *ROLL, "-o", "json").out)
    return str(found["results"][0]["envelopes"][0]["envelope"])


def test_json_and_series_have_their_shapes_and_repeat(fleet: Path, cli: Cli, tmp_path: Path) -> None:
    faults = tmp_path / "faults.yaml"
    faults.write_text("nodes: {mtbf: 12h, mttr: 1h}\nruns: {shortest: 30, longest: 120, failing: 10}\n")
    series = tmp_path / "series.json"
    asked = ("simulate", fleet, *ROLL, "--faults", faults, "--seed", 7, "--series", series, "-o", "json", "--thorough")
    first = cli(*asked)
    assert (first.code, first.err) == (0, "")
    points = series.read_bytes()
    assert (cli(*asked).out, series.read_bytes()) == (first.out, points)
    found, drawn = json.loads(first.out), json.loads(points)
    assert (found["seed"], drawn["seed"], drawn["from"], drawn["until"]) == (7, 7, NOW, UNTIL)
    (policy,) = drawn["policies"]
    assert policy["name"] == "jobtree"
    assert {frozenset(point) for point in policy["points"]} == {frozenset(("at", "gpus", "waiting", "byOwner"))}
    (result,) = found["results"]
    ran = sum(one["started"] is not None for one in result["decided"])
    assert ran == result["waits"][0]["runs"] - result["waits"][0]["waiting"]
    other = cli(*(8 if word == 7 else word for word in asked)).out
    assert other != first.out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--with", "topolgy: +8 x in domain a"), 1, "did you mean topology?"),
        (("--faults", "none.yaml"), 1, "JT191"),
        (("--trace", "none.csv"), 1, "JT192"),
        (("--policy", "jobtre"), 64, "did you mean jobtree?"),
        (("--every", "0s"), 64, "every second at most"),
        (("--thorough", "--with", "run a/b: totalGPUs = 1"), 64, "documents alone"),
    ],
)
def test_what_is_wrong_is_told(fleet: Path, cli: Cli, arguments: tuple[str, ...], code: int, told: str) -> None:
    done = cli("simulate", fleet, *ROLL, *arguments)
    assert done.code == code
    assert told in done.err


def test_the_end_comes_after_the_beginning(fleet: Path, cli: Cli) -> None:
    done = cli("simulate", fleet, "--now", UNTIL, "--until", NOW)
    assert done.code == 64
    assert "before the beginning" in done.err


def test_a_broken_invariant_ends_with_4_and_the_seed(fleet: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pod is given to node 99 by whoever hands out slots, as a bug would."""
    from jobtree.simulate import occupied

    monkeypatch.setattr(occupied, "_may_share", lambda *_: False)
    monkeypatch.setattr(occupied, "_misplaced", lambda *_: iter([("slot-exists", "there is no such slot")]))
    done = cli("simulate", fleet, *ROLL, "--seed", 3)
    assert done.code == 4
    assert "slot-exists" in done.err
    assert "--seed 3 replays it" in done.err
    assert "is asked for" in done.err


LATER = ("--now", "2026-03-02T09:30:00Z", "--until", UNTIL, "--every", "1h", "-o", "json")


def test_it_begins_with_the_fleet_as_it_stands(compiled: Path, cli: Cli) -> None:
    """Who runs goes on and is counted in no wait; who was promised a start has been promised it."""
    plan = {one["run"]: one for one in json.loads((compiled / "rendered" / "plan.json").read_bytes())["runs"]}
    result = json.loads(cli("simulate", compiled, *LATER, "--thorough").out)["results"][0]
    decided = {one["run"]: one for one in result["decided"]}
    for run, one in plan.items():
        if one["decision"] == "start":
            assert (decided[run]["started"], decided[run]["starts"]) == (NOW, 1)
        if one["decision"] == "reserve":
            assert decided[run]["promisedFirst"] == one["at"]
    waiting = [run for run, one in plan.items() if one["decision"] != "start"]
    assert result["waits"][0]["runs"] == len(waiting)
    anew = json.loads(cli("simulate", compiled, *LATER, "--empty").out)["results"][0]
    assert all(one["started"] != NOW for one in anew["decided"])
    assert anew["waits"][0]["runs"] == len(plan)


def test_it_begins_no_earlier_than_its_plan(compiled: Path, cli: Cli) -> None:
    done = cli("simulate", compiled, "--now", "2026-03-02T08:00:00Z", "--until", UNTIL)
    assert (done.code, "--empty" in done.err) == (64, True)
    lock = compiled / "rendered" / "plan.lock.json"
    lock.write_text("{")
    broken = cli("simulate", compiled, *LATER)
    assert (broken.code, "JT703" in broken.err) == (1, True)
