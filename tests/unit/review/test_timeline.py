"""Bars of runs that go on; what is over has none."""

from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant
from jobtree.review.changes import Effect, RunChange
from jobtree.review.side import RunState
from jobtree.review.timeline import CELLS, lines, scale

NOW = Instant(1_000)


def state(start: int, end: int) -> RunState:
    bounds = {"start": Instant(start), "end": Instant(end)}
    return RunState(decision="running", wait=0, width=8, payers=(), why="", code="", **bounds)


def change(before: RunState | None, after: RunState | None) -> RunChange:
    return RunChange(run=Key("a", "r"), owner=Owner("a"), effects=(Effect.LATER,), before=before, after=after, waited=0)


def test_a_run_that_is_over_on_both_sides_is_not_drawn_and_has_no_scale() -> None:
    over = [change(state(0, 900), None)]
    assert list(lines(over, NOW)) == []
    assert scale(over, NOW) == 0


def test_a_side_that_is_over_says_so_beside_one_that_goes_on() -> None:
    changes = [change(state(0, 900), state(0, 1_480))]
    assert [bar for _, _, bar in lines(changes, NOW)] == ["over", "█" * CELLS]
    assert scale(changes, NOW) == 480
