"""Runs from a trace of jobs: a CSV of timestamp, duration, num_gpus, gpu_time, cluster (docs/simulator.md). JT192.

``duration`` is what a job really took. What its run declares is that divided by a share which is drawn as for any other
run, so that the planner knows no more of it than it would of a person's estimate.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import StringIO
from math import ceil, gcd

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant
from jobtree.load.source import Source
from jobtree.model.catalog import Catalog
from jobtree.model.run import Run
from jobtree.simulate.dice import between
from jobtree.simulate.faults import PERMILLE, Faults, Work, share_of

COLUMNS = ("timestamp", "duration", "num_gpus", "cluster")
MOST_FINDINGS = 20
_HINT = "the columns are timestamp, duration, num_gpus, gpu_time, cluster"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRun:
    """A run, and what it really takes."""

    run: Run
    work: Work


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a team's jobs go."""

    namespace: str
    owner: Owner


def read_trace(
    source: Source, catalog: Catalog, faults: Faults, *, seed: int, since: Instant, until: Instant
) -> tuple[tuple[TraceRun, ...], tuple[Diagnostic, ...]]:
    """Jobs that were submitted from ``since`` to ``until``; rows without a duration or a GPU are passed over.

    A row of team ``x`` becomes a run of whoever is registered for the namespace ``team-x``, or ``x``. Its flavor is
    that of most GPUs of the fleet, and its pods are as large as they can be (semantics.md 3). O(rows).
    """
    reader = csv.DictReader(StringIO(source.data.decode("utf-8", errors="replace")))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        message = f"the trace has no column {', '.join(missing)}"
        return (), (error("JT192", message, Location(source.path, 1), help=_HINT),)
    reading = _Reading(catalog, faults, seed)
    found: list[TraceRun] = []
    findings: list[Diagnostic] = []
    for row in reader:
        try:
            one = reading.run(row, reader.line_num, since, until)
        except ValueError as fault:
            findings.append(error("JT192", str(fault), Location(source.path, reader.line_num), help=_HINT))
            if len(findings) == MOST_FINDINGS:
                break
            continue
        found += [] if one is None else [one]
    return (() if findings else tuple(found)), tuple(findings)


class _Reading:
    def __init__(self, catalog: Catalog, faults: Faults, seed: int) -> None:
        self._faults, self._seed = faults, seed
        self._places = {
            space: _Place(namespace=space, owner=entry.name)
            for entry in catalog.fleet.owners
            for space in entry.namespaces
        }
        self._flavor, self._size = _common_flavor(catalog)

    def run(self, row: Mapping[str, str | None], line: int, since: Instant, until: Instant) -> TraceRun | None:
        """The run of a row; ValueError if it cannot be read."""
        if not row["duration"]:
            return None
        submitted, gpus = _instant(row["timestamp"] or ""), _number(row["num_gpus"] or "", "num_gpus")
        seconds = max(1, ceil(_number(row["duration"], "duration")))
        if gpus < 1 or not since <= submitted < until:
            return None
        place = self._place(row["cluster"] or "")
        key = Key(place.namespace, f"trace-{line}")
        declared = max(1, -(-seconds * PERMILLE // share_of(key, self._faults, self._seed)))
        fails = between(1, PERMILLE, self._seed, key, "fails") <= self._faults.failing
        run = Run(
            key=key,
            owner=place.owner,
            flavor=self._flavor,
            total_gpus=int(gpus),
            gpus_per_pod=gcd(int(gpus), self._size),
            duration=declared,
            admitted=submitted,
        )
        return TraceRun(run=run, work=Work(seconds=seconds, fails=fails))

    def _place(self, team: str) -> _Place:
        for space in (f"team-{team}", team):
            if space in self._places:
                return self._places[space]
        raise ValueError(f"nobody is registered for team-{team} or {team}, where jobs of {team!r} would go")


def _common_flavor(catalog: Catalog) -> tuple[str, int]:
    """The flavor of most GPUs, and what divides the GPUs of all its nodes."""
    gpus: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for node in catalog.nodes:
        gpus[node.flavor] = gpus.get(node.flavor, 0) + node.gpus
        sizes[node.flavor] = gcd(sizes.get(node.flavor, 0), node.gpus)
    flavor = min(gpus, key=lambda name: (-gpus[name], name), default="")
    return flavor, sizes.get(flavor, 0)


def _instant(text: str) -> Instant:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"timestamp {text!r} is not written like 2017-10-20 09:00:00") from None
    return Instant(int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()))


def _number(text: str, column: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{column} {text!r} is no number") from None
    if not 0 <= number < 1e9:
        raise ValueError(f"{column} {text!r} is not between 0 and a billion")
    return number


def with_trace(catalog: Catalog, found: Sequence[TraceRun]) -> tuple[Catalog, Mapping[Key, Work]]:
    """The catalog with the runs of a trace, and what they really take."""
    runs = tuple(sorted((*catalog.runs, *(one.run for one in found)), key=lambda run: run.key))
    return replace(catalog, runs=runs), {one.run.key: one.work for one in found}


def twice(catalog: Catalog, found: Sequence[TraceRun], path: str) -> Iterator[Diagnostic]:
    """JT192 for a run of the fleet that has the name of a row."""
    for one in found:
        if one.run.key in catalog.run_of:
            yield error("JT192", f"{one.run.key} is a run of the fleet already", Location(path), help="rename that run")
