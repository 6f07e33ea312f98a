"""What was observed is laid over what is recorded: it overrides only what it mentions, and nothing is closed twice."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval
from jobtree.load import overlay as laying
from jobtree.load.history import lease_order
from jobtree.load.overlay import overlay
from jobtree.load.state import StateRead, closing_order
from jobtree.model.history import History, Observed, Phase, RunStatus
from jobtree.model.lease import ClosedLease, Closure, ClosureReason, Lease, LeaseReason
from tests.faults.ledger.lines import HOUR, START, closures, leases
from tests.faults.ledger.test_ledger_faults import over

NOW = Instant(START + 6 * HOUR)
OPEN = over(0).lease
RUN = OPEN.run


def at(hour: int) -> Instant:
    return Instant(START + hour * HOUR)


def closed(lease: Lease, hour: int, reason: ClosureReason = ClosureReason.SHRINK) -> ClosedLease:
    return ClosedLease(lease=lease, closure=Closure(time=at(hour), reason=reason))


def finished(phase: Phase = Phase.COMPLETED, hour: int | None = None) -> Observed:
    return Observed(digest="sha256:1", runs=(RunStatus(run=RUN, phase=phase, at=None if hour is None else at(hour)),))


def term(first: int, last: int, reason: LeaseReason = LeaseReason.START) -> Lease:
    return replace(OPEN, interval=Interval(at(first), at(last)), reason=reason)


@st.composite
def situations(draw: st.DrawFn) -> tuple[History, StateRead]:
    """Leases that are in the tree, closed before, in the ledger; and what a state says about them and others."""
    known = draw(st.lists(leases(), min_size=1, max_size=8, unique=True))
    places = {lease: draw(st.sampled_from(["tree", "closed", "past", "unknown"])) for lease in known}
    seen = {lease: draw(st.sampled_from(["open", "closed", "silent"])) for lease in known}

    def ended(table: dict[Lease, str], word: str) -> tuple[ClosedLease, ...]:
        found = [ClosedLease(lease=lease, closure=draw(closures())) for lease, at in table.items() if at == word]
        return tuple(sorted(found, key=closing_order))

    def standing(table: dict[Lease, str], word: str) -> tuple[Lease, ...]:
        return tuple(sorted((lease for lease, at in table.items() if at == word), key=lease_order))

    runs = [
        RunStatus(run=run, phase=draw(st.sampled_from(Phase)), at=draw(st.none() | st.just(at(2))))
        for run in sorted({lease.run for lease in known})
        if draw(st.booleans())
    ]
    history = History(leases=standing(places, "tree"), closures=ended(places, "closed"), past=ended(places, "past"))
    observed = Observed(digest="sha256:1", runs=tuple(runs))
    return history, StateRead(observed=observed, open=standing(seen, "open"), closed=ended(seen, "closed"))


@given(situations())
def test_overlaying_twice_is_overlaying_once(situation: tuple[History, StateRead]) -> None:
    history, state = situation
    once, _ = overlay(history, state, as_of=NOW)
    assert overlay(once, state, as_of=NOW)[0] == once


@given(situations())
def test_an_empty_state_changes_nothing(situation: tuple[History, StateRead]) -> None:
    history, _ = situation
    assert overlay(history, StateRead(), as_of=NOW) == (history, ())


@given(situations())
def test_every_lease_is_open_or_closed_once_and_none_is_lost(situation: tuple[History, StateRead]) -> None:
    history, state = situation
    after, _ = overlay(history, state, as_of=NOW)
    found = [*after.leases, *(one.lease for one in (*after.closures, *after.past))]
    said = {*history.leases, *state.open, *(one.lease for one in (*history.closures, *history.past, *state.closed))}
    assert len(found) == len(set(found))
    assert set(found) == said


@given(situations())
def test_what_is_recorded_stands(situation: tuple[History, StateRead]) -> None:
    history, state = situation
    after, findings = overlay(history, state, as_of=NOW)
    assert after.past == history.past
    assert {*history.closures} <= {*after.closures}
    recorded = {one.lease: one.closure for one in (*history.past, *history.closures)}
    otherwise = [one for one in state.closed if recorded.get(one.lease, one.closure) != one.closure]
    still = [lease for lease in state.open if lease in recorded]
    assert [finding.code for finding in findings] == ["JT332"] * len([*otherwise, *still])


@given(situations())
def test_a_finished_run_holds_nothing_that_is_not_over(situation: tuple[History, StateRead]) -> None:
    history, state = situation
    after, _ = overlay(history, state, as_of=NOW)
    ended = {status.run for status in state.observed.runs if status.phase in (Phase.COMPLETED, Phase.FAILED)}
    successors = {
        (lease.run, lease.group, lease.role, lease.rank, lease.interval.start)
        for lease in (*after.leases, *(one.lease for one in (*after.closures, *after.past)))
    }
    for lease in after.leases:
        if lease.run in ended:
            assert (lease.run, lease.group, lease.role, lease.rank, lease.interval.end) in successors


@given(situations())
def test_all_comes_in_order(situation: tuple[History, StateRead]) -> None:
    after, _ = overlay(*situation, as_of=NOW)
    assert list(after.leases) == sorted(after.leases, key=lease_order)
    assert list(after.closures) == sorted(after.closures, key=closing_order)


def test_a_closed_lease_moves_and_an_open_one_is_added() -> None:
    mine, swapped = over(1).lease, replace(over(2).lease, reason=LeaseReason.SWAP)
    state = StateRead(observed=Observed(digest="sha256:1"), open=(swapped,), closed=(closed(OPEN, 0),))
    after, findings = overlay(History(leases=(OPEN, mine)), state, as_of=NOW)
    assert (after.leases, after.closures, findings) == ((mine, swapped), state.closed, ())
    assert after.observed == state.observed


def test_a_closure_that_nobody_knew_is_taken() -> None:
    state = StateRead(closed=(closed(OPEN, 0),))
    assert overlay(History(), state, as_of=NOW)[0].closures == state.closed


@pytest.mark.parametrize(
    ("state", "hour"),
    [
        (StateRead(observed=finished(hour=3)), 3),
        (StateRead(observed=finished(), closed=(closed(over(1).lease, 2), closed(over(2).lease, 1))), 2),
        (StateRead(observed=finished()), 6),
    ],
)
def test_a_finished_run_closes_its_leases_when_it_finished(state: StateRead, hour: int) -> None:
    after, _ = overlay(History(leases=(OPEN,)), state, as_of=NOW)
    assert after.leases == ()
    assert closed(OPEN, hour, ClosureReason.COMPLETED) in after.closures


def test_a_failed_run_closes_its_leases_as_failed_and_leaves_other_closures_alone() -> None:
    state = StateRead(observed=finished(Phase.FAILED, 1), closed=(closed(over(1).lease, 0),))
    after, _ = overlay(History(leases=(OPEN, over(1).lease)), state, as_of=NOW)
    assert [str(one.closure) for one in after.closures] == ["Shrink", "WorkloadFailed"]


@pytest.mark.parametrize("phase", [Phase.RUNNING, Phase.PENDING])
def test_a_run_that_is_not_finished_keeps_its_leases(phase: Phase) -> None:
    after, _ = overlay(History(leases=(OPEN,)), StateRead(observed=finished(phase)), as_of=NOW)
    assert (after.leases, after.closures) == ((OPEN,), ())


def test_a_renewed_lease_ends_by_its_interval() -> None:
    first, second, third = term(0, 2), term(2, 4, LeaseReason.RENEW), term(4, 6, LeaseReason.RENEW)
    history = History(leases=(first, second, third))
    after, _ = overlay(history, StateRead(observed=finished(hour=3)), as_of=NOW)
    assert after.leases == (first,)
    assert [(one.lease, one.closure.time, one.held.seconds) for one in after.closures] == [
        (second, at(3), HOUR),
        (third, at(3), 0),
    ]


@pytest.mark.parametrize(
    ("history", "state", "notes"),
    [
        (
            History(past=(closed(OPEN, 1),)),
            StateRead(closed=(closed(OPEN, 0, ClosureReason.COMPLETED),)),
            ("closed at 2026-02-01T01:00:00Z, Shrink", "closed at 2026-02-01T00:00:00Z, Completed"),
        ),
        (
            History(closures=(closed(OPEN, 1),)),
            StateRead(open=(OPEN,)),
            ("closed at 2026-02-01T01:00:00Z, Shrink", "open"),
        ),
    ],
)
def test_a_disagreement_names_the_lease_and_both_facts(
    history: History, state: StateRead, notes: tuple[str, str]
) -> None:
    _, (finding,) = overlay(history, state, as_of=NOW)
    where = "the lease of a/r from 2026-02-01T00:00:00Z (Active 0 of group 0, on n-01)"
    assert (finding.code, finding.message) == ("JT332", f"the state disagrees about {where}")
    assert finding.notes == (f"recorded: {notes[0]}", f"the state: {notes[1]}")


def test_a_lease_that_the_ledger_closed_is_over_whatever_the_tree_says() -> None:
    after, findings = overlay(History(leases=(OPEN,), past=(closed(OPEN, 1),)), StateRead(), as_of=NOW)
    assert (after.leases, after.closures, findings) == ((), (), ())


def test_without_the_order_of_authority_the_ledger_would_not_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    def last_of(found: list[ClosedLease]) -> dict[Lease, Closure]:
        return {one.lease: one.closure for one in found}

    history, state = History(closures=(closed(OPEN, 1),)), StateRead(closed=(closed(OPEN, 0),))
    assert overlay(history, state, as_of=NOW)[0].closures == history.closures
    monkeypatch.setattr(laying, "_first_of", last_of)
    assert overlay(history, state, as_of=NOW)[0].closures != history.closures


def test_only_the_leases_of_that_run_are_closed() -> None:
    other = replace(OPEN, run=Key("a", "q"))
    after, _ = overlay(History(leases=(other, OPEN)), StateRead(observed=finished(hour=1)), as_of=NOW)
    assert after.leases == (other,)
