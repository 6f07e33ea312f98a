"""Cycles in directed graphs, found without recursion and in an order that does not depend on the input's."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar


class Sortable(Protocol):
    """What can be put in order."""

    def __lt__(self, other: Any, /) -> bool:
        """Whether it comes before the other."""
        ...

    def __hash__(self) -> int:
        """Nodes are keys of mappings."""
        ...


N = TypeVar("N", bound=Sortable)

MOST_CYCLES = 20


def find_cycle(edges: Mapping[N, Sequence[N]]) -> tuple[N, ...] | None:
    """The nodes of one cycle, the smallest first, or None. Cost is linear in nodes and edges."""
    done: set[N] = set()
    for root in sorted(edges):
        cycle = None if root in done else _cycle_from(root, edges, done)
        if cycle is not None:
            smallest = min(range(len(cycle)), key=lambda index: cycle[index])
            return (*cycle[smallest:], *cycle[:smallest])
    return None


def find_cycles(edges: Mapping[N, Sequence[N]]) -> tuple[tuple[N, ...], ...]:
    """Cycles without a node in common, at most ``MOST_CYCLES``, so that faults in different places show at once."""
    left = {node: tuple(followers) for node, followers in edges.items()}
    cycles: list[tuple[N, ...]] = []
    while len(cycles) < MOST_CYCLES:
        cycle = find_cycle(left)
        if cycle is None:
            break
        cycles.append(cycle)
        gone = frozenset(cycle)
        left = {
            node: tuple(one for one in followers if one not in gone)
            for node, followers in left.items()
            if node not in gone
        }
    return tuple(cycles)


def _cycle_from(root: N, edges: Mapping[N, Sequence[N]], done: set[N]) -> tuple[N, ...] | None:
    """Depth first; ``done`` collects nodes that lead to no cycle."""
    path, on_path = [root], {root: 0}
    pending = [iter(sorted(edges.get(root, ())))]
    while path:
        following = next(pending[-1], None)
        if following is None:
            done.add(path[-1])
            del on_path[path.pop()]
            pending.pop()
        elif following in on_path:
            return tuple(path[on_path[following] :])
        elif following not in done:
            on_path[following] = len(path)
            path.append(following)
            pending.append(iter(sorted(edges.get(following, ()))))
    return None


def connected(edges: Mapping[N, Sequence[N]]) -> tuple[tuple[N, ...], ...]:
    """Classes of nodes that edges connect, taken both ways; each sorted, the classes by their first node."""
    leader: dict[N, N] = {}

    def find(node: N) -> N:
        while leader.setdefault(node, node) != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    for node in sorted(edges):
        for other in (node, *edges[node]):
            low, high = sorted((find(node), find(other)))
            leader[high] = low
    classes: dict[N, list[N]] = {}
    for node in sorted(leader):
        classes.setdefault(find(node), []).append(node)
    return tuple(tuple(classes[first]) for first in sorted(classes))
