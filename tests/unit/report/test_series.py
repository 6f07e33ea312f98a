"""The series of a simulation: read strictly, refused with the place."""

import json
from copy import deepcopy
from typing import Any

import pytest

from jobtree.base.diagnostic import Diagnostic, Location
from jobtree.report.series import Series, read_series

POINT = {
    "at": "2026-03-02T09:00:00Z",
    "gpus": {"usable": 144, "inUse": 140},
    "waiting": {"runs": 1, "gpus": 64},
    "byOwner": {"org:a": {"inUse": 100, "waiting": 0}, "__proto__": {"inUse": 40, "waiting": 64}},
}
SERIES: dict[str, Any] = {
    "formatVersion": 1,
    "from": "2026-03-02T09:00:00Z",
    "until": "2026-03-03T09:00:00Z",
    "seed": 7,
    "policies": [{"name": "jobtree", "points": [POINT, {**POINT, "at": "2026-03-02T10:00:00Z"}]}],
}


def read(value: object) -> Series | Diagnostic:
    return read_series(json.dumps(value).encode(), "series.json")


def test_a_sound_series() -> None:
    found = read(SERIES)
    assert isinstance(found, Series)
    (policy,) = found.policies
    assert [point.at - found.start for point in policy.points] == [0, 3_600]
    assert [(one.owner, one.in_use, one.waiting) for one in policy.points[0].by_owner] == [
        ("__proto__", 40, 64), ("org:a", 100, 0),
    ]  # fmt: skip


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    found = deepcopy(SERIES)
    here: Any = found
    for step in path[:-1]:
        here = here[step]
    if value is None:
        del here[path[-1]]
    else:
        here[path[-1]] = value
    return found


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("formatVersion",), 2, "formatVersion is not 1"),
        (("seed",), True, "seed is no whole number"),
        (("seed",), None, "seed is missing"),
        (("extra",), 1, "extra is no field"),
        (("from",), "2026-03-02", "from: an instant"),
        (("until",), "2026-03-02T09:00:00Z", "until is not after from"),
        (("policies",), [], "policies must be there"),
        (("policies",), [SERIES["policies"][0]] * 2, "a name of its own"),
        (("policies", 0, "points"), [], "are none, or lie outside"),
        (("policies", 0, "points", 1, "at"), "2026-03-02T09:00:00Z", "do not ascend"),
        (("policies", 0, "points", 1, "at"), "2026-03-04T09:00:00Z", "lie outside"),
        (("policies", 0, "points", 0, "gpus", "inUse"), -1, "policies[0].points[0].gpus.inUse is no whole number"),
        (("policies", 0, "points", 0, "gpus", "inUse"), 1.5, "is no whole number"),
        (("policies", 0, "points", 0, "gpus", "free"), 1, "gpus.free is no field"),
        (("policies", 0, "points", 0, "waiting"), 3, "waiting is no object"),
        (("policies", 0, "points", 0, "byOwner", "org:a", "waiting"), None, "org:a.waiting is missing"),
        (("policies", 0, "name"), 3, "name is no text"),
    ],
)
def test_what_is_odd_is_refused_at_its_place(path: tuple[str | int, ...], value: object, words: str) -> None:
    found = read(changed(path, value))
    assert isinstance(found, Diagnostic)
    assert found.code == "JT777"
    assert words in found.message
    assert found.location == Location("series.json")


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b'{"a": 1, "a": 2}', b'{"seed": NaN}', b"[" * 100_000])
def test_what_is_no_series_at_all(data: bytes) -> None:
    found = read_series(data, "series.json")
    assert isinstance(found, Diagnostic)
    assert found.code == "JT777"
