"""What stands before a plan is made: which runs have started, which are pending, what is held and promised."""

from collections.abc import Container, Sequence

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval
from jobtree.ledger.account import Books
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.run import Run
from jobtree.plan.carry import by_run, span
from jobtree.plan.component import Situation
from jobtree.plan.unit import join


def situation(catalog: Catalog, history: History, books: Books, *, as_of: Instant) -> Situation:
    """Facts and promises of history. Promises of runs that have started or are gone bind nobody."""
    planning = catalog.fleet.planning
    started = by_run(history.leases)
    return Situation(
        as_of=as_of,
        horizon=Interval(as_of, Instant(as_of + planning.horizon)),
        spare_rate=planning.spare_rate,
        nodes=catalog.nodes,
        leases=tuple(lease for lease in history.leases if lease.interval.end > as_of),
        books=books,
        ends={key: span(leases).end for key, leases in started.items()},
        promises={
            promise.run: promise
            for promise in history.promises
            if promise.run in catalog.run_of and promise.run not in started
        },
        left_behind=_left_behind(catalog, started.keys()),
    )


def pending(catalog: Catalog, facts: Situation) -> Sequence[Run]:
    """Runs that have no lease, by key."""
    return [run for run in catalog.runs if run.key not in facts.ends]


def _left_behind(catalog: Catalog, started: Container[Key]) -> frozenset[Key]:
    pairs = [(run.key, other) for run in catalog.runs for other in run.together]
    together = join([run.key for run in catalog.runs], pairs)
    return frozenset(key for part in together if any(other in started for other in part) for key in part)
