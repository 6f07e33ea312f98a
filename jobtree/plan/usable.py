"""Where runs might sit at all, and who shares that with whom: what makes them one component (semantics.md 7)."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

from jobtree.base.identity import Key
from jobtree.cover.offer import Coverage
from jobtree.model.run import Run
from jobtree.plan.nodeclass import NodeClass


def usable_classes(
    runs: Iterable[Run], coverages: Mapping[Key, Coverage], classes: Sequence[NodeClass]
) -> Mapping[Key, tuple[int, ...]]:
    """Numbers of the classes on which each run might sit: they suit it, and somebody may pay there or nobody need.

    O(classes x offers) for each that asks for something else than those before it.
    """
    known: dict[Hashable, tuple[int, ...]] = {}
    found: dict[Key, tuple[int, ...]] = {}
    for run in runs:
        anyone = run.funding.allow_opportunistic
        paid = frozenset(offer.selector for offer in coverages[run.key].offers)
        asked = (run.flavor, run.selector, anyone, paid)
        if asked not in known:
            known[asked] = tuple(
                index
                for index, kind in enumerate(classes)
                if kind.takes(run) and (anyone or any(selector.matches(kind.labels) for selector in paid))
            )
        found[run.key] = known[asked]
    return found


class Sharing:
    """Ties between those that share something, each with the first that has it."""

    __slots__ = ("_first",)

    def __init__(self) -> None:
        self._first: dict[Hashable, Key] = {}

    def ties(self, own: Key, places: tuple[Hashable, ...], others: Iterable[Hashable]) -> Iterator[tuple[Key, Key]]:
        """Ties by places, of which many have exactly the same, and by others. O(1) where the same places were seen.

        Who has no place at all shares that with nobody.
        """
        new = () if places in self._first else places
        for shared in (*new, *((places,) if places else ()), *others):
            yield self._first.setdefault(shared, own), own
