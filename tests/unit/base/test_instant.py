import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtree.base.instant import Instant, Interval, Window, format_instant, parse_instant

seconds = st.integers(-2_000_000_000, 4_000_000_000).map(Instant)


@given(seconds)
def test_reading_what_was_written_gives_it_back(instant: Instant) -> None:
    assert parse_instant(format_instant(instant)) == instant


def test_offsets_are_read_as_utc() -> None:
    assert parse_instant("2026-03-02T10:00:00+01:00") == parse_instant("2026-03-02T09:00:00Z")


@pytest.mark.parametrize(
    "text",
    ["2026-03-02", "2026-03-02T09:00:00", "2026-03-02T09:00:00.5Z",
     "2026-02-30T00:00:00Z", "2026-03-02T25:00:00Z", "now",
     "٢٠٢٦-03-02T09:00:00Z"],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="instant"):
        parse_instant(text)


def test_intervals_are_half_open() -> None:
    interval = Interval(Instant(10), Instant(20))
    assert interval.holds(Instant(10))
    assert not interval.holds(Instant(20))
    assert not interval.overlaps(Interval(Instant(20), Instant(30)))
    assert interval.seconds == 10


@given(seconds, seconds, st.none() | seconds, st.none() | seconds)
def test_a_window_covers_an_interval_when_it_overlaps_all_of_it(
    start: Instant, end: Instant, opens: Instant | None, closes: Instant | None
) -> None:
    interval, window = Interval(start, max(Instant(start + 1), end)), Window(opens, closes)
    assert window.covers(interval) == (window.overlap_seconds(interval) == interval.seconds)
    assert window.covers(interval) == (
        window.holds(interval.start) and window.holds(Instant(interval.end - 1)) and interval.seconds > 0
    )
