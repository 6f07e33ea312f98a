"""Cycles and classes, against definitions that are too slow to ship."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from jobtree.load.graph import connected, find_cycle, find_cycles

graphs = st.dictionaries(st.integers(0, 7), st.lists(st.integers(0, 7), max_size=3), max_size=8)


def reachable(edges: dict[int, list[int]], start: int) -> set[int]:
    found: set[int] = set()
    pending = list(edges.get(start, []))
    while pending:
        node = pending.pop()
        if node not in found:
            found.add(node)
            pending += edges.get(node, [])
    return found


@given(graphs)
def test_a_cycle_is_found_exactly_when_there_is_one(edges: dict[int, list[int]]) -> None:
    cycle = find_cycle(edges)
    assert (cycle is not None) == any(node in reachable(edges, node) for node in edges)
    if cycle is not None:
        assert cycle[0] == min(cycle)
        assert all(second in edges[first] for first, second in pairwise((*cycle, cycle[0])))


@given(graphs)
def test_removing_the_cycles_leaves_none(edges: dict[int, list[int]]) -> None:
    cycles = find_cycles(edges)
    gone = {node for cycle in cycles for node in cycle}
    assert len(gone) == sum(len(cycle) for cycle in cycles)
    left = {node: [one for one in after if one not in gone] for node, after in edges.items() if node not in gone}
    assert find_cycle(left) is None


@given(graphs)
def test_the_order_of_the_input_means_nothing(edges: dict[int, list[int]]) -> None:
    turned = {node: edges[node][::-1] for node in reversed(list(edges))}
    assert find_cycles(edges) == find_cycles(turned)
    assert connected(edges) == connected(turned)


@given(graphs)
def test_classes_are_what_edges_connect_both_ways(edges: dict[int, list[int]]) -> None:
    both: dict[int, list[int]] = {}
    for node, others in edges.items():
        for other in (node, *others):
            both.setdefault(node, []).append(other)
            both.setdefault(other, []).append(node)
    assert {frozenset(members) for members in connected(edges)} == {frozenset(reachable(both, node)) for node in both}


def test_a_long_chain_needs_no_recursion() -> None:
    chain = {number: [number + 1] for number in range(50_000)}
    assert find_cycle(chain) is None
    assert find_cycle(chain | {50_000: [0]}) == tuple(range(50_001))
