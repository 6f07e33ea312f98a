from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtree.base.quantity import LONGEST, charge, format_duration, parse_duration, parse_rate


@given(st.integers(0, LONGEST))
def test_durations_survive_a_round_trip(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1h30m", 5400), ("96h", 345_600), ("14d", 1_209_600)])
def test_durations_are_read_as_users_write_them(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "1.5h", "-1h", "1H", "1h 30m", "1w", "٣h", "9" * 50 + "d", "101d" * 400])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a duration is"):
        parse_duration(text)


def test_a_rate_is_exact() -> None:
    assert parse_rate("0.25") == Fraction(1, 4)
    assert parse_rate("1") == 1


@pytest.mark.parametrize("text", ["1.5", "-0.1", "0.00001", "1e-1", "1/4", ".5", ""])
def test_other_rates_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a rate is"):
        parse_rate(text)


@given(st.integers(0, 1000), st.integers(0, 10**7), st.integers(0, 10_000))
def test_a_charge_is_rounded_up_by_less_than_one(gpus: int, seconds: int, parts: int) -> None:
    exact = gpus * seconds * Fraction(parts, 10_000)
    assert 0 <= charge(gpus=gpus, seconds=seconds, rate=Fraction(parts, 10_000)) - exact < 1
