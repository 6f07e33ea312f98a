"""From what was counted to what is reported."""

from collections.abc import Mapping, Sequence

from jobtree.simulate.job import Job
from jobtree.simulate.outcome import DomainUse, EnvelopeHours, Outcome
from jobtree.simulate.scenario import Scenario
from jobtree.simulate.summing import accuracy, run_outcome, waits
from jobtree.simulate.tally import Tally


def conclude(
    name: str, scenario: Scenario, jobs: Sequence[Job], tally: Tally, envelopes: tuple[EnvelopeHours, ...]
) -> Outcome:
    """All results, once the end of the scenario has come."""
    ends: dict[str, int] = {}
    for job in jobs:
        ends[_state(job)] = ends.get(_state(job), 0) + 1
    waited = [job for job in jobs if not job.stood]
    first = [(job.first_promise, job.started) for job in waited]
    last = [(job.last_promise, job.started) for job in waited]
    return Outcome(
        policy=name,
        since=scenario.since,
        until=scenario.until,
        seed=scenario.seed,
        cycles=tally.cycles,
        events=tally.events,
        domains=tuple(
            DomainUse(domain=domain, used=tally.used.get(domain, 0), usable=usable)
            for domain, usable in sorted(tally.usable.items())
        ),
        waits=waits(waited, scenario.until),
        first_promises=accuracy((promised, began) for promised, began in first if promised and began),
        last_promises=accuracy((promised, began) for promised, began in last if promised and began),
        ends=_counted(ends),
        cuts=_counted(tally.cuts),
        closures=_counted(tally.closures),
        openings=_counted(tally.openings),
        lost=_counted(tally.lost),
        slips=tally.slips,
        node_failures=tally.failures,
        node_returns=tally.returns,
        envelopes=envelopes,
        runs=tuple(run_outcome(job) for job in sorted(jobs, key=lambda job: job.run.key)),
        points=tuple(tally.points),
    )


def _counted(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((str(name), count) for name, count in counts.items()))


def _state(job: Job) -> str:
    """What has become of a job at the end."""
    if job.end is not None:
        return job.end.value
    return "running" if job.is_running else "waiting"
