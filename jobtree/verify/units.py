"""Instants, durations and charges, in whole seconds and GPU-seconds (semantics.md 2 and 4)."""

import re
from datetime import UTC, datetime
from fractions import Fraction

from jobtree.verify.violation import FormatError

Interval = tuple[int, int]
"""``[start, end)`` in seconds since 1970."""

FOREVER = 1 << 60
"""Stands for a bound that is open; no instant of a calendar reaches it."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DURATION = re.compile(r"(?:\d{1,12}[dhms]){1,12}", re.ASCII)
_SIZES = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_RATE = re.compile(r"[01](\.\d{1,4})?", re.ASCII)


def instant(text: str) -> int:
    """Seconds since 1970 of an RFC 3339 text with an offset."""
    if not _INSTANT.fullmatch(text):
        raise FormatError(f"{text[:40]} is no instant such as 2026-03-02T09:00:00Z")
    try:
        return int(datetime.fromisoformat(text.upper()).timestamp())
    except (ValueError, OverflowError):
        raise FormatError(f"{text} is no instant of the calendar") from None


def show(seconds: int) -> str:
    """The instant as people read it."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return "an open end" if seconds >= FOREVER else f"second {seconds}"


def duration(text: str) -> int:
    """Seconds of ``1h30m`` and the like."""
    if not _DURATION.fullmatch(text):
        raise FormatError(f"{text[:40]} is no duration such as 90s or 1h30m")
    return sum(int(count) * _SIZES[unit] for count, unit in re.findall(r"(\d+)([dhms])", text))


def rate(text: str) -> Fraction:
    """An exact share between 0 and 1."""
    if not _RATE.fullmatch(text) or Fraction(text) > 1:
        raise FormatError(f'{text[:40]} is no rate between "0" and "1"')
    return Fraction(text)


def overlap(interval: Interval, window: Interval) -> int:
    """Seconds that both hold."""
    return max(0, min(interval[1], window[1]) - max(interval[0], window[0]))


def cost(gpus: int, seconds: int, share: Fraction) -> int:
    """GPU-seconds of one lease, rounded up once."""
    exact = gpus * seconds * share
    return -(-exact.numerator // exact.denominator)
