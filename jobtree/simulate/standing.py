"""What stands when a simulation begins: runs that run, promises that were given, and the ledger (ADR 32)."""

from collections.abc import Iterable, Mapping

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.deciding import Left
from jobtree.ledger.lives import State, lives
from jobtree.model.lease import Lease, Role
from jobtree.simulate.agenda import Ends
from jobtree.simulate.job import Job
from jobtree.simulate.scenario import Scenario


def standing_jobs(scenario: Scenario) -> tuple[Job, ...]:
    """Jobs that are under way, by key. Each began when its leases did, and has worked on nothing else before."""
    catalog, history = scenario.catalog, scenario.standing.history
    held: dict[Key, list[Lease]] = {}
    for lease in history.leases:
        held.setdefault(lease.run, []).append(lease)
    known = lives(history)
    return tuple(_job(scenario, key, known[key].start, held[key]) for key in sorted(held) if key in catalog.run_of)


def runs_over(standing: Left) -> frozenset[Key]:
    """Runs that were over before: nothing is asked for any more."""
    over = (State.COMPLETED, State.FAILED)
    return frozenset(key for key, life in lives(standing.history).items() if life.state in over)


def ends_of(jobs: Iterable[Job], since: Instant) -> Iterable[tuple[Instant, Ends]]:
    """When they end if nothing happens to them; what chance would have ended before ends at once."""
    for job in jobs:
        at, end = job.foreseen()
        yield Instant(max(at, since)), Ends(run=job.run.key, end=end, epoch=job.epoch)


def promised(standing: Left) -> Mapping[Key, Instant]:
    """The start that was published for each run."""
    return {promise.run: promise.earliest_start for promise in standing.history.promises}


def _job(scenario: Scenario, key: Key, start: Instant, held: Iterable[Lease]) -> Job:
    leases = tuple(held)
    job = Job(run=scenario.catalog.run_of[key], work=scenario.work(key), arrived=start, stood=True)
    width = {(lease.node, slot) for lease in leases if lease.role is not Role.SPARE for slot in lease.slots}
    job.begin(start, max(lease.interval.end for lease in leases), len(width))
    return job
