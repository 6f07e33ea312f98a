"""Numbers in messages."""

import pytest

from jobtree.base.quantity import HOUR
from jobtree.base.words import count, gap_percent, gpu_time


def test_one_and_many() -> None:
    assert [count(number, "GPU") for number in (0, 1, 2, 1024)] == ["0 GPUs", "1 GPU", "2 GPUs", "1,024 GPUs"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (403_200, "112 GPU-hours"),
        (HOUR, "1 GPU-hour"),
        (0, "0 GPU-hours"),
        (HOUR // 2, "0.5 GPU-hours"),
        (HOUR // 4, "0.25 GPU-hours"),
        (1_234 * HOUR + 36, "1,234.01 GPU-hours"),
        (HOUR + 1, "3,601 GPU-seconds"),
        (1, "1 GPU-second"),
    ],
)
def test_gpu_time_is_exact(seconds: int, text: str) -> None:
    assert gpu_time(seconds) == text


def test_a_gap_is_rounded_up() -> None:
    assert gap_percent(10_000, 9_929) == "0.71 %"
    assert gap_percent(1_000_000, 999_999) == "0.01 %"
    assert gap_percent(3, 2) == "33.34 %"
    assert gap_percent(5, 5) == "0.00 %"
