"""One lottery: an owner uniformly, then one of its units uniformly, until the needs are met (semantics.md 8)."""

from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobtree.model.contention import CUT_ORDER, CutKind, CutUnit
from jobtree.resolve.dice import Dice
from jobtree.resolve.tally import Tally

Indices = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """All units of one kind, which canonical order puts side by side.

    ``at_once`` are those that come after nothing, by owner; ``waiting`` are the others.
    """

    kind: CutKind
    units: range
    at_once: Mapping[str, Sequence[int]]
    waiting: Indices


class Candidates:
    """Units in canonical order, as indices: an index that is lower means, within an owner and kind, a lower name.

    ``named`` are, for each unit, those of the list that its ``after`` names (a name that the list lacks asks for
    nothing); ``followers`` is the same read backwards; ``stages`` are in CUT_ORDER, those without units left out.
    """

    __slots__ = ("followers", "named", "owners", "stages")

    def __init__(self, units: Sequence[CutUnit]) -> None:
        self.owners = tuple(unit.owner for unit in units)
        self.named = named_in(units)
        self.followers = _backwards(self.named)
        stages = (self._stage(kind, units) for kind in CUT_ORDER)
        self.stages = tuple(stage for stage in stages if stage.units)

    def _stage(self, kind: CutKind, units: Sequence[CutUnit]) -> Stage:
        numbers = [number for number, unit in enumerate(units) if unit.kind is kind]
        mine = range(numbers[0], numbers[-1] + 1) if numbers else range(0)
        at_once: dict[str, list[int]] = {}
        for unit in mine:
            if not self.named[unit]:
                at_once.setdefault(self.owners[unit], []).append(unit)
        waiting = tuple(unit for unit in mine if self.named[unit])
        return Stage(kind=kind, units=mine, at_once=at_once, waiting=waiting)


class Table:
    """A cut in progress: what has been cut, in ``order``, and what waits for something else to be cut first."""

    __slots__ = ("_waits", "candidates", "order", "tally")

    def __init__(self, candidates: Candidates, tally: Tally) -> None:
        self.candidates, self.tally = candidates, tally
        self.order: list[int] = []
        self._waits = [len(named) for named in candidates.named]

    def ready(self, unit: int) -> bool:
        """Whether every unit that this one comes after has been cut."""
        return not self._waits[unit]

    def cut(self, unit: int) -> list[int]:
        """Cuts a unit; returns those that waited for it alone. O(its nodes + its followers)."""
        self.tally.add(unit)
        self.order.append(unit)
        followers = self.candidates.followers[unit]
        for follower in followers:
            self._waits[follower] -= 1
        return [follower for follower in followers if not self._waits[follower]]


class Hat:
    """The units that can be drawn now: owners in order, and the units of each in order."""

    __slots__ = ("_owners", "_units", "_whose")

    def __init__(self, units: Mapping[str, Sequence[int]], whose: Sequence[str]) -> None:
        self._units = {owner: list(mine) for owner, mine in units.items()}
        self._owners = sorted(self._units)
        self._whose = whose

    def __bool__(self) -> bool:
        return bool(self._owners)

    def put(self, unit: int) -> None:
        """A unit can be drawn from now on. O(owners + units of its owner)."""
        owner = self._whose[unit]
        mine = self._units.setdefault(owner, [])
        if not mine:
            insort(self._owners, owner)
        insort(mine, unit)

    def take(self, dice: Dice) -> int:
        """Draws an owner, then one of its units, so that having many units makes nobody likelier to be drawn."""
        place = dice.uniform(len(self._owners))
        mine = self._units[self._owners[place]]
        unit = mine.pop(dice.uniform(len(mine)))
        if not mine:
            del self._owners[place]
        return unit


def draw(table: Table, stage: Stage, dice: Dice) -> None:
    """Draws among the units of a stage until the needs are met or nothing can be drawn.

    Costs O(units) to begin and O(owners + units of the owner) for each draw; the constants are those of list moves.
    """
    hat = Hat(stage.at_once, table.candidates.owners)
    for unit in stage.waiting:
        if table.ready(unit):
            hat.put(unit)
    while hat and not table.tally.met:
        for freed in table.cut(hat.take(dice)):
            if freed in stage.units:
                hat.put(freed)


def named_in(units: Sequence[CutUnit]) -> tuple[Indices, ...]:
    """For each unit the indices of what its ``after`` names, once each, sorted."""
    index: Mapping[str, int] = {unit.name: number for number, unit in enumerate(units)}
    return tuple(
        tuple(sorted({index[name] for name in unit.after if name in index})) if unit.after else () for unit in units
    )


def _backwards(named: Sequence[Indices]) -> tuple[Indices, ...]:
    followers: list[list[int]] = [[] for _ in named]
    for unit, earlier in enumerate(named):
        for one in earlier:
            followers[one].append(unit)
    return tuple(tuple(one) for one in followers)
