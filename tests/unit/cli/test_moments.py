import pytest

from jobtree.base.instant import parse_instant
from jobtree.base.moments import from_now, gpu_hours, long_moment, moment, percent, span

NOW = "2026-03-02T09:00:00Z"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (45, "45s"), (61, "1m1s"), (3_600, "1h"), (12_059, "3h20m"), (90_061, "1d1h"), (86_400 * 9, "9d")],
)
def test_spans_have_two_units(seconds: int, text: str) -> None:
    assert span(seconds) == text


def test_instants() -> None:
    assert moment(NOW) == "Mon 2 Mar 09:00"
    assert moment("2026-12-31T23:59:59Z") == "Thu 31 Dec 23:59:59"
    assert long_moment(parse_instant(NOW)) == "Mon 2 Mar 2026 09:00:00 UTC"


def test_distances() -> None:
    assert from_now(NOW, NOW) == "now"
    assert from_now("2026-03-02T12:20:00Z", NOW) == "in 3h20m"
    assert from_now("2026-03-01T09:00:00Z", NOW) == "1d ago"


def test_sizes() -> None:
    assert [gpu_hours(seconds) for seconds in (0, 1_800, 3_600, 5_400, 3_600_001, 36_000_000)] == [
        "0",
        "0.5",
        "1",
        "1.5",
        "1,000",
        "10,000",
    ]
    assert [percent(1, 3), percent(999, 1_000), percent(0, 0)] == ["33 %", "99 %", "-"]
