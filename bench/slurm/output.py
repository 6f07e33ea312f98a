"""What sdiag, squeue and slurmctld print, as values (Slurm 22.05). Instants are seconds since 1970."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

TIME_FORMAT = "%s"
"""SLURM_TIME_FORMAT for squeue: seconds since 1970 instead of local time."""
SQUEUE = ("squeue", "--noheader", "--format=%j|%S|%T")
MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfilling:
    """The backfill part of sdiag. ``cycles`` are complete; ``depth`` counts the jobs tried in the last one so far.

    ``began`` is the instant the last one began, 0 when there was none.
    """

    cycles: int
    began: int
    depth: int
    seconds: float
    running: bool


def backfilling(text: str) -> Backfilling:
    """Reads sdiag. ``seconds`` is the work of the last complete cycle, without the sleeps in which others get locks."""
    _, head, body = text.partition("\nBackfilling stats")
    if not head:
        raise ValueError(f"sdiag told nothing of backfilling: {text[:200]!r}")
    body = body.partition("\n\n")[0]
    when = re.search(r"Last cycle when: .*\((\d+)\)", body)
    return Backfilling(
        cycles=_number(body, "Total cycles"),
        began=int(when[1]) if when else 0,
        depth=_number(body, "Last depth cycle (try sched)"),
        seconds=_number(body, "Last cycle") / MICROSECONDS,
        running="in the middle of backfilling" in body,
    )


def _number(body: str, label: str) -> int:
    found = re.search(rf"^\s*{re.escape(label)}:\s*(\d+)\s*$", body, re.MULTILINE)
    if found is None:
        raise ValueError(f"sdiag has no number for {label!r}")
    return int(found[1])


def starts(text: str, began: int) -> Mapping[str, int]:
    """Job name to seconds from ``began``, from what SQUEUE prints; jobs without an expected start are left out.

    A job that was started in the cycle itself, seconds after it began, starts now.
    """
    rows = [line.split("|") for line in text.splitlines()]
    return {
        name: 0 if state == "CONFIGURING" else max(0, int(start) - began)
        for name, start, state in rows
        if start != "N/A"
    }


def version(text: str) -> str:
    """``slurm-wlm 22.05.8`` is version 22.05.8."""
    return text.split()[-1]
