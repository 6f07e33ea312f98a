"""What stands before a plan is made: which runs have started, which are pending, what is held and promised."""

from collections.abc import Container, Iterator, Mapping, Sequence

from jobtree.base.identity import Domain, Key
from jobtree.base.instant import Instant, Interval
from jobtree.ledger.account import Books
from jobtree.ledger.lives import State, lives
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.lease import Lease
from jobtree.model.run import Run
from jobtree.plan.component import Situation
from jobtree.plan.standing import Claim, Hold
from jobtree.plan.unit import join


def situation(
    catalog: Catalog, history: History, books: Books, *, as_of: Instant, claims: Sequence[Claim] = ()
) -> Situation:
    """Facts and promises of history. Promises of runs that have started or are gone bind nobody.

    ``claims`` are reservations that stand already: room is held for them, and their runs are not planned again.
    """
    planning = catalog.fleet.planning
    known = lives(history)
    ahead = {claim.plan.run: claim.placement.interval.end for claim in claims}
    over = (State.RUNNING, State.COMPLETED)
    ends = {key: life.end for key, life in known.items() if life.state in over}
    settled = {key for key, life in known.items() if life.state is not State.PENDING} | ahead.keys()
    return Situation(
        as_of=as_of,
        horizon=Interval(as_of, Instant(as_of + planning.horizon)),
        spare_rate=planning.spare_rate,
        nodes=catalog.nodes,
        leases=history.leases,
        holds=tuple(hold for claim in claims for hold in claim.holds),
        pledged=tuple(_pledged(claims, history.leases)),
        contended=_contended(claims),
        books=books,
        ends=ends | ahead,
        promises={
            promise.run: promise
            for promise in history.promises
            if promise.run in catalog.run_of and promise.run not in settled
        },
        settled=frozenset(settled),
        left_behind=_left_behind(catalog, known.keys()),
    )


def _pledged(claims: Sequence[Claim], leases: Sequence[Lease]) -> Iterator[Hold]:
    """Slots on which standing reservations are meant to sit, from their starts or from when leases leave them."""
    meant = [
        (pod, claim.placement.interval) for claim in claims for group in claim.placement.groups for pod in group.pods
    ]
    taken = {(pod.node, slot) for pod, _ in meant for slot in pod.slots}
    free: dict[tuple[str, int], Instant] = {}
    for lease in leases if taken else ():
        for place in ((lease.node, slot) for slot in lease.slots):
            if place in taken:
                free[place] = max(free.get(place, lease.interval.end), lease.interval.end)
    for pod, interval in meant:
        for slot in pod.slots:
            start = max(interval.start, free.get((pod.node, slot), interval.start))
            if start < interval.end:
                yield Hold(node=pod.node, slots=(slot,), interval=Interval(start, interval.end))


def _contended(claims: Sequence[Claim]) -> Mapping[Domain, Instant]:
    first: dict[Domain, Instant] = {}
    for claim in claims:
        for domain in sorted(claim.domains):
            start = claim.placement.interval.start
            first[domain] = min(first.get(domain, start), start)
    return first


def pending(catalog: Catalog, facts: Situation) -> Sequence[Run]:
    """Runs that neither hold leases, nor are over, nor have a reservation that stands already; by key."""
    return [run for run in catalog.runs if run.key not in facts.settled]


def _left_behind(catalog: Catalog, started: Container[Key]) -> frozenset[Key]:
    """Runs that never started although their ``with`` set did; one that lost its leases starts again alone."""
    pairs = [(run.key, other) for run in catalog.runs for other in run.together]
    together = join([run.key for run in catalog.runs], pairs)
    halved = [part for part in together if any(other in started for other in part)]
    return frozenset(key for part in halved for key in part if key not in started)
