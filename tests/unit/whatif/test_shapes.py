"""Shapes that are tried: on the run's grid, narrower than it is, and written as a user would have to write them."""

import pytest

from jobtree.base.identity import Domain
from jobtree.base.instant import format_instant
from jobtree.model.altered import with_nodes
from jobtree.model.plan import Reason, Refuse, RunPlan
from jobtree.model.run import Elastic, Run
from jobtree.whatif.idea import Case
from jobtree.whatif.shapes import later_deadline, narrower, shorter, spread, unfunded, without_spares
from tests.unit.ledger.built import HOUR, at, budget, catalog, envelope, node, run


def case(one: Run, code: str, **facts: object) -> Case:
    return Case(
        catalog=catalog([budget("me", envelope("me", 64))], [one]),
        run=one,
        decided=RunPlan(
            run=one.key, owner=one.owner, decision=Refuse(), reason=Reason(code=code, message="", facts=facts)
        ),
        uses=(),
        as_of=at(0),
    )


@pytest.mark.parametrize(
    ("shape", "have", "widths"),
    [
        ({"gpus": 16, "gpus_per_pod": 4}, 10, [8, 4]),
        ({"gpus": 128, "gpus_per_pod": 8, "group_gpus": 32}, 100, [96, 64, 32]),
        ({"gpus": 128, "gpus_per_pod": 8, "group_gpus": 32, "spares": 1}, 100, [64, 32]),  # 64 + 2 spares of 8
        ({"gpus": 16, "gpus_per_pod": 4}, 0, [8, 4]),
        ({"gpus": 1}, 0, []),
    ],
)
def test_a_fixed_run_is_tried_at_what_there_is_a_half_and_a_quarter(
    shape: dict[str, int], have: int, widths: list[int]
) -> None:
    ideas = narrower(case(run("r", "me", **shape), "JT403", need=shape["gpus"], have=have))
    assert [idea.catalog.runs[0].total_gpus for idea in ideas] == widths


def test_an_elastic_run_is_tried_at_lower_minimums_whole_steps_below() -> None:
    elastic = Elastic(minimum=96, maximum=160, step=32, desired=160)
    ideas = narrower(case(run("r", "me", 128, gpus_per_pod=8, elastic=elastic), "JT511", need=96, have=50))
    assert [idea.catalog.runs[0].elastic for idea in ideas] == [Elastic(minimum=32, maximum=160, step=32, desired=160)]
    assert ideas[0].words == "a minimum of 32 GPUs instead of 96"


def test_pods_keep_their_size_in_so_many_words() -> None:
    """12 GPUs in pods of 4 by default: 8 alone would be one pod of 8."""
    ideas = narrower(case(run("r", "me", 12, gpus_per_pod=4), "JT403", need=12, have=8))
    assert ideas[0].edit == "spec.resources.totalGPUs: 8, spec.resources.gpusPerPod: 4"
    assert narrower(case(run("r", "me", 12, gpus_per_pod=1), "JT403", need=12, have=9))[0].edit.endswith(": 9")


@pytest.mark.parametrize(
    ("code", "facts", "durations"),
    [
        ("JT402", {"need": 24 * HOUR, "have": 20 * HOUR + 59}, [20 * HOUR]),
        ("JT404", {"need": 96 * HOUR, "have": 48 * HOUR, "unit": "GPU-seconds"}, [12 * HOUR]),
        ("JT511", {"need": 8, "have": 0}, [12 * HOUR, 6 * HOUR]),
        ("JT501", {"need": 8, "have": 0}, []),
    ],
)
def test_durations_fit_what_is_short(code: str, facts: dict[str, object], durations: list[int]) -> None:
    ideas = shorter(case(run("r", "me"), code, **facts))
    assert [idea.catalog.runs[0].duration for idea in ideas] == durations


def test_a_deadline_moves_to_the_end_or_the_run_shrinks_to_the_deadline() -> None:
    late = case(run("r", "me", deadline=at(20)), "JT503", earliestEnd=format_instant(at(30)))
    assert later_deadline(late)[0].catalog.runs[0].deadline == at(30)
    assert shorter(late)[0].catalog.runs[0].duration == 14 * HOUR


def test_what_is_so_already_is_no_idea() -> None:
    plain = case(run("r", "me"), "JT511", need=8, have=0)
    assert (without_spares(plain), spread(plain), later_deadline(plain)) == ((), (), ())
    assert unfunded(plain)[0].catalog.runs[0].funding.allow_opportunistic


def test_more_nodes_have_names_that_nobody_has() -> None:
    first, second = node("n-more-1"), node("n")
    grown = with_nodes(catalog([], nodes=[second, first]), second, 2)
    assert [one.name for one in grown.nodes] == ["n", "n-more-1", "n-more-2", "n-more-3"]
    assert {one.domain for one in grown.nodes} == {Domain("west", "c", "A")}
