"""A compile that would drop open leases stops."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtree.base.diagnostic import Severity
from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.load import guard
from jobtree.load.guard import dropped
from jobtree.model.lease import ClosedLease, Closure, ClosureReason, Lease
from tests.faults.ledger.lines import HOUR, START, closures, leases
from tests.faults.ledger.test_ledger_faults import over


def lease(number: int) -> Lease:
    return replace(over(0).lease, run=Key("a", f"r{number:02}"))


LEASES = tuple(lease(number) for number in range(20))


def deleted(lease: Lease, reason: ClosureReason = ClosureReason.RUN_DELETED) -> ClosedLease:
    return ClosedLease(lease=lease, closure=Closure(time=START, reason=reason))


def check(gone: int, *, exists: bool = False, allowed: bool = False, closing: bool = True) -> list[str]:
    closed = [deleted(one) for one in LEASES[:gone]] if closing else []
    found = dropped(LEASES, LEASES[gone:], closed, run_exists=lambda _: exists, as_of=START, allowed=allowed)
    assert all((finding.code, finding.severity) == ("JT710", Severity.ERROR) for finding in found)
    return [finding.message for finding in found]


def test_ten_per_cent_of_deleted_runs_may_go_and_no_more() -> None:
    assert check(2) == []
    assert check(3) == ["3 open leases of 20 would be dropped"]
    assert check(20) == ["20 open leases of 20 would be dropped"]
    assert check(20, allowed=True) == []


def test_a_lease_that_vanished_is_dropped_like_one_of_a_deleted_run() -> None:
    assert check(2, closing=False) == []
    assert check(3, closing=False) == ["3 open leases of 20 would be dropped"]


@pytest.mark.parametrize("closing", [True, False])
def test_a_lease_whose_run_exists_never_vanishes(closing: bool) -> None:
    message = "1 open lease would vanish though the runs still exist"
    assert check(1, exists=True, closing=closing) == [message]
    assert check(1, exists=True, closing=closing, allowed=True) == [message]


def test_the_arithmetic_and_the_first_few_runs_are_named() -> None:
    closed = [deleted(one) for one in LEASES]
    (finding,) = dropped(LEASES, (), closed, run_exists=lambda _: False, as_of=START)
    assert finding.notes[0] == "20 x 100 > 20 x 10: at most 10 % may go at once"
    assert finding.notes[1:3] == ("a/r00: 1 lease", "a/r01: 1 lease")
    assert finding.notes[-1] == "and 15 runs more"
    assert finding.help is not None
    assert "--allow-drop" in finding.help


def test_a_lease_that_is_over_is_not_dropped() -> None:
    late = Instant(START + HOUR)
    assert dropped(LEASES, (), (), run_exists=lambda _: True, as_of=late) == ()
    assert dropped(LEASES, (), (), run_exists=lambda _: True, as_of=Instant(late - 1)) != ()


def test_nothing_before_is_nothing_dropped() -> None:
    assert dropped((), LEASES, (), run_exists=lambda _: False, as_of=START) == ()


@given(st.lists(leases(), unique=True, max_size=8), st.data(), st.booleans())
def test_a_lease_that_is_kept_or_closed_for_a_reason_is_never_dropped(
    before: list[Lease], data: st.DataObject, exists: bool
) -> None:
    kept = [one for one in before if data.draw(st.booleans())]
    reasons = closures().filter(lambda closure: closure.reason is not ClosureReason.RUN_DELETED)
    closed = [ClosedLease(lease=one, closure=data.draw(reasons)) for one in before if one not in kept]
    assert dropped(before, kept, closed, run_exists=lambda _: exists, as_of=START) == ()


def test_without_the_limit_everything_could_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST_DROPPED", 100)
    assert check(20) == []
