"""A fleet too large for the memory and work that are allowed ends in a valid plan with a diagnostic (JT505, JT524)."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings

from jobtree.plan import construct, haggle, vacancy
from jobtree.plan.vacancy import Vacancy
from jobtree.request import Compiled
from tests.laws.compiler import compiled, decisions, plan_of, tree_of
from tests.laws.test_vacancy_law import five_nodes
from tests.worlds import World, contended_worlds, crowd

CROWD = crowd([(4, 2, 3), (4, 1, 5), (4, 3, 2), (4, 2, 8), (4, 1, 1), (3, 2, 7), (4, 2, 4), (4, 3, 9)])


@pytest.fixture
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def codes(result: Compiled) -> list[str]:
    return [finding.code for finding in result.diagnostics]


def unseen(result: Compiled) -> list[str]:
    found = decisions(tree_of(result)).items()
    return [run for run, entry in found if (entry["reason"] or {}).get("code") == "JT505"]


def wait(result: Compiled) -> tuple[int, int]:
    """The wait level and its bound."""
    found = next(one for one in plan_of(tree_of(result))["proof"]["levels"] if one["name"] == "wait")
    return found["value"], found["bound"]


def test_too_much_work_ends_the_search(patch: pytest.MonkeyPatch) -> None:
    whole = compiled(CROWD)
    patch.setattr(construct, "LARGE", 1)
    large = compiled(CROWD)
    assert codes(large).count("JT524") == 1
    assert "JT524" not in codes(whole)
    assert not large.violations
    assert not unseen(large)
    assert wait(large)[0] >= wait(whole)[0] >= wait(large)[1]


def test_too_much_memory_leaves_the_last_ones_out(patch: pytest.MonkeyPatch) -> None:
    """By rank: who is looked at has a start, and the others say why they have none."""
    patch.setattr(vacancy, "MOST_CELLS", 8)
    result = compiled(CROWD)
    entries = decisions(tree_of(result))
    left = unseen(result)
    assert "JT524" in codes(result)
    assert not result.violations
    assert 0 < len(left) < len(entries)
    seated = [run for run in sorted(entries) if run not in left]
    assert seated + left == sorted(entries)


def test_who_was_looked_at_in_vain_does_not_say_otherwise(patch: pytest.MonkeyPatch) -> None:
    """16 of 20 GPUs are taken beyond the horizon, so that 8 never come; then 4 more fill the plan, and nobody looks."""
    patch.setattr(vacancy, "MOST_CELLS", 6)
    result = compiled(crowd([(4, 4, 80), (4, 2, 1), (4, 1, 2), (4, 1, 2)]))
    found = [entry["reason"]["code"] for _, entry in sorted(decisions(tree_of(result)).items())]
    assert found == ["JT510", "JT502", "JT510", "JT505"]


def test_a_guard_that_sleeps_is_seen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(vacancy, "MOST_CELLS", 8)
    patch.setattr(Vacancy, "is_full", property(lambda _: False))
    assert not unseen(compiled(CROWD))


def test_too_much_work_leaves_the_last_ones_out_too(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(vacancy, "MOST_WORK", 40)
    result = compiled(CROWD)
    assert unseen(result)
    assert not result.violations


def test_too_many_prices_are_not_looked_for(patch: pytest.MonkeyPatch) -> None:
    """The bound is then what all would wait with the fleet to themselves: valid, and weak."""
    patch.setattr(haggle, "MOST_LOOKS", 1)
    result = compiled(CROWD)
    assert not result.violations
    assert wait(result)[0] >= wait(result)[1]


@pytest.mark.parametrize("limit", [("LARGE", 1), ("MOST_CELLS", 6), ("MOST_WORK", 60), ("MOST_LOOKS", 1)])
def test_every_small_limit_ends_in_a_plan_that_the_checker_believes(limit: tuple[str, int]) -> None:
    name, value = limit
    module = next(one for one in (construct, vacancy, haggle) if hasattr(one, name))

    @settings(max_examples=15)
    @given(contended_worlds())
    def look(world: World) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, name, value)
            assert not compiled(world).violations

    look()


def test_promises_come_before_the_limit(patch: pytest.MonkeyPatch) -> None:
    """Who was promised a start keeps it, however full the plan is."""
    first = compiled(CROWD)
    patch.setattr(vacancy, "MOST_CELLS", 8)
    again = compiled(CROWD, previous=tree_of(first), ledger=first.ledger)
    before, after = (decisions(tree_of(one)) for one in (first, again))
    assert not again.violations
    for run, entry in before.items():
        if entry["decision"] == "reserve":
            assert after[run]["decision"] == "reserve", (run, after[run]["reason"])


def test_work_is_counted_where_it_is_done() -> None:
    free = Vacancy.of(five_nodes().gpus, five_nodes(), since=0)
    works = [free.work]
    for instant in (5, 9, 9):
        free.mark(instant)
        works.append(free.work)
    assert [later - earlier for earlier, later in pairwise(works)] == [10, 15, 0]
