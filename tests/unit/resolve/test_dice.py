import pytest

from jobtree.resolve.dice import WORDS, SeededDice, refused_from

SEED = "5b" * 32


def test_one_side_uses_no_word() -> None:
    asked, other = SeededDice(SEED, "Lottery"), SeededDice(SEED, "Lottery")
    assert [asked.uniform(1) for _ in range(9)] == [0] * 9
    assert asked.uniform(WORDS) == other.uniform(WORDS)


def test_kinds_have_dice_of_their_own() -> None:
    first = {SeededDice(SEED, kind).uniform(WORDS) for kind in ("Lottery", "ReclaimUnfunded")}
    assert len(first) == 2


@pytest.mark.parametrize("sides", [2, 3, 5, 7, 2**63 - 1, 2**63, 2**63 + 1, 3 * 2**62, WORDS - 1, WORDS])
def test_words_that_are_used_are_a_multiple_of_the_sides(sides: int) -> None:
    assert refused_from(sides) % sides == 0
    assert 0 < refused_from(sides) <= WORDS < refused_from(sides) + sides


@pytest.mark.parametrize("sides", [0, -1, WORDS + 1])
def test_no_such_dice(sides: int) -> None:
    with pytest.raises(ValueError, match="no dice"):
        SeededDice(SEED, "Lottery").uniform(sides)
