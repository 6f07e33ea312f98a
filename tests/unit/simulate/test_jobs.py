"""What runs really do: checkpoints, limits, and chance that is replayed."""

import pytest

from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant
from jobtree.model.run import Run
from jobtree.simulate.dice import between, exponential
from jobtree.simulate.faults import Faults, Work, work_of
from jobtree.simulate.job import End, Job


def run(checkpoint: int | None = None) -> Run:
    return Run(
        key=Key("a", "r"), owner=Owner("org:a"), flavor="x", total_gpus=2, gpus_per_pod=1, duration=100,
        checkpoint=checkpoint,
    )  # fmt: skip


def job(seconds: int, checkpoint: int | None = None, *, fails: bool = False) -> Job:
    return Job(run=run(checkpoint), work=Work(seconds=seconds, fails=fails), arrived=Instant(0))


@pytest.mark.parametrize(
    ("seconds", "fails", "at", "end"),
    [
        (60, False, 70, End.COMPLETED),
        (60, True, 70, End.FAILED),
        (100, False, 110, End.COMPLETED),
        (101, False, 110, End.STOPPED),
    ],
)
def test_a_run_ends_when_its_work_is_done_and_never_after_its_limit(
    seconds: int, fails: bool, at: int, end: End
) -> None:
    one = job(seconds, fails=fails)
    one.begin(Instant(10), Instant(110), 2)
    assert one.foreseen() == (at, end)


@pytest.mark.parametrize(("checkpoint", "lost", "ends"), [(None, 45, 160), (20, 5, 120), (45, 0, 115)])
def test_what_no_checkpoint_kept_is_lost(checkpoint: int | None, lost: int, ends: int) -> None:
    one = job(60, checkpoint)
    one.begin(Instant(10), Instant(110), 2)
    assert one.interrupt(Instant(55)) == lost
    one.begin(Instant(100), Instant(200), 2)
    assert one.foreseen()[0] == ends
    assert (one.starts, one.started) == (2, 10)


def test_an_interruption_makes_the_foreseen_end_stale() -> None:
    one = job(60)
    one.begin(Instant(0), Instant(100), 2)
    before = one.epoch
    one.interrupt(Instant(5))
    assert one.epoch != before


def test_draws_depend_on_the_seed_and_on_what_they_are_for() -> None:
    assert [between(1, 6, 7, "die", number) for number in range(8)] == [between(1, 6, 7, "die", n) for n in range(8)]
    assert [between(1, 6, 7, "die", n) for n in range(30)] != [between(1, 6, 8, "die", n) for n in range(30)]
    waits = [exponential(1_000, 3, number) for number in range(2_000)]
    assert min(waits) >= 1
    assert 930 < sum(waits) / len(waits) < 1_070
    assert exponential(1_000, 3, 0) == waits[0]


def test_real_work_lies_between_the_shares() -> None:
    works = [work_of(run(), Faults(shortest=300, longest=700, failing=200), seed) for seed in range(400)]
    assert all(one.seconds <= 70 for one in works)
    assert all(one.seconds >= 30 for one in works if not one.fails)
    assert 40 < sum(one.fails for one in works) < 120
