"""plan.json as a page reads it: whatever somebody did to it, it is a plan or a diagnostic, never an exception."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtree.base.diagnostic import Diagnostic
from jobtree.report.plan_file import PlanFile, read_plan

PLAN: Any = json.loads((Path(__file__).parents[3] / "examples/two-domains/rendered/plan.json").read_text())
Path_ = tuple[str | int, ...]


def places(value: Any, here: Path_ = ()) -> Iterator[Path_]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield (*here, step)
        yield from places(item, (*here, step))


PLACES = sorted(places(PLAN), key=repr)


def test_the_example_is_read_whole() -> None:
    plan = read_plan(PLAN)
    assert isinstance(plan, PlanFile)
    assert [str(run.run) for run in plan.runs] == [run["run"] for run in PLAN["runs"]]
    slots = sum(len(pod["slots"]) for run in PLAN["runs"] for group in run["groups"] for pod in group["pods"])
    assert sum(len(lease.slots) for run in plan.runs for lease in run.leases) == slots


@given(st.sampled_from(PLACES), st.sampled_from([None, -1, 2**60, "", "a/b", [], {}, [[]], True, "1/0", "9/8"]))
def test_an_edit_anywhere_is_a_plan_or_a_diagnostic(place: Path_, value: object) -> None:
    edited = deepcopy(PLAN)
    here: Any = edited
    for step in place[:-1]:
        here = here[step]
    here[place[-1]] = value
    found = read_plan(edited)
    assert isinstance(found, PlanFile) or found.code == "JT776"


@pytest.mark.parametrize("place", [place for place in PLACES if len(place) <= 2 and isinstance(place[-1], str)])
def test_what_is_missing_is_named(place: Path_) -> None:
    edited = deepcopy(PLAN)
    here: Any = edited
    for step in place[:-1]:
        here = here[step]
    del here[place[-1]]
    found = read_plan(edited)
    if isinstance(found, Diagnostic):
        assert str(place[-1]) in found.message or str(place[0]) in found.message


def test_renewals_become_leases_that_follow_each_other() -> None:
    edited = deepcopy(PLAN)
    pod = edited["runs"][0]["groups"][0]["pods"][0]
    pod["renewals"] = [{"at": "2026-03-02T10:00:00Z", "payer": None}]
    plan = read_plan(edited)
    assert isinstance(plan, PlanFile)
    first, second = plan.runs[0].leases[:2]
    assert first.interval.end == second.interval.start
    assert (first.payer is None, second.payer) == (False, None)


@pytest.mark.parametrize("value", [None, [], 3, {}, {"formatVersion": 2}])
def test_what_is_no_plan(value: object) -> None:
    found = read_plan(value)
    assert isinstance(found, Diagnostic)
    assert found.code == "JT776"
