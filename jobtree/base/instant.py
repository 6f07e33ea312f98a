"""Instants, intervals and windows: whole seconds, UTC, half-open (semantics.md 2)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NewType

Instant = NewType("Instant", int)
"""Whole seconds since 1970-01-01T00:00:00Z."""

_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def parse_instant(text: str) -> Instant:
    """Reads RFC 3339 with an offset and whole seconds; raises ValueError with a sentence for the user."""
    if not _RFC3339.fullmatch(text):
        raise ValueError("an instant is written like 2026-03-02T09:00:00Z: date, time, offset, whole seconds")
    try:
        return Instant(int(datetime.fromisoformat(text.upper()).timestamp()))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"no such instant: {error}") from None


def format_instant(instant: Instant) -> str:
    """Writes ``2026-03-02T09:00:00Z``."""
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """``[start, end)`` with both ends known."""

    start: Instant
    end: Instant

    @property
    def seconds(self) -> int:
        """Length in seconds; never negative."""
        return max(0, self.end - self.start)

    def holds(self, instant: Instant) -> bool:
        """Whether start <= instant < end."""
        return self.start <= instant < self.end

    def overlaps(self, other: "Interval") -> bool:
        """Whether the two share an instant."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Window:
    """``[start, end)`` where a missing bound is open."""

    start: Instant | None = None
    end: Instant | None = None

    def holds(self, instant: Instant) -> bool:
        """Whether the instant lies in the window."""
        return (self.start is None or self.start <= instant) and (self.end is None or instant < self.end)

    def covers(self, interval: Interval) -> bool:
        """Whether every instant of the interval lies in the window."""
        return (self.start is None or self.start <= interval.start) and (self.end is None or interval.end <= self.end)

    def overlap_seconds(self, interval: Interval) -> int:
        """Seconds of the interval that lie in the window."""
        start = interval.start if self.start is None else max(self.start, interval.start)
        end = interval.end if self.end is None else min(self.end, interval.end)
        return max(0, end - start)


ALWAYS = Window()
