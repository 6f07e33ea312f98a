"""The odds that a lottery takes something from a run, from the very function that draws (semantics.md 8)."""

import hashlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import isqrt

from jobtree.base.identity import Key
from jobtree.model.contention import CutUnit, Need, Odds
from jobtree.resolve.commitment import LOTTERIES, digest_of
from jobtree.resolve.cuts import Cutting, DiceOf, Play
from jobtree.resolve.dice import SeededDice

EXACT_OUTCOMES = 20_000
"""Odds are exact up to so many ways in which the dice can fall."""

SAMPLES = 4_000
SAMPLE_RULE = "jobtree/odds/v1"

Outcome = tuple[int, Play | None]
"""One way in which the dice can fall: it has a chance of 1 in so many."""

Hits = dict[Key, dict[int, int]]
"""For each run, how many outcomes of a chance of 1 in so many take something from it."""


class _Undecided(Exception):  # noqa: N818 - no fault, but a question
    """The script ends where the dice are asked once more."""

    def __init__(self, sides: int) -> None:
        self.sides = sides


class _Script:
    """Dice that fall as written; both lotteries of a claim read on in one script."""

    __slots__ = ("_at", "_falls")

    def __init__(self, falls: tuple[int, ...]) -> None:
        self._falls, self._at = falls, 0

    def uniform(self, sides: int) -> int:
        if sides == 1:
            return 0
        if self._at == len(self._falls):
            raise _Undecided(sides)
        self._at += 1
        return self._falls[self._at - 1]


def odds(needs: Sequence[Need], units: Sequence[CutUnit]) -> tuple[Odds, ...]:
    """For each run that a unit of a lottery kind would take from, sorted: the chance that one does in the whole cut.

    Exact (``samples`` 0) where the dice can fall in at most EXACT_OUTCOMES ways, else the share of SAMPLES draws whose
    dice are seeded with the candidate digest alone. Costs at most 2 x EXACT_OUTCOMES and SAMPLES whole cuts.
    """
    cutting = Cutting(needs, units)
    outcomes = exact_outcomes(cutting)
    samples = SAMPLES if outcomes is None else 0
    hits = _hits(cutting, sampled_outcomes(cutting) if outcomes is None else outcomes)
    return tuple(
        Odds(
            run=run, chance=sum((Fraction(times, ways) for ways, times in by_ways.items()), Fraction()), samples=samples
        )
        for run, by_ways in sorted(hits.items())
    )


def exact_outcomes(cutting: Cutting) -> tuple[Outcome, ...] | None:
    """Every way in which the dice can fall; None beyond EXACT_OUTCOMES.

    Scripts grow by one fall a round. Each open script ends in at least one outcome, so open and ended ones together
    never exceed the number of outcomes, and too many are noticed after a few short rounds.
    """
    ended: list[Outcome] = []
    scripts: list[tuple[int, tuple[int, ...]]] = [(1, ())]
    while scripts:
        longer: list[tuple[int, tuple[int, ...]]] = []
        for number, (ways, falls) in enumerate(scripts):
            try:
                ended.append((ways, cutting.play(_both_read(_Script(falls)))))
            except _Undecided as asked:
                longer.extend((ways * asked.sides, (*falls, fall)) for fall in range(asked.sides))
            if len(ended) + len(longer) + len(scripts) - number - 1 > EXACT_OUTCOMES:
                return None
        scripts = longer
    return tuple(ended)


def sampled_outcomes(cutting: Cutting) -> Iterator[Outcome]:
    """SAMPLES whole cuts one after the other, with one stream of dice for each kind; never from real entropy."""
    seed = hashlib.sha256(f"{SAMPLE_RULE}\n{digest_of(cutting.units)}\n".encode()).hexdigest()
    dice = {kind: SeededDice(seed, kind.value) for kind in LOTTERIES}
    return ((SAMPLES, cutting.play(dice.__getitem__)) for _ in range(SAMPLES))


def error_of(odds: Odds) -> str:
    """Half the width of the 95 % interval, ``1.96 x sqrt(p (1 - p) / samples)``, as a decimal with four digits.

    Computed in integers and rounded up; ``0.0000`` where the odds are exact.
    """
    if not odds.samples:
        return "0.0000"
    hit, of = odds.chance.numerator, odds.chance.denominator
    square = -(-(19_600**2 * hit * (of - hit)) // (of * of * odds.samples))
    whole, part = divmod(isqrt(square - 1) + 1 if square else 0, 10_000)
    return f"{whole}.{part:04d}"


def _both_read(script: _Script) -> DiceOf:
    return lambda _: script


def _hits(cutting: Cutting, outcomes: Sequence[Outcome] | Iterator[Outcome]) -> Hits:
    takes = tuple(unit.runs if unit.kind in LOTTERIES else () for unit in cutting.units)
    hits: Hits = {run: {} for runs in takes for run in runs}
    for ways, play in outcomes:
        for run in _losers(play, takes):
            by_ways = hits[run]
            by_ways[ways] = by_ways.get(ways, 0) + 1
    return hits


def _losers(play: Play | None, takes: Sequence[tuple[Key, ...]]) -> dict[Key, None]:
    """Runs that lose something, once each."""
    if play is None:
        return {}
    gone = frozenset(play.returned)
    return dict.fromkeys(run for unit in play.order if unit not in gone for run in takes[unit])
