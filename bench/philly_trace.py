"""Philly's jobs and teams as values, and the rules by which they are chosen and sized. Used by ``philly.py``."""

import csv
import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

DIVISIONS = 3
HALF = Fraction(1, 2)
EIGHTS_SHARE = (1848, 2490)
ISLAND = {8: 33, 2: 107}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row of the trace: seconds are rounded up, the instant is read as UTC."""

    submitted: dt.datetime
    seconds: int
    gpus: int
    team: str

    @property
    def work(self) -> int:
        """GPU-seconds."""
        return self.gpus * self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team of the trace as an owner: GPUs at once, and the division it belongs to (1, 2, ...)."""

    name: str
    concurrency: int
    division: int

    @property
    def owner(self) -> str:
        """Colons are for people and for lending globs; the family comes from the budget."""
        return f"org:d{self.division}:{self.name}"

    @property
    def namespace(self) -> str:
        """One namespace for each team."""
        return f"team-{self.name}"


def read_jobs(path: Path) -> tuple[Job, ...]:
    """All rows in their order; a row without a start has no duration and is skipped."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_job(row) for row in csv.DictReader(file) if row["duration"])


def _job(row: Mapping[str, str]) -> Job:
    return Job(
        submitted=dt.datetime.fromisoformat(row["timestamp"]).replace(tzinfo=dt.UTC),
        seconds=max(1, math.ceil(float(row["duration"]))),
        gpus=int(row["num_gpus"]),
        team=row["cluster"],
    )


def teams_of(jobs: Sequence[Job], share: Fraction = HALF) -> tuple[Team, ...]:
    """Every team of the trace, busiest first, dealt to the divisions in turn.

    GPUs at once: this share of what it used on average over the whole trace, rounded up to whole machines of eight.
    """
    work: dict[str, int] = defaultdict(int)
    for job in jobs:
        work[job.team] += job.work
    span = int((max(job.submitted for job in jobs) - min(job.submitted for job in jobs)).total_seconds())
    ranked = sorted(work, key=lambda name: (-work[name], name))
    return tuple(_team(name, place, work[name] * share / span) for place, name in enumerate(ranked))


def _team(name: str, place: int, gpus: Fraction) -> Team:
    return Team(name=name, concurrency=8 * max(1, math.ceil(gpus / 8)), division=place % DIVISIONS + 1)


def choose(jobs: Sequence[Job], day: dt.date, runs: int) -> tuple[tuple[str, Job], ...]:
    """The day's jobs are numbered in order of submission; those with the most GPU-seconds are kept, in that order."""
    of_day = sorted((job for job in jobs if job.submitted.date() == day), key=lambda job: (job.submitted, job.team))
    named = [(f"job-{number:04d}", job) for number, job in enumerate(of_day, start=1)]
    largest = sorted(named, key=lambda pair: (-pair[1].work, pair[0]))[:runs]
    return tuple(sorted(largest))


def machines(gpus: int) -> Iterator[tuple[int, int, int]]:
    """(machine size, island number, machines): about three quarters of the GPUs sit in machines of eight."""
    share, whole = EIGHTS_SHARE
    eights = round(gpus * share / whole / 8)
    counts = {8: eights, 2: (gpus - 8 * eights) // 2}
    for size, count in counts.items():
        islands = -(-count // ISLAND[size])
        for number in range(1, islands + 1):
            yield size, number, count // islands + (number <= count % islands)


def duration(seconds: int) -> str:
    """Go style, e.g. ``26h3m20s``."""
    hours, rest = divmod(seconds, 3600)
    parts = ((hours, "h"), (rest // 60, "m"), (rest % 60, "s"))
    return "".join(f"{value}{unit}" for value, unit in parts if value)
