from collections.abc import Callable

from jobtree.model.contention import CutKind
from jobtree.resolve.cuts import CutOutcome, Kept, cut
from jobtree.resolve.tally import raised
from tests.unit.resolve.contests import LOTTERY, RECLAIM, SHRINK, SPARE, elastic, need, nodes, unit


class Falls:
    """Dice that fall as told; keeps how many sides were asked for."""

    def __init__(self, *falls: int) -> None:
        self.falls, self.sides = list(falls), []

    def uniform(self, sides: int) -> int:
        self.sides.append(sides)
        return self.falls.pop(0) if self.falls else 0


def never(kind: CutKind) -> Falls:
    raise AssertionError(f"{kind} asked for dice")


def always(dice: Falls) -> Callable[[CutKind], Falls]:
    return lambda _: dice


def names(outcome: CutOutcome | None) -> list[str]:
    assert outcome is not None
    return [kept.unit.name for kept in outcome.kept]


def test_met_needs_cut_nobody() -> None:
    assert cut([need(1, {"n0": 8})], [unit("a/x", {"n0": 8})], never) == CutOutcome(kept=(), lotteries=())
    assert cut([], [], never) == CutOutcome(kept=(), lotteries=())


def test_nothing_is_cut_in_vain() -> None:
    assert cut([need(2, nodes(2))], [unit("a/x", {"n0": 8})], never) is None


def test_an_owner_then_a_unit() -> None:
    units = [unit(f"b/{name}", {f"n{place}": 8}) for place, name in enumerate("xyz")] + [unit("a/x", {"n3": 8})]
    dice = Falls(1, 2, 0, 0)
    outcome = cut([need(2, nodes(4))], units, always(dice))
    assert names(outcome) == ["b/z", "a/x"]
    assert dice.sides == [2, 3, 2, 1]


def test_structural_cuts_follow_the_list() -> None:
    units = [unit("z/m#2", {"n0": 8}, SHRINK), unit("a/m#1", {"n1": 8}, SHRINK), unit("b/g#0/s0", {"n2": 8}, SPARE)]
    outcome = cut([need(2, nodes(3))], units, never)
    assert names(outcome) == ["b/g#0/s0", "z/m#2"]
    assert outcome is not None
    assert [kept.draw for kept in outcome.kept] == [None, None]
    assert outcome.lotteries == ()


def test_a_group_goes_before_its_run() -> None:
    units = elastic("a/m", [{"n0": 8}, {"n1": 8}, {"n2": 8}])
    outcome = cut([need(3, nodes(3))], units, always(Falls()))
    assert names(outcome) == ["a/m#2", "a/m#1", "a/m"]


def test_a_run_whose_groups_are_not_in_the_list_can_be_drawn() -> None:
    units = [unit("a/m", {"n0": 8}, after=["a/m#1"])]
    assert names(cut([need(1, nodes(1))], units, always(Falls()))) == ["a/m"]


def test_a_group_that_its_run_needs_is_not_returned() -> None:
    units = elastic("a/m", [{"n0": 8}, {"n1": 4}])
    outcome = cut([need(1, nodes(2))], units, always(Falls()))
    assert names(outcome) == ["a/m#1", "a/m"]
    assert outcome is not None
    assert outcome.lotteries[0].returned == ()


def test_the_last_drawn_is_returned_first() -> None:
    units = [unit("a/x", {"n0": 4}), unit("b/x", {"n1": 8}), unit("c/x", {"n1": 4})]
    outcome = cut([need(1, {"n0": 0, "n1": -4})], units, always(Falls()))
    assert outcome is not None
    assert outcome.lotteries[0].drawn == ("a/x", "b/x", "c/x")
    assert outcome.lotteries[0].returned == ("a/x",)
    assert [(kept.unit.name, kept.draw) for kept in outcome.kept] == [("b/x", 1), ("c/x", 2)]


def test_a_later_stage_can_make_an_earlier_one_unnecessary() -> None:
    half, spare, big = unit("a/u", {"n0": 4}, RECLAIM), unit("b/g#0/s0", {"n1": 4}, SPARE), unit("c/x", {"n2": 8})
    needs = [need(1, nodes(3))]
    outcome = cut(needs, [big, spare, half], always(Falls()))
    assert outcome is not None
    assert outcome.kept == (Kept(unit=big, draw=0),)
    first, second = outcome.lotteries
    assert (first.kind, first.drawn, first.returned, first.needs) == (RECLAIM, ("a/u",), ("a/u",), tuple(needs))
    assert (second.kind, second.drawn, second.returned) == (LOTTERY, ("c/x",), ())
    assert second.needs == raised(needs, [half, spare])


def test_what_can_never_be_ready_is_never_cut() -> None:
    looped = [unit("a/x", {"n0": 8}, after=["a/y"]), unit("a/y", {"n1": 8}, after=["a/x"])]
    assert cut([need(1, nodes(2))], looped, always(Falls())) is None
    late = [unit("a/m#1", {"n0": 8}, SHRINK, after=["b/x"]), unit("b/x", {"n1": 8})]
    assert names(cut([need(1, nodes(2))], late, always(Falls()))) == ["b/x"]


def test_a_unit_that_became_ready_takes_its_place_by_name() -> None:
    units = [unit("b/a", {"n0": 8}, after=["b/q"]), unit("b/q", {"n1": 8}), unit("b/z", {"n2": 8})]
    assert names(cut([need(2, nodes(3))], units, always(Falls(0, 0, 0, 0)))) == ["b/q", "b/a"]
    assert names(cut([need(2, nodes(3))], units, always(Falls(0, 0, 0, 1)))) == ["b/q", "b/z"]
