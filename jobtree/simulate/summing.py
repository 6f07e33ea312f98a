"""From jobs and counts to results: whole seconds, whole GPU-seconds, shares by integer division."""

from collections.abc import Iterable, Sequence

from jobtree.base.identity import Owner
from jobtree.base.instant import Instant
from jobtree.simulate.job import Job
from jobtree.simulate.outcome import Accuracy, RunOutcome, Waits

CLOSE = 60
"""Seconds by which a start may miss its promise and still be as promised."""


def waits(jobs: Sequence[Job], end: Instant) -> tuple[Waits, ...]:
    """Of everybody, then by owner."""
    owners: dict[Owner, list[Job]] = {}
    for job in jobs:
        owners.setdefault(job.run.owner, []).append(job)
    return (_waits(None, jobs, end), *(_waits(owner, owners[owner], end) for owner in sorted(owners)))


def _waits(owner: Owner | None, jobs: Sequence[Job], end: Instant) -> Waits:
    waited = sorted(_waited(job, end) for job in jobs)
    weights = sum(_weight(job) for job in jobs)
    return Waits(
        owner=owner,
        runs=len(jobs),
        waiting=sum(job.started is None for job in jobs),
        mean=sum(waited) // max(1, len(waited)),
        median=_percentile(waited, 50),
        p95=_percentile(waited, 95),
        longest=waited[-1] if waited else 0,
        weighted=sum(_weight(job) * _waited(job, end) for job in jobs) // max(1, weights),
    )


def _waited(job: Job, end: Instant) -> int:
    until = job.started if job.started is not None else job.ended if job.ended is not None else end
    return until - job.arrived


def _weight(job: Job) -> int:
    return job.run.total_gpus * job.run.duration


def _percentile(ordered: Sequence[int], percent: int) -> int:
    """The smallest value that so many per cent of them do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else 0


def accuracy(pairs: Iterable[tuple[Instant, Instant]]) -> Accuracy:
    """Of (promised, actual) starts."""
    misses = [actual - promised for promised, actual in pairs]
    return Accuracy(
        runs=len(misses),
        close=sum(abs(miss) <= CLOSE for miss in misses),
        early=sum(miss < -CLOSE for miss in misses),
        late=sum(miss > CLOSE for miss in misses),
        error=sum(map(abs, misses)) // max(1, len(misses)),
    )


def run_outcome(job: Job) -> RunOutcome:
    """What became of a run."""
    return RunOutcome(
        run=job.run.key,
        owner=job.run.owner,
        gpus=job.run.total_gpus,
        arrived=job.arrived,
        started=job.started,
        ended=job.ended,
        end=None if job.end is None else job.end.value,
        starts=job.starts,
        first_promise=job.first_promise,
        last_promise=job.last_promise,
    )
