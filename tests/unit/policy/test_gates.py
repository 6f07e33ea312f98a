"""Typed gates: waits in a plan, delays and growth through a change."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtree.model.policy import MaxBudgetGrowth, MaxDelay, MaxWait, Scope, Subject
from jobtree.policy.gates import Change, harmful, long_waits
from tests.unit.ledger.built import at, budget, catalog, envelope, window

EMPTY = catalog([], [])


def entry(name: str, **data: Any) -> Subject:
    return Subject(scope=Scope.PLAN, name=name, where=None, data=data)


def test_only_large_reservations_that_wait_too_long() -> None:
    runs = [
        entry("a/late", decision="reserve", width=8, waitSeconds=61),
        entry("a/just", decision="reserve", width=8, waitSeconds=60),
        entry("a/small", decision="reserve", width=7, waitSeconds=99),
        entry("a/refused", decision="refuse", width=0, waitSeconds=99),
        entry("a/now", decision="start", width=8, waitSeconds=0),
    ]
    (found,) = long_waits(MaxWait(seconds=60, from_gpus=8), runs)
    assert (found.object, found.note) == ("a/late", "1m1s; the rule allows 1m")


def state(at: str | None, decision: str = "reserve") -> dict[str, Any]:
    return {"decision": decision, "at": at}


@pytest.mark.parametrize(
    ("before", "after", "breaks"),
    [
        (state("2026-03-02T09:00:00Z"), state("2026-03-02T10:00:00Z"), False),
        (state("2026-03-02T09:00:00Z"), state("2026-03-02T10:00:01Z"), True),
        (state("2026-03-02T09:00:00Z"), state(None, "refuse"), True),
        (state("2026-03-02T09:00:00Z"), state("2026-03-02T08:00:00Z"), False),
        (state(None, "refuse"), state(None, "refuse"), False),
        (state(None, "refuse"), state("2026-03-09T08:00:00Z"), False),
        (None, state("2026-03-09T08:00:00Z"), False),
        (state("2026-03-02T09:00:00Z"), None, False),
        (state("2026-03-02T09:00:00Z"), state("2026-03-09T08:00:00Z", "finished"), False),
    ],
)
def test_a_delay_is_counted_from_the_start_that_a_run_had(before, after, breaks: bool) -> None:
    run = Subject(scope=Scope.DIFF_RUNS, name="a/r", where=None, data={"before": before, "after": after})
    change = Change(runs=[run], before=EMPTY, after=EMPTY, as_of=at(0))
    assert bool(list(harmful(MaxDelay(seconds=3600), change))) is breaks


def owning(*sizes: tuple[int, int | None, int | None]):
    envelopes = [
        envelope("me", gpus, name=f"e{n}", window=window(start, end)) for n, (gpus, start, end) in enumerate(sizes)
    ]
    return catalog([budget("me", *envelopes)], [])


def grown(old, new, share: str = "0.5", now: float = -1) -> list[str]:
    change = Change(runs=(), before=old, after=new, as_of=at(now))
    return [one.note for one in harmful(MaxBudgetGrowth(share=Fraction(share)), change)]


def test_neither_a_window_that_is_over_nor_one_far_ahead_excuses_growth() -> None:
    now, past, ahead = (16, 0, 24), (400, -48, -24), (400, 48, 72)
    tenfold = ["16 GPUs become 160: 900.0 % more; the rule allows 24"]
    assert grown(owning(past, now), owning(past, (160, 0, 24))) == tenfold
    assert grown(owning(now, ahead), owning((160, 0, 24), ahead)) == tenfold
    assert grown(owning(now), owning(now, past)) == []


def test_growth_is_of_the_peak_not_of_the_sum() -> None:
    march, april = (16, 0, 24), (16, 24, 48)
    assert grown(owning(march), owning(march, april)) == []
    assert grown(owning(march), owning(march, (16, 23, 48))) == ["16 GPUs become 32: 100.0 % more; the rule allows 24"]
    assert grown(owning(march), owning((24, 0, 24))) == []
    assert grown(owning(march), owning((25, 0, 24))) == ["16 GPUs become 25: 56.2 % more; the rule allows 24"]
    assert grown(owning(march, april), owning(march)) == []
    assert grown(EMPTY, owning(march)) == ["0 GPUs become 16; the rule allows 0"]


WINDOWS = st.lists(
    st.tuples(st.integers(1, 9), st.one_of(st.none(), st.integers(0, 5)), st.one_of(st.none(), st.integers(6, 12))),
    min_size=1,
    max_size=6,
)


@given(WINDOWS)
def test_the_peak_is_the_most_that_any_hour_has(sizes) -> None:
    most = max(
        sum(gpus for gpus, start, end in sizes if (start is None or start <= hour) and (end is None or hour < end))
        for hour in range(-1, 14)
    )
    told = grown(EMPTY, owning(*sizes))
    assert told == [f"0 GPUs become {most}; the rule allows 0"]
