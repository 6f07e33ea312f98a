"""Instants, waits and sizes as people read them; English and UTC whatever the machine's locale and zone."""

from datetime import UTC, datetime

from jobtree.base.instant import Instant, parse_instant
from jobtree.base.quantity import format_duration

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


def moment(text: str) -> str:
    """``Mon 2 Mar 09:00``; with seconds where they are not zero."""
    when = datetime.fromtimestamp(parse_instant(text), UTC)
    seconds = f":{when.second:02}" if when.second else ""
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.hour:02}:{when.minute:02}{seconds}"


def long_moment(instant: Instant) -> str:
    """``Mon 2 Mar 2026 09:00:00 UTC``."""
    when = datetime.fromtimestamp(instant, UTC)
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when:%Y %H:%M:%S} UTC"


def span(seconds: int) -> str:
    """A duration in its two largest units, ``3h20m``: what is below them is rounded down."""
    for unit, smaller in ((_DAY, _HOUR), (_HOUR, _MINUTE), (_MINUTE, 1)):
        if seconds >= unit:
            return format_duration(seconds - seconds % smaller)
    return format_duration(seconds)


def from_now(text: str, as_of: str) -> str:
    """``now``, ``in 3h20m`` or ``3h20m ago``."""
    seconds = parse_instant(text) - parse_instant(as_of)
    if seconds == 0:
        return "now"
    return f"in {span(seconds)}" if seconds > 0 else f"{span(-seconds)} ago"


def gpu_hours(gpu_seconds: int) -> str:
    """GPU-hours with thousands separated; a decimal below a hundred."""
    if gpu_seconds % _HOUR == 0 or gpu_seconds >= 100 * _HOUR:
        return f"{gpu_seconds // _HOUR:,}"
    return f"{gpu_seconds * 10 // _HOUR / 10:.1f}"


def percent(part: int, whole: int) -> str:
    """Whole per cents, rounded down, so that only what is full says 100 %."""
    return f"{100 * part // whole} %" if whole else "-"
