"""What units of cuts name, and which of them come before others."""

import pytest

from jobtree.verify.contention import Cut
from jobtree.verify.scope import Scope, scope_of

X, Y = ("a", "x"), ("a", "y")


def cut(unit: str, kind: str, *runs: tuple[str, str]) -> Cut:
    return Cut(unit=unit, runs=runs, kind=kind, gpus=8, claim=("c", "claim"), draw=None)


def scope(group: int | None = None, spare: int | None = None) -> Scope:
    return Scope(runs=(X,), group=group, spare=spare)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (cut("a/x", "Lottery", X), scope()),
        (cut("a/x#3", "Shrink", X), scope(3)),
        (cut("a/x#0/s1", "DropSpare", X), scope(0, 1)),
        (cut("a/x+a/y", "ReclaimUnfunded", X, Y), Scope(runs=(X, Y), group=None, spare=None)),
        (cut("a/x+a/y#1", "ReclaimUnfunded", X, Y), None),
        (cut("a/x", "DropSpare", X), None),
        (cut("a/x#0/s1", "Shrink", X), None),
        (cut("a/y", "Lottery", X), None),
        (cut("a/x#-1", "Shrink", X), None),
        (cut("#", "Shrink", X), None),
    ],
)
def test_units(found: Cut, expected: Scope | None) -> None:
    assert scope_of(found) == expected


def test_a_part_comes_before_the_whole_and_high_groups_before_low_ones() -> None:
    order = [scope(3), scope(2, 0), scope(2), scope()]
    for place, first in enumerate(order):
        assert [first.before(second) for second in order[place + 1 :]] == [True] * (
            len(order) - place - 1
        ) or place == 0
        assert not any(second.before(first) for second in order[place + 1 :])
    assert scope(3).before(scope(2))
    assert not scope(3).before(scope(2, 0))


def test_what_a_scope_covers() -> None:
    spare, active = (X, 2, "Spare", 0, "n", (0,)), (X, 2, "Active", 0, "n", (1,))
    assert (scope().covers(spare), scope(2).covers(active), scope(2, 0).covers(spare)) == (True, True, True)
    assert (scope(1).covers(active), scope(2, 0).covers(active), scope(2, 1).covers(spare)) == (False, False, False)
    assert not Scope(runs=(Y,), group=None, spare=None).covers(active)
