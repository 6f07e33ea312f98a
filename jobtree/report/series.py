"""The series of a simulator, as one of its runs writes it: GPUs in use and waiting over time, by policy. Strict."""

import json
from dataclasses import dataclass
from itertools import pairwise

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.base.instant import Instant
from jobtree.report.fields import Fields, MisfitError, fields_of

FORMAT_VERSION = 1
MOST_POINTS = 100_000
"""In all policies together: what a page can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerPoint:
    """GPUs of one owner at an instant."""

    owner: str
    in_use: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The fleet at an instant."""

    at: Instant
    usable: int
    in_use: int
    waiting_runs: int
    waiting_gpus: int
    by_owner: tuple[OwnerPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySeries:
    """What one policy made of the same load; points ascend."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The file."""

    start: Instant
    end: Instant
    seed: int
    policies: tuple[PolicySeries, ...]


def read_series(data: bytes, path: str) -> Series | Diagnostic:
    """The series, or JT777: the file is not what a simulation writes. Costs O(bytes)."""
    try:
        return _series(fields_of(_parsed(data), ""))
    except MisfitError as fault:
        hint = "give the file that the simulation wrote"
        return error("JT777", f"the series cannot be shown: {fault}", Location(path), help=hint)


def _parsed(data: bytes) -> object:
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except MisfitError:
        raise
    except (ValueError, RecursionError) as fault:
        raise MisfitError(f"it is no JSON ({fault})") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MisfitError("an object has the same key twice")
    return found


def _no_constant(name: str) -> object:
    raise MisfitError(f"{name} is no JSON number")


def _series(series: Fields) -> Series:
    _only(series, "formatVersion", "from", "until", "seed", "policies")
    if series.value("formatVersion") != FORMAT_VERSION:
        raise MisfitError(f"formatVersion is not {FORMAT_VERSION}")
    start, end = series.instant("from"), series.instant("until")
    if end <= start:
        raise MisfitError("until is not after from")
    policies = tuple(_policy(one, start, end) for one in series.objects("policies"))
    names = [policy.name for policy in policies]
    if not policies or len(set(names)) != len(names):
        raise MisfitError("policies must be there, each under a name of its own")
    if sum(len(policy.points) for policy in policies) > MOST_POINTS:
        raise MisfitError(f"it has more than {MOST_POINTS:,} points")
    return Series(start=start, end=end, seed=series.whole("seed"), policies=policies)


def _policy(policy: Fields, start: Instant, end: Instant) -> PolicySeries:
    _only(policy, "name", "points")
    points = tuple(_point(point) for point in policy.objects("points"))
    for before, after in pairwise(points):
        if after.at <= before.at:
            raise MisfitError(f"{policy.at('points')} do not ascend")
    if not points or points[0].at < start or points[-1].at > end:
        raise MisfitError(f"{policy.at('points')} are none, or lie outside of from and until")
    return PolicySeries(name=policy.text("name"), points=points)


def _point(point: Fields) -> Point:
    _only(point, "at", "gpus", "waiting", "byOwner")
    gpus, waiting, owners = point.object("gpus"), point.object("waiting"), point.object("byOwner")
    _only(gpus, "usable", "inUse")
    _only(waiting, "runs", "gpus")
    return Point(
        at=point.instant("at"),
        usable=gpus.whole("usable"),
        in_use=gpus.whole("inUse"),
        waiting_runs=waiting.whole("runs"),
        waiting_gpus=waiting.whole("gpus"),
        by_owner=tuple(_owner(owners, name) for name in sorted(owners.data)),
    )


def _owner(owners: Fields, name: str) -> OwnerPoint:
    entry = fields_of(owners.value(name), owners.at(name))
    _only(entry, "inUse", "waiting")
    return OwnerPoint(owner=name, in_use=entry.whole("inUse"), waiting=entry.whole("waiting"))


def _only(fields: Fields, *names: str) -> None:
    for name in sorted(fields.data):
        if name not in names:
            raise MisfitError(f"{fields.at(name)} is no field of a series")
