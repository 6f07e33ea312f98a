"""Frozen traces: the documents of a fleet whose runs all wait now, and the same runs as jobs, in the same order."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gangs import DAYS, GPUS, fleet, lab, run
from philly_trace import choose, read_jobs
from week import Json

from jobtree.base.quantity import format_duration, parse_duration

MINUTE = 60
PHILLY_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """``pods`` of ``gpus`` GPUs each, none of them split between nodes, for ``seconds``."""

    name: str
    pods: int
    gpus: int
    seconds: int

    @property
    def area(self) -> int:
        """GPU-seconds."""
        return self.pods * self.gpus * self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """``documents`` are what jobtree reads; ``jobs`` are read from them. ``days`` is the horizon."""

    title: str
    documents: tuple[Json, ...]
    nodes: int
    days: int

    @property
    def jobs(self) -> tuple[Job, ...]:
        """In order of submission."""
        return tuple(_job(document) for document in self.documents if document["kind"] == "Run")


def gangs(runs: int, nodes: int) -> Trace:
    """The gangs of ``bench/gangs.py``."""
    title = f"{runs:,} gangs of 1 to 128 nodes on {nodes:,} nodes of {GPUS} GPUs, {DAYS} days"
    return Trace(title=title, documents=tuple(fleet(runs, nodes)), nodes=nodes, days=DAYS)


def philly(csv: Path, day: dt.date, runs: int, nodes: int) -> Trace:
    """A day's jobs, those with the most GPU-hours, all submitted before now; up to 8 GPUs are one pod."""
    jobs = choose(read_jobs(csv), day, runs)
    documents = (
        run(name, number, _shape(job.gpus), format_duration(-(-job.seconds // MINUTE) * MINUTE))
        for number, (name, job) in enumerate(jobs)
    )
    title = f"{len(jobs):,} Philly jobs of {day} on {nodes:,} nodes of {GPUS} GPUs, {PHILLY_DAYS} days"
    every = _frozen(lab("philly", nodes, PHILLY_DAYS), documents)
    return Trace(title=title, documents=every, nodes=nodes, days=PHILLY_DAYS)


def _frozen(*parts: Iterable[Json]) -> tuple[Json, ...]:
    return tuple(document for part in parts for document in part)


def _shape(gpus: int) -> tuple[int, int]:
    """Pods and GPUs of each."""
    return (1, gpus) if gpus <= GPUS else (gpus // GPUS, GPUS)


def _job(document: Json) -> Job:
    resources = document["spec"]["resources"]
    return Job(
        name=document["metadata"]["name"],
        pods=resources["totalGPUs"] // resources["gpusPerPod"],
        gpus=resources["gpusPerPod"],
        seconds=parse_duration(document["spec"]["runtime"]["duration"]),
    )
