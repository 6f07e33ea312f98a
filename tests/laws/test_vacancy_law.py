"""Pods that are counted as they change are those that are counted anew (semantics.md 6)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtree.base.identity import Domain
from jobtree.base.instant import Instant, Interval
from jobtree.model.topology import Node
from jobtree.plan import vacancy
from jobtree.plan.sites import Sites, sites_of
from jobtree.plan.vacancy import Vacancy

NODES = 5
CHANGES = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, NODES - 1), st.integers(-4, 4), min_size=1, max_size=3),
        st.integers(0, 9),
        st.integers(1, 6),
    ),
    max_size=8,
)
ASKED = st.lists(st.tuples(st.lists(st.booleans(), min_size=NODES, max_size=NODES), st.integers(1, 5)), max_size=4)


def five_nodes() -> Sites:
    """Two in one domain, three in another."""
    domains = [Domain(region="w", cluster="c", fabric=fabric) for fabric in "AABBB"]
    return sites_of(
        Node(name=f"n{at}", domain=domain, flavor="H100", gpus=8, labels=()) for at, domain in enumerate(domains)
    )


def check(changes: list[tuple[dict[int, int], int, int]], asked: list[tuple[list[bool], int]]) -> None:
    sites = five_nodes()
    free = Vacancy.of(np.full(NODES, 8, np.int16), sites, since=0)
    for amounts, start, seconds in changes:
        for flags, per_pod in asked:
            nodes = np.array(flags)
            fresh = sites.by_domain(np.where(nodes[:, None], np.maximum(free.level, 0), 0).astype(np.int64) // per_pod)
            assert np.array_equal(free.pods(nodes, per_pod), fresh)
        other = free.copy()
        other.add({0: -1}, Interval(Instant(1), Instant(8)))
        free.add(amounts, Interval(Instant(start), Instant(start + seconds)))


@given(CHANGES, ASKED)
def test_counts_keep_step(changes: list[tuple[dict[int, int], int, int]], asked: list[tuple[list[bool], int]]) -> None:
    check(changes, asked)


def test_a_count_that_stands_still_is_seen() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vacancy._Count, "change", lambda *_: None)
        with pytest.raises(AssertionError):
            check([({1: -3}, 0, 4), ({2: 1}, 2, 2)], [([True] * NODES, 2)])
