from fractions import Fraction

import pytest

from jobtree.base.identity import Key
from jobtree.model.contention import Odds
from jobtree.resolve import odds as module
from jobtree.resolve.cuts import Cutting
from jobtree.resolve.odds import SAMPLES, error_of, exact_outcomes, odds
from tests.unit.resolve.contests import RECLAIM, SHRINK, elastic, need, nodes, unit


def chances(needs, units) -> dict[str, Fraction]:
    return {str(one.run): one.chance for one in odds(needs, units)}


def test_owners_share_the_risk_evenly() -> None:
    units = [unit(f"b/{number}", {f"n{number}": 8}) for number in range(9)] + [unit("a/x", {"n9": 8})]
    found = chances([need(1, nodes(10))], units)
    assert found.pop("a/x") == Fraction(1, 2)
    assert set(found.values()) == {Fraction(1, 18)}


def test_structural_cuts_have_no_odds() -> None:
    units = [unit("a/m#1", {"n0": 8}, SHRINK), unit("b/x", {"n1": 8}), unit("c/u", {"n2": 4}, RECLAIM)]
    assert chances([need(1, nodes(3))], units) == {"b/x": 0, "c/u": 0}
    assert chances([need(2, nodes(3))], units) == {"b/x": 1, "c/u": 0}


def test_all_runs_of_a_unit_lose_together() -> None:
    assert chances([need(1, nodes(1))], [unit("a/p+a/q", {"n0": 8})]) == {"a/p": 1, "a/q": 1}


def test_a_run_is_hit_once_by_several_of_its_groups() -> None:
    units = (*elastic("a/m", [{"n0": 8}, {"n1": 8}, {"n2": 8}]), unit("b/x", {"n3": 8}))
    assert chances([need(2, nodes(4))], units) == {"a/m": 1, "b/x": Fraction(3, 4)}


def test_nobody_loses_where_nothing_is_cut() -> None:
    assert chances([need(9, nodes(2))], [unit("a/x", {"n0": 8})]) == {"a/x": 0}
    assert chances([need(0, nodes(2))], [unit("a/x", {"n0": 8})]) == {"a/x": 0}
    assert odds([], []) == ()


def test_odds_are_sorted_by_run() -> None:
    units = [unit("b/x", {"n0": 8}, owner="org:1"), unit("a/x", {"n1": 8}, owner="org:2")]
    assert [one.run for one in odds([need(1, nodes(2))], units)] == [Key("a", "x"), Key("b", "x")]


def test_the_limit_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four owners of one unit each, two drawn: 4 x 3 outcomes."""
    cutting = Cutting([need(2, nodes(4))], [unit(f"{name}/x", {f"n{place}": 8}) for place, name in enumerate("abcd")])
    monkeypatch.setattr(module, "EXACT_OUTCOMES", 12)
    outcomes = exact_outcomes(cutting)
    assert outcomes is not None
    assert [ways for ways, _ in outcomes] == [12] * 12
    monkeypatch.setattr(module, "EXACT_OUTCOMES", 11)
    assert exact_outcomes(cutting) is None


def test_sampled_odds_are_near_exact_ones_and_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    units = [unit(f"{owner}/{name}", {f"n{place}": 8}) for place, (owner, name) in enumerate(["ax", "bx", "by", "cx"])]
    needs = [need(2, nodes(4))]
    exact = odds(needs, units)
    monkeypatch.setattr(module, "EXACT_OUTCOMES", 3)
    sampled = odds(needs, units)
    assert sampled == odds(needs, units[::-1])
    for one, other in zip(exact, sampled, strict=True):
        assert (one.samples, other.samples, one.run) == (0, SAMPLES, other.run)
        assert 0 < abs(one.chance - other.chance) < 2 * Fraction(error_of(other))


@pytest.mark.parametrize(
    ("chance", "samples", "error"),
    [
        (Fraction(1, 2), 4_000, "0.0155"),
        (Fraction(1, 2), 9_604, "0.0100"),
        (Fraction(1, 4_000), 4_000, "0.0005"),
        (Fraction(0), 4_000, "0.0000"),
        (Fraction(1), 4_000, "0.0000"),
        (Fraction(1, 2), 0, "0.0000"),
        (Fraction(1, 2), 1, "0.9800"),
        (Fraction(1, 3), 1, "0.9240"),
    ],
)
def test_the_error_is_rounded_up(chance: Fraction, samples: int, error: str) -> None:
    assert error_of(Odds(run=Key("a", "x"), chance=chance, samples=samples)) == error


def test_a_lottery_that_is_too_large_is_noticed_early(monkeypatch: pytest.MonkeyPatch) -> None:
    plays = []
    honest = Cutting.play
    monkeypatch.setattr(Cutting, "play", lambda self, dice_of: (plays.append(1), honest(self, dice_of))[1])
    units = [unit(f"t{place % 10}/{place}", {f"n{place}": 8}) for place in range(100)]
    assert exact_outcomes(Cutting([need(50, nodes(100))], units)) is None
    assert len(plays) < 3_000
