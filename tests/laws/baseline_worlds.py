"""What stands, for policies of others: ground on small fleets, and what a next compile finds when runs ended early."""

from collections.abc import Collection
from dataclasses import replace

from hypothesis import strategies as st

from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.instant import Instant
from jobtree.cover.cover import cover_all
from jobtree.ledger.settle import close, settle
from jobtree.model.budget import Budget, Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.lease import ClosedLease, Closure, ClosureReason
from jobtree.model.plan import Plan, Reserve, Start
from jobtree.model.reservation import Promise
from jobtree.model.run import Funding, Run
from jobtree.model.selector import Selector
from jobtree.plan.carry import open_leases
from jobtree.resolve.ground import Ground
from tests.laws.plan_fleets import fleets, machines
from tests.unit.plan.fleets import FLAVOR, HOUR, NOW, NoSolver, catalog


def ground_of(fleet: Catalog, history: History | None = None, as_of: Instant = NOW) -> Ground:
    """Ground without contention, entropy or kept parts."""
    return Ground(
        catalog=fleet,
        history=history or History(),
        as_of=as_of,
        coverages=cover_all(fleet, as_of=as_of),
        solver=NoSolver(),
        input_digest="",
    )


def after(fleet: Catalog, made: Plan, as_of: Instant, over: Collection[Key] = ()) -> History:
    """What the next compile finds: starts are leases, reservations are promises, and runs that are ``over`` ended."""
    promises = [
        Promise(
            run=one.run,
            earliest_start=one.decision.placement.interval.start,
            width=one.decision.placement.width,
            nodes=tuple(sorted({pod.node for group in one.decision.placement.groups for pod in group.pods})),
        )
        for one in made.runs
        if isinstance(one.decision, Reserve)
    ]
    history = History(leases=open_leases(made), promises=tuple(promises), past=made.closures)
    ended = Closure(time=as_of, reason=ClosureReason.COMPLETED)
    closing = [ClosedLease(lease=lease, closure=ended) for lease in history.leases if lease.run in over]
    return settle(fleet, close(history, closing), as_of=as_of)


def starts(made: Plan) -> dict[Key, Instant]:
    """When runs start that the plan starts or reserves."""
    return {
        one.run: one.decision.placement.interval.start for one in made.runs if isinstance(one.decision, Start | Reserve)
    }


def begun(made: Plan) -> set[Key]:
    """Runs that start now."""
    return {one.run for one in made.runs if isinstance(one.decision, Start)}


@st.composite
def queues(draw: st.DrawFn, most: int = 7) -> Catalog:
    """Fleets whose runs came in an order of their own, not that of their keys."""
    fleet = draw(fleets(most=most))
    order = draw(st.permutations(range(len(fleet.runs))))
    runs = [replace(run, admitted=Instant(NOW - HOUR + place)) for run, place in zip(fleet.runs, order, strict=True)]
    return catalog(fleet.nodes, fleet.budgets, runs)


def plain(fleet: Catalog) -> Catalog:
    """The same fleet where nobody waits for another, starts with another, or starts unpaid."""
    runs = [
        replace(run, after=(), together=(), funding=replace(run.funding, allow_opportunistic=False))
        for run in fleet.runs
    ]
    return catalog(fleet.nodes, fleet.budgets, runs)


def of_one_purse(fleet: Catalog) -> Catalog:
    """The same fleet where each owner has one envelope and nobody else's."""
    budgets = [replace(one, parents=(), envelopes=one.envelopes[:1], caps=()) for one in fleet.budgets]
    runs = [replace(run, funding=Funding(allow_opportunistic=run.funding.allow_opportunistic)) for run in fleet.runs]
    return catalog(fleet.nodes, budgets, runs)


@st.composite
def cohorts(draw: st.DrawFn) -> Catalog:
    """A family of up to three teams, of whom some lend to nobody, and a stranger; more runs than machines."""
    teams = ("p", "q", "s", "x")
    budgets = []
    for team in teams:
        envelope = Envelope(
            key=EnvelopeKey(team, "b", "e"),
            owner=Owner(f"org:{team}"),
            flavor=FLAVOR,
            selector=Selector((("region", "r"),)),
            concurrency=draw(st.sampled_from([2, 4, 6, 8])),
            shared_with_family=draw(st.sampled_from([True, True, False])),
        )
        parents = (Owner("org:p"),) if team in ("q", "s") else ()
        budgets.append(Budget(key=Key(team, "b"), owner=envelope.owner, parents=parents, envelopes=(envelope,)))
    runs = [draw(_asked(index, teams)) for index in range(draw(st.integers(1, 10)))]
    return catalog(draw(machines()), budgets, runs)


@st.composite
def _asked(draw: st.DrawFn, index: int, teams: tuple[str, ...]) -> Run:
    team = draw(st.sampled_from(teams))
    return Run(
        key=Key(team, f"r{index}"),
        owner=Owner(f"org:{team}"),
        flavor=FLAVOR,
        total_gpus=draw(st.integers(1, 6)),
        gpus_per_pod=1,
        duration=draw(st.integers(1, 5)) * HOUR,
        admitted=Instant(NOW - HOUR + draw(st.integers(0, 5 * HOUR))),
    )
