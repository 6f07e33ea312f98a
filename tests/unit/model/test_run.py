import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant
from jobtree.model.run import Elastic, Run
from jobtree.model.selector import Selector


def run(total: int, *, group: int | None = None, elastic: Elastic | None = None, admitted: int | None = None) -> Run:
    return Run(
        key=Key("team", "train"), owner=Owner("org:a"), flavor="H100", total_gpus=total, gpus_per_pod=1, duration=3600,
        group_gpus=group, elastic=elastic, admitted=None if admitted is None else Instant(admitted),
    )  # fmt: skip


def test_the_last_group_may_be_short() -> None:
    assert run(100, group=32).groups(100) == (32, 32, 32, 4)


@given(st.integers(1, 6), st.integers(1, 8), st.integers(0, 6), st.integers(1, 3))
def test_growth_never_changes_an_earlier_group(group: int, base: int, steps: int, groups_per_step: int) -> None:
    step = group * groups_per_step
    elastic = Elastic(minimum=base, maximum=base + 9 * step, step=step, desired=base)
    wide = run(base + steps * step, group=group, elastic=elastic)
    widths = wide.start_widths
    assert widths[0] == wide.total_gpus
    assert widths[-1] == base
    assert all(sum(wide.groups(width)) == width for width in widths)
    for wider, narrower in itertools.pairwise(widths):
        assert wide.groups(wider)[: len(wide.groups(narrower))] == wide.groups(narrower)


def test_without_groups_an_elastic_run_has_groups_of_a_step() -> None:
    assert run(24, elastic=Elastic(minimum=8, maximum=32, step=8, desired=32)).groups(24) == (8, 8, 8)


def test_a_fixed_run_without_groups_has_no_group_size() -> None:
    with pytest.raises(ValueError, match="no group size"):
        run(24).groups(24)


def test_a_run_without_an_instant_ranks_last() -> None:
    assert run(1, admitted=5).rank < run(1).rank


def test_a_selector_matches_a_star_only_where_the_label_exists() -> None:
    selector = Selector((("cluster", "*"), ("region", "west")))
    assert selector.matches({"region": "west", "cluster": "a"})
    assert not selector.matches({"region": "west"})
    assert not selector.matches({"region": "east", "cluster": "a"})
    assert Selector().matches({})
