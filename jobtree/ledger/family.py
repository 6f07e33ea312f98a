"""Who is family to whom: the DAG of ``Budget.parents``, never the colons of an owner (semantics.md 2 and 5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jobtree.base.identity import Owner
from jobtree.model.budget import Budget


@dataclass(frozen=True, slots=True, order=True)
class Kinship:
    """``tier`` 1 is a parent or sibling, 2 is further family; ``distance`` is the shortest path of parent links."""

    tier: int
    distance: int


NEAR, FAR = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Parent links in both directions. Build it once for a catalog: kin are remembered for each owner that asked.

    Family of an owner are its ancestors, its descendants, and whoever shares an ancestor with it (semantics.md 5).
    """

    parents: Mapping[Owner, tuple[Owner, ...]]
    children: Mapping[Owner, tuple[Owner, ...]]
    _kin: dict[Owner, Mapping[Owner, Kinship]] = field(default_factory=dict, repr=False, compare=False)

    def kin(self, owner: Owner) -> Mapping[Owner, Kinship]:
        """Relatives of the owner, without itself, sorted by owner. Costs O(owners + links) once for each owner."""
        if owner not in self._kin:
            self._kin[owner] = self._find_kin(owner)
        return self._kin[owner]

    def _find_kin(self, owner: Owner) -> Mapping[Owner, Kinship]:
        line = _reach([owner], self.parents)
        relatives = _reach(line, self.children)
        parents = self.parents.get(owner, ())
        near = {*parents, *(sibling for parent in parents for sibling in self.children[parent])}
        distances = self._distances(owner)
        return {
            relative: Kinship(NEAR if relative in near else FAR, distances[relative])
            for relative in sorted(relatives)
            if relative != owner
        }

    def _distances(self, owner: Owner) -> Mapping[Owner, int]:
        distances, frontier = {owner: 0}, [owner]
        for here in frontier:
            for there in (*self.parents.get(here, ()), *self.children.get(here, ())):
                if there not in distances:
                    distances[there] = distances[here] + 1
                    frontier.append(there)
        return distances


def family_of(budgets: Iterable[Budget]) -> Family:
    """Reads the parent links of all budgets; an owner's parents are the union over its budgets."""
    links = sorted({(budget.owner, parent) for budget in budgets for parent in budget.parents})
    parents: dict[Owner, tuple[Owner, ...]] = {}
    children: dict[Owner, tuple[Owner, ...]] = {}
    for child, parent in links:
        parents[child] = (*parents.get(child, ()), parent)
        children[parent] = (*children.get(parent, ()), child)
    return Family(parents=parents, children=children)


def _reach(starts: Iterable[Owner], links: Mapping[Owner, tuple[Owner, ...]]) -> Mapping[Owner, None]:
    seen = dict.fromkeys(starts)
    frontier = list(seen)
    for here in frontier:
        for there in links.get(here, ()):
            if there not in seen:
                seen[there] = None
                frontier.append(there)
    return seen
