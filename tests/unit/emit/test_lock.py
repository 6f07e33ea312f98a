import json

import pytest

from jobtree.base.diagnostic import Diagnostic
from jobtree.emit.lock import find_lock, lock_misfit, read_lock, write_lock
from jobtree.emit.values import MisfitError
from tests.unit.emit.sample import NOW, plan

KEY = {"inputDigest": "sha256:1", "asOf": "2026-03-02T09:00:00Z", "admissions": {"a.yaml": 1}}


def test_a_plan_comes_back_exactly_and_its_bytes_too() -> None:
    data = write_lock(plan(), KEY)
    lock = read_lock(data)
    assert (lock.plan, lock.key, lock.as_of) == (plan(), KEY, NOW)
    assert write_lock(lock.plan, lock.key) == data


def test_a_lock_that_fits_is_used() -> None:
    assert lock_misfit(read_lock(write_lock(plan(), KEY)), KEY) == ()


def test_no_lock_is_jt705() -> None:
    found = find_lock(None)
    assert isinstance(found, Diagnostic)
    assert found.code == "JT705"


def test_another_key_is_jt704_and_says_what_differs() -> None:
    (finding,) = lock_misfit(read_lock(write_lock(plan(), KEY)), {**KEY, "inputDigest": "sha256:2", "more": 1})
    assert finding.code == "JT704"
    assert finding.message == "the lock does not fit: inputDigest, more changed"
    assert finding.notes[0] == 'inputDigest: the lock has "sha256:1", now "sha256:2"'


def damaged(change: object) -> bytes:
    value = json.loads(write_lock(plan(), KEY))
    change(value)  # type: ignore[operator]
    return json.dumps(value).encode()


def drop(value: dict, *steps: object) -> None:  # type: ignore[type-arg]
    *path, last = steps
    for step in path:
        value = value[step]  # type: ignore[index]
    del value[last]  # type: ignore[arg-type]


def put(value: dict, new: object, *steps: object) -> None:  # type: ignore[type-arg]
    *path, last = steps
    for step in path:
        value = value[step]  # type: ignore[index]
    value[last] = new  # type: ignore[index]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"{}",
        b'{"formatVersion": NaN, "key": {}, "plan": {}}',
        b'{"formatVersion": 1, "formatVersion": 1, "key": {}, "plan": {}}',
        b"[" * 100_000,
        damaged(lambda value: put(value, 2, "formatVersion")),
        damaged(lambda value: put(value, [], "key")),
        damaged(lambda value: drop(value, "plan", "proof")),
        damaged(lambda value: put(value, 1, "plan", "more")),
        damaged(lambda value: put(value, "1", "plan", "as_of")),
        damaged(lambda value: put(value, True, "plan", "as_of")),
        damaged(lambda value: put(value, "Stop", "plan", "runs", 0, "decision", "is")),
        damaged(lambda value: put(value, "fatal", "plan", "diagnostics", 0, "severity")),
        damaged(lambda value: put(value, {}, "plan", "runs")),
        damaged(lambda value: put(value, [["nodes"]], "plan", "proof", "limits")),
        damaged(lambda value: put(value, "x", "plan", "proof", "levels", 0, "bound")),
        damaged(lambda value: put(value, [], "plan", "runs", 0, "reason", "facts")),
    ],
)
def test_damage_is_jt703(data: bytes) -> None:
    found = find_lock(data)
    assert isinstance(found, Diagnostic)
    assert found.code == "JT703"
    with pytest.raises(MisfitError):
        read_lock(data)


def test_damage_names_its_place() -> None:
    data = damaged(lambda value: put(value, "7", "plan", "runs", 0, "decision", "placement", "width"))
    with pytest.raises(MisfitError, match=r"\.runs\[0\]\.decision\.placement\.width is no int"):
        read_lock(data)


def test_a_key_without_an_instant_is_damage() -> None:
    with pytest.raises(MisfitError, match="asOf"):
        _ = read_lock(write_lock(plan(), {"asOf": "today"})).as_of
