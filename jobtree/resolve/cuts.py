"""A whole cut: kinds in their order, each only while it is needed, and then what was unnecessary is returned."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jobtree.model.contention import CutKind, CutUnit, Need
from jobtree.resolve.commitment import LOTTERIES, canonical
from jobtree.resolve.dice import Dice, FirstOfAll
from jobtree.resolve.draw import Candidates, Indices, Stage, Table, draw
from jobtree.resolve.tally import Tally, raised

DiceOf = Callable[[CutKind], Dice]
"""The dice of each lottery kind; asked for once, when that lottery begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A unit that stays cut. ``draw`` is its place in its lottery, from 0; None for a structural cut."""

    unit: CutUnit
    draw: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLottery:
    """A lottery that drew something: ``needs`` as it began, names in the order of drawing and of returning."""

    kind: CutKind
    needs: tuple[Need, ...]
    drawn: tuple[str, ...]
    returned: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOutcome:
    """``kept`` in the order of cutting; ``lotteries`` in CUT_ORDER."""

    kept: tuple[Kept, ...]
    lotteries: tuple[HeldLottery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One way in which the dice fell: indices in the order of cutting, and of returning."""

    order: Indices
    returned: Indices


class Cutting:
    """Needs and units of one claim, prepared once and cut as often as one likes, each time from the beginning."""

    __slots__ = ("_candidates", "_enough", "_tally", "units")

    def __init__(self, needs: Sequence[Need], units: Sequence[CutUnit]) -> None:
        self.units = canonical(units)
        self._candidates = Candidates(self.units)
        self._tally = Tally(needs, self.units)
        self._enough = self._all_together()

    def play(self, dice_of: DiceOf) -> Play | None:
        """Cuts until the needs are met, then returns what was unnecessary; None where all units are not enough.

        A stage begins only while the needs are unmet with all units of earlier stages cut (semantics.md 8).
        """
        if not self._enough:
            return None
        self._tally.clear()
        table = Table(self._candidates, self._tally)
        for stage in self._candidates.stages:
            if not self._tally.met:
                _hold(table, stage, dice_of)
        return Play(order=tuple(table.order), returned=give_back(table)) if self._tally.met else None

    def _all_together(self) -> bool:
        for unit in range(len(self.units)):
            self._tally.add(unit)
        return self._tally.met


def cut(needs: Sequence[Need], units: Sequence[CutUnit], dice_of: DiceOf) -> CutOutcome | None:
    """The units that a claim cuts, and the lotteries that were held for it; None: nothing is cut at all.

    What is kept is minimal: no part of it that respects ``after`` meets the needs. Costs O(rows + frees + units log
    units), and for each draw O(owners + units of its owner).
    """
    cutting = Cutting(needs, units)
    play = cutting.play(dice_of)
    return None if play is None else _outcome(needs, cutting.units, play)


def give_back(table: Table) -> Indices:
    """Returns units, the last cut first, that the needs do not miss and that nothing still cut comes after.

    One pass is enough: what was needed beside more units is needed beside fewer. O(frees of what was cut).
    """
    returned: list[int] = []
    held: set[int] = set()
    for unit in order_of_return(table.order):
        if unit not in held:
            table.tally.remove(unit)
            if table.tally.met:
                returned.append(unit)
                continue
            table.tally.add(unit)
        held.update(table.candidates.named[unit])
    return tuple(returned)


def order_of_return(order: Sequence[int]) -> Indices:
    """The last cut first, so that those drawn early stay drawn."""
    return tuple(reversed(order))


def _hold(table: Table, stage: Stage, dice_of: DiceOf) -> None:
    if stage.kind in LOTTERIES:
        draw(table, stage, dice_of(stage.kind))
        return
    for unit in stage.units:
        if table.tally.met:
            return
        if table.ready(unit):
            table.cut(unit)


def _outcome(needs: Sequence[Need], units: Sequence[CutUnit], play: Play) -> CutOutcome:
    gone = frozenset(play.returned)
    places = {unit: place for kind in LOTTERIES for place, unit in enumerate(_drawn(units, play.order, kind))}
    kept = tuple(Kept(unit=units[unit], draw=places.get(unit)) for unit in play.order if unit not in gone)
    lotteries = tuple(_lottery(needs, units, play, kind=kind) for kind in LOTTERIES if _drawn(units, play.order, kind))
    return CutOutcome(kept=kept, lotteries=lotteries)


def _lottery(needs: Sequence[Need], units: Sequence[CutUnit], play: Play, *, kind: CutKind) -> HeldLottery:
    drawn = _drawn(units, play.order, kind)
    before = play.order[: play.order.index(drawn[0])]
    return HeldLottery(
        kind=kind,
        needs=raised(needs, (units[unit] for unit in before)),
        drawn=tuple(units[unit].name for unit in drawn),
        returned=tuple(units[unit].name for unit in _drawn(units, play.returned, kind)),
    )


def _drawn(units: Sequence[CutUnit], order: Indices, kind: CutKind) -> Indices:
    return tuple(unit for unit in order if units[unit].kind is kind)


def intended(needs: Sequence[Need], units: Sequence[CutUnit]) -> CutOutcome | None:
    """The cut that a reservation is meant to make before anything is drawn: dice always fall on the first side."""
    return cut(needs, units, lambda _: FirstOfAll())
