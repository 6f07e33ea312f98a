"""100,000 real draws of each small contest fall as often as the brute force says they should.

Draws are seeded by number, so the outcome of this test is fixed. The threshold is the chi-square quantile of
p = 1/100,000 (Wilson and Hilferty's approximation): honest draws pass with near certainty. A draw of units without
owners, which is what this test must tell from the real one, is refused.
"""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from math import sqrt

import pytest

from jobtree.resolve.cuts import Cutting
from jobtree.resolve.dice import SeededDice
from jobtree.resolve.draw import Hat
from jobtree.resolve.odds import odds
from tests.laws.test_lottery_laws import no_owners
from tests.unit.resolve import replay
from tests.unit.resolve.contests import CASES, LOTTERY, RECLAIM, elastic, need, nodes, unit

DRAWS = 100_000
QUANTILE = 4.265
"""Of the normal distribution, at 1 - 1/100,000."""

Way = tuple[tuple[str, ...], tuple[str, ...]]
"""Names in the order of cutting, and of returning."""

SMALL = {
    "unequal owners": CASES["two owners, one and three units"],
    "returns": CASES["sizes differ, and small ones come back"],
    "groups with after": CASES["malleable groups and their run"],
    "halves": CASES["halves of nodes"],
    "both lotteries": (
        (need(3, nodes(6)),),
        (
            unit("a/u", {"n0": 8}, RECLAIM),
            unit("b/u", {"n1": 4}, RECLAIM),
            *elastic("c/m", [{"n2": 8}, {"n1": 4}], LOTTERY),
            unit("d/x", {"n3": 8, "n4": 8}),
            unit("d/y", {"n5": 8}),
        ),
    ),
}


def expected(name: str) -> dict[Way, Fraction]:
    needs, units = SMALL[name]
    chances: dict[Way, Fraction] = {}
    for chance, order, returned in replay.every_way(needs, units):
        way = (tuple(one.name for one in order), tuple(one.name for one in returned))
        chances[way] = chances.get(way, Fraction()) + chance
    return chances


def drawn(name: str, draws: int) -> Iterator[Way]:
    """One stream of dice for each kind, read on from draw to draw."""
    cutting = Cutting(*SMALL[name])
    names = [one.name for one in cutting.units]
    dice = {kind: SeededDice("c4" * 32, kind.value) for kind in (RECLAIM, LOTTERY)}
    for _ in range(draws):
        play = cutting.play(dice.__getitem__)
        assert play is not None
        yield tuple(names[one] for one in play.order), tuple(names[one] for one in play.returned)


def agrees(name: str, draws: int) -> bool:
    chances, seen = expected(name), Counter(drawn(name, draws))
    if not set(seen) <= set(chances):
        return False
    freedom = len(chances) - 1
    square = sum((seen[way] - draws * chance) ** 2 / (draws * chance) for way, chance in chances.items())
    cube = 1 - 2 / (9 * freedom) + QUANTILE * sqrt(2 / (9 * freedom))
    return square < freedom * cube**3


@pytest.mark.parametrize("name", SMALL)
def test_draws_fall_as_they_should(name: str) -> None:
    assert agrees(name, DRAWS)


@pytest.mark.parametrize("name", SMALL)
def test_odds_are_those_of_the_draws(name: str) -> None:
    needs, units = SMALL[name]
    runs = {one.name: one.runs for one in units if one.kind in (RECLAIM, LOTTERY)}
    for one in odds(needs, units):
        chance = Fraction()
        for (order, returned), weight in expected(name).items():
            lost = [run for cut in order if cut not in returned for run in runs.get(cut, ())]
            chance += weight * (one.run in lost)
        assert (one.chance, one.samples) == (chance, 0)


@pytest.mark.parametrize("name", ["unequal owners", "both lotteries"])
def test_a_draw_without_owners_is_told_apart(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    no_owners(monkeypatch)
    assert not agrees(name, DRAWS // 10)


def test_a_draw_that_forgets_a_unit_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first unit of an owner, always."""
    honest = Hat.take

    class First:
        def __init__(self, dice: SeededDice) -> None:
            self.dice, self.asked = dice, 0

        def uniform(self, sides: int) -> int:
            self.asked += 1
            return self.dice.uniform(sides) if self.asked % 2 else 0

    monkeypatch.setattr(Hat, "take", lambda self, dice: honest(self, First(dice)))
    assert not agrees("unequal owners", DRAWS // 10)
