"""Laws of cuts and lotteries (semantics.md 8, docs/lottery.md); guards are switched off in turn, to see laws fail."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from jobtree.model.contention import CUT_ORDER, CutUnit, Need
from jobtree.resolve import cuts, dice, draw
from jobtree.resolve.commitment import LOTTERIES, canonical
from jobtree.resolve.cuts import Cutting, cut
from jobtree.resolve.dice import SeededDice
from jobtree.resolve.draw import Hat
from jobtree.resolve.odds import odds
from tests.unit.resolve import replay
from tests.unit.resolve.contests import need, unit

Units = Sequence[CutUnit]
OWNERS = "abc"


@dataclass(frozen=True)
class Contest:
    needs: tuple[Need, ...]
    units: tuple[CutUnit, ...]
    seed: str

    def dice_of(self, kind: str) -> SeededDice:
        return SeededDice(self.seed, kind)

    def outcome(self) -> cuts.CutOutcome | None:
        return cut(self.needs, self.units, self.dice_of)

    def kept(self) -> tuple[CutUnit, ...]:
        outcome = self.outcome()
        return tuple(one.unit for one in outcome.kept) if outcome else ()

    def in_order(self) -> tuple[list[CutUnit], list[CutUnit]]:
        """Everything that was cut, in order, and what was returned, in order."""
        cutting = Cutting(self.needs, self.units)
        play = cutting.play(self.dice_of)
        if play is None:
            return [], []
        return [cutting.units[one] for one in play.order], [cutting.units[one] for one in play.returned]

    def met(self, units: Units) -> bool:
        return replay.met(self.needs, units)


@st.composite
def contests(draw: st.DrawFn) -> Contest:
    """Three to seven units of all kinds on four nodes, of which a unit's ``after`` names some that come before it."""
    places = st.sampled_from(["n0", "n1", "n2", "n3"])
    per_pod = draw(st.sampled_from([2, 4, 8]))
    free = {node: draw(st.sampled_from([0, 0, 1, 3, -2])) for node in ("n0", "n1", "n2", "n3")}
    needs = [need(draw(st.integers(1, 16 // per_pod)), free, per_pod)]
    if draw(st.booleans()):
        needs.append(need(draw(st.integers(0, 2)), {"n3": 0, "n4": 2}, 2))
    some_kinds = st.lists(st.sampled_from((*CUT_ORDER, *LOTTERIES)), min_size=3, max_size=7)
    kinds = sorted(draw(some_kinds), key=CUT_ORDER.index)
    labels = draw(st.permutations(range(len(kinds))))
    units: list[CutUnit] = []
    for label, kind in zip(labels, kinds, strict=True):
        frees = draw(st.dictionaries(places, st.integers(1, 8), min_size=1, max_size=2))
        after = draw(st.lists(st.sampled_from([one.name for one in units]), max_size=2)) if units else []
        name = f"{draw(st.sampled_from(OWNERS))}/r{label}"
        units.append(unit(name, frees, kind, after=draw(st.sampled_from([(), after]))))
    return Contest(tuple(needs), tuple(units), f"{draw(st.integers(0, 255)):064x}")


def what_is_kept_is_enough(contest: Contest) -> None:
    assert contest.outcome() is None or contest.met(contest.kept())


def nothing_is_cut_only_where_all_is_too_little(contest: Contest) -> None:
    assert (contest.outcome() is None) == (not contest.met(contest.units))
    assert bool(contest.kept()) == (contest.met(contest.units) and not contest.met([]))


def the_cut_is_minimal(contest: Contest) -> None:
    """No smaller part of what is kept that respects ``after`` meets the needs."""
    kept = contest.kept()
    names = {one.name for one in contest.units}
    for size in range(len(kept)):
        for part in combinations(kept, size):
            chosen = {one.name for one in part}
            if all(set(one.after) & names <= chosen for one in part):
                assert not contest.met(part)


def kinds_are_cut_in_their_order(contest: Contest) -> None:
    """A kind is cut only where all units of earlier kinds together do not meet the needs."""
    for one in contest.in_order()[0]:
        earlier = [other for other in contest.units if CUT_ORDER.index(other.kind) < CUT_ORDER.index(one.kind)]
        assert not contest.met(earlier)


def after_is_respected(contest: Contest) -> None:
    order, _ = contest.in_order()
    cut_before: list[str] = []
    known = {one.name for one in contest.units}
    for one in order:
        assert set(one.after) & known <= set(cut_before)
        cut_before.append(one.name)
    kept = {one.name for one in contest.kept()}
    assert all(set(one.after) & known <= kept for one in contest.kept())


def the_last_cut_is_returned_first(contest: Contest) -> None:
    """A unit is judged with everything that was cut before it, and only with those cut after it that are kept."""
    order, returned = contest.in_order()
    assert returned == [one for one in reversed(order) if one in returned]
    for place, one in enumerate(order):
        later = [other for other in order[place + 1 :] if other not in returned]
        unnecessary = contest.met([*order[:place], *later]) and all(one.name not in other.after for other in later)
        assert unnecessary == (one in returned)


def the_draw_is_that_of_the_page(contest: Contest) -> None:
    """A second implementation, written from docs/lottery.md, cuts and returns the same in the same order."""
    replayed = replay.whole_cut(contest.needs, contest.units, replay.Stream(contest.seed))
    assert contest.in_order() == (replayed or ([], []))


def records_say_what_happened(contest: Contest) -> None:
    """Names and needs of each lottery: a replay of it alone, from its needs, draws the same."""
    order, returned = contest.in_order()
    outcome = contest.outcome()
    for held in outcome.lotteries if outcome else ():
        mine = [one for one in contest.units if one.kind is held.kind]
        alone: list[CutUnit] = []
        replay.lottery(held.needs, mine, alone, held.kind, replay.Stream(contest.seed))
        assert held.drawn == tuple(one.name for one in alone) == tuple(one.name for one in order if one in mine)
        assert held.returned == tuple(one.name for one in returned if one in mine)
        places = [one.draw for one in outcome.kept if one.unit in mine] if outcome else []
        assert [held.drawn[place] for place in places if place is not None] == [
            name for name in held.drawn if name not in held.returned
        ]


def the_order_of_drawn_kinds_is_nothing(contest: Contest) -> None:
    """The order in which units of the lottery kinds are listed changes no draw and no odds."""
    turned = iter(one for one in reversed(contest.units) if one.kind in LOTTERIES)
    other = tuple(next(turned) if one.kind in LOTTERIES else one for one in contest.units)
    assert canonical(other) == canonical(contest.units)
    assert cut(contest.needs, other, contest.dice_of) == contest.outcome()
    assert odds(contest.needs, other) == odds(contest.needs, contest.units)


def odds_count_every_way(contest: Contest) -> None:
    """Exact odds are those of a brute force that shares no code with them."""
    ways = list(replay.every_way(contest.needs, contest.units))
    assert sum(chance for chance, _, _ in ways) == 1
    found = {one.run: one.chance for one in odds(contest.needs, contest.units)}
    assert sorted(found) == sorted({run for one in contest.units if one.kind in LOTTERIES for run in one.runs})
    for run, chance in found.items():
        assert chance == sum((weight for weight, order, gone in ways if hits(run, order, gone)), Fraction())


def hits(run: object, order: Units, returned: Units) -> bool:
    return any(run in one.runs for one in order if one not in returned and one.kind in LOTTERIES)


LAWS: tuple[Callable[[Contest], None], ...] = (
    what_is_kept_is_enough,
    nothing_is_cut_only_where_all_is_too_little,
    the_cut_is_minimal,
    kinds_are_cut_in_their_order,
    after_is_respected,
    the_last_cut_is_returned_first,
    the_draw_is_that_of_the_page,
    records_say_what_happened,
    the_order_of_drawn_kinds_is_nothing,
    odds_count_every_way,
)


def probe(law: Callable[[Contest], None], examples: int) -> None:
    """Looks for a contest that breaks the law, without shrinking it."""

    @settings(max_examples=examples, phases=(Phase.generate,), database=None, report_multiple_bugs=False)
    @given(contests())
    def look(contest: Contest) -> None:
        law(contest)

    look()


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law(law: Callable[[Contest], None]) -> None:
    probe(law, 120)


def seeds(count: int) -> Iterator[str]:
    return (f"{number:064x}" for number in range(count))


def owners_are_drawn_alike() -> None:
    """One unit or nine, all alike: each of the two owners is drawn first half the time, within 5 standard errors."""
    units = [unit(f"b/{number}", {f"n{number}": 8}) for number in range(9)] + [unit("a/x", {"n9": 8})]
    contest = [need(1, {f"n{number}": 0 for number in range(10)})]
    firsts = [cut(contest, units, lambda kind, seed=seed: SeededDice(seed, kind)) for seed in seeds(2_000)]
    single = sum(one.kept[0].unit.name == "a/x" for one in firsts if one)
    assert abs(single - 1_000) < 5 * 23


def sides_are_drawn_alike() -> None:
    """Of 3 x 2^62 sides each third comes a third of the time, within 5 standard errors: large words are refused."""
    sides = 3 * 2**62
    falls = [SeededDice(seed, "Lottery").uniform(sides) // 2**62 for seed in seeds(3_000)]
    for third in range(3):
        assert abs(falls.count(third) - 1_000) < 5 * 26


def test_owners_are_drawn_alike() -> None:
    owners_are_drawn_alike()


def test_sides_are_drawn_alike() -> None:
    sides_are_drawn_alike()


def no_rejection(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(dice, "refused_from", lambda _: dice.WORDS)


def no_owners(patch: pytest.MonkeyPatch) -> None:
    def any_unit(self: Hat, chance: dice.Dice) -> int:
        units = sorted(unit for mine in self._units.values() for unit in mine)
        taken = units[chance.uniform(len(units))]
        self._units[self._whose[taken]].remove(taken)
        self._owners = [owner for owner in self._owners if self._units[owner]]
        return taken

    patch.setattr(Hat, "take", any_unit)


def no_return(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cuts, "give_back", lambda _: ())


def return_forward(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cuts, "order_of_return", tuple)


def no_after(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(draw, "named_in", lambda units: tuple(() for _ in units))


def stages_reversed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(draw, "CUT_ORDER", CUT_ORDER[::-1])


def no_canonical_order(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cuts, "canonical", tuple)


GUARDS = (
    (no_owners, the_draw_is_that_of_the_page),
    (no_owners, odds_count_every_way),
    (no_return, the_cut_is_minimal),
    (no_return, the_last_cut_is_returned_first),
    (return_forward, after_is_respected),
    (return_forward, the_last_cut_is_returned_first),
    (return_forward, odds_count_every_way),
    (no_after, after_is_respected),
    (no_after, the_draw_is_that_of_the_page),
    (stages_reversed, kinds_are_cut_in_their_order),
    (stages_reversed, records_say_what_happened),
    (no_canonical_order, the_order_of_drawn_kinds_is_nothing),
)


@pytest.mark.parametrize(("switch", "law"), GUARDS, ids=lambda one: one.__name__)
def test_a_guard_keeps_its_law(
    switch: Callable[[pytest.MonkeyPatch], None], law: Callable[[Contest], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    switch(monkeypatch)
    with pytest.raises(AssertionError):
        probe(law, 400)


@pytest.mark.parametrize(
    ("switch", "law"),
    [(no_owners, owners_are_drawn_alike), (no_rejection, sides_are_drawn_alike)],
    ids=lambda one: one.__name__,
)
def test_a_guard_keeps_chances_even(
    switch: Callable[[pytest.MonkeyPatch], None], law: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    switch(monkeypatch)
    with pytest.raises(AssertionError):
        law()
