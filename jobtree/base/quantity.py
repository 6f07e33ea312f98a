"""Durations, rates and GPU-seconds: integers all the way (semantics.md 2 and 4)."""

import re
from fractions import Fraction
from typing import NewType

GpuSeconds = NewType("GpuSeconds", int)
"""GPUs times seconds: the unit of every account."""

HOUR = 3_600

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:\d+[dhms])+", re.ASCII)
_PART = re.compile(r"(\d+)([dhms])", re.ASCII)
_RATE = re.compile(r"(?:0|1)(?:\.\d{1,4})?", re.ASCII)
LONGEST = 100 * 366 * 86_400


def parse_duration(text: str) -> int:
    """Reads ``90s``, ``1h30m``, ``14d`` as seconds; raises ValueError with a sentence for the user."""
    if len(text) > 40 or not _DURATION.fullmatch(text):
        raise ValueError("a duration is written like 90s, 10m, 96h, 1h30m or 14d")
    seconds = sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(text))
    if seconds > LONGEST:
        raise ValueError("a duration is at most a hundred years")
    return seconds


def format_duration(seconds: int) -> str:
    """Writes seconds with the largest units first: 5400 is ``1h30m``, 0 is ``0s``."""
    parts = []
    for unit, size in _UNITS.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_rate(text: str) -> Fraction:
    """Reads a decimal string between 0 and 1 such as ``0.25``, exactly."""
    if not _RATE.fullmatch(text) or Fraction(text) > 1:
        raise ValueError('a rate is a decimal string from "0" to "1" with at most four digits, such as "0.25"')
    return Fraction(text)


def charge(*, gpus: int, seconds: int, rate: Fraction) -> GpuSeconds:
    """What one lease costs: gpus x seconds x rate, rounded up once to a whole GPU-second (semantics.md 4)."""
    return GpuSeconds(-(-gpus * seconds * rate.numerator // rate.denominator))
