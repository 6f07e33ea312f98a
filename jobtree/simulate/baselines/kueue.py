"""Kueue-rules model: a policy that follows what Kueue documents, on jobtree's inputs.

It is a model of rules, not Kueue: ``kueue_quota`` says how budgets are read, ``kueue_floor`` how pods are placed,
``kueue_cycle`` who is admitted and preempted. It has no GPU-hours, no windows, no caps over several envelopes, no
reservations, no ends of runs, no sponsors, no deadlines, no priorities, no fair sharing, no partial admission; a run's
``after`` counts as "not submitted yet", and its ``with`` set as the pod sets of one Workload.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from jobtree.base.identity import Key, Owner
from jobtree.base.instant import ALWAYS, Instant, Interval
from jobtree.base.progress import Progress
from jobtree.base.words import count
from jobtree.cover.offer import Offer, Tier
from jobtree.ledger.lives import Life, State, lives
from jobtree.ledger.settle import close
from jobtree.model.contention import Cut, CutKind
from jobtree.model.history import History
from jobtree.model.lease import ClosedLease, Closure, ClosureReason, FundingClass
from jobtree.model.plan import Plan, Proof, Reason, Refuse, RunPlan, Start
from jobtree.plan.carry import by_run, carried
from jobtree.plan.seat import Leg, Seat, Seating
from jobtree.plan.slots import Seated, placements
from jobtree.plan.unit import Unit, units_of
from jobtree.resolve.ground import Ground
from jobtree.simulate.baselines.kueue_cycle import Admitted, Cycle, Part, Preemption, Settings, shares_of
from jobtree.simulate.baselines.kueue_floor import Floor, floor_of
from jobtree.simulate.baselines.kueue_quota import (
    ClusterQueue,
    Quota,
    Usage,
    cluster_queues,
    flavor_of,
    queue_of,
)
from jobtree.simulate.baselines.queue import Policy

NAME = "kueue-rules"


def kueue(settings: Settings) -> Policy:
    """The policy with these settings of all its ClusterQueues."""

    def policy(ground: Ground, progress: Progress) -> Plan:
        progress(f"planning: {NAME}")
        return _planned(ground, settings)

    return policy


kueue_rules = kueue(Settings())
"""BestEffortFIFO, reclaimWithinCohort Any, no borrowingLimit."""


def _planned(ground: Ground, settings: Settings) -> Plan:
    catalog, as_of = ground.catalog, ground.as_of
    horizon = Interval(as_of, Instant(as_of + catalog.fleet.planning.horizon))
    queues, known = cluster_queues(catalog), lives(ground.history)
    floor = floor_of(catalog, ground.history.leases, horizon)
    running = _running(ground, queues, known)
    usage = Usage(queues=queues, borrowing_limit=settings.borrowing_limit)
    for one in running:
        for flavor, gpus in one.shares:
            usage.add(one.queue, flavor, gpus)
    cycle = Cycle(settings=settings, usage=usage, floor=floor, running=running)
    cycle.run(_waiting(ground, known))
    history = close(ground.history, _closures(cycle.preemptions, as_of))
    begun = _begun(cycle, floor, history)
    started = {plan.run for plan in begun}
    plans = [*begun, *carried(catalog, history, started=())]
    settled = started | {plan.run for plan in plans}
    waits = [_waits(run.key, run.owner, run.total_gpus, queues) for run in catalog.runs if run.key not in settled]
    return Plan(
        as_of=as_of,
        horizon=horizon,
        runs=tuple(sorted((*plans, *waits), key=lambda plan: plan.run)),
        proof=Proof(status="bounded", solver=NAME, solver_version="", limits=(), levels=()),
        closures=history.closures,
        cuts=tuple(cut for one in cycle.preemptions for cut in _cuts(one)),
        observed=history.observed,
    )


def _running(ground: Ground, queues: Mapping[Owner, ClusterQueue], known: Mapping[Key, Life]) -> list[Admitted]:
    """Workloads that hold leases: runs that must start together are one."""
    leases = by_run(lease for lease in ground.history.leases if lease.interval.holds(ground.as_of))
    held = [run for run in ground.catalog.runs if run.key in leases]
    found = []
    for unit in units_of(held, ground.catalog.runs):
        own = tuple(lease for run in unit.runs for lease in leases[run.key])
        found.append(
            Admitted(
                name=unit.key,
                queue=queue_of(own[0]),
                since=max(known[run.key].start for run in unit.runs),
                leases=own,
                shares=shares_of((lease, flavor_of(lease, ground.catalog, queues)) for lease in own),
            )
        )
    return found


def _waiting(ground: Ground, known: Mapping[Key, Life]) -> Mapping[Owner, Sequence[Unit]]:
    """Each queue's pending workloads whose upstreams have completed, oldest first: a preempted one keeps its place."""
    over = {key for key, life in known.items() if life.state is State.COMPLETED}
    settled = {key for key, life in known.items() if life.state is not State.PENDING}
    runs = [run for run in ground.catalog.runs if run.key not in settled]
    found: dict[Owner, list[Unit]] = {}
    for unit in units_of(runs, ground.catalog.runs):
        if not unit.contradictory and all(key in over for key in unit.upstreams):
            found.setdefault(unit.runs[0].owner, []).append(unit)
    return {owner: sorted(own, key=lambda unit: min(run.rank for run in unit.runs)) for owner, own in found.items()}


def _begun(cycle: Cycle, floor: Floor, history: History) -> list[RunPlan]:
    """Starts of everything that was admitted, with slots that nobody holds."""
    parts = [part for one in cycle.running for part in one.parts]
    start = floor.horizon.start
    seated = [
        Seated(
            demand=floor.demand(part.run),
            seating=Seating(start=start, width=part.run.total_gpus, seats=_paid(part, floor)),
            nodes=floor.sites.nodes,
        )
        for part in parts
    ]
    found = []
    for part, place in zip(parts, placements(seated, history.leases), strict=True):
        message = f"admitted on {count(place.width, 'GPU')}"
        reason = Reason(code="JT510", message=message, facts={"gpus": place.width})
        decision = Start(placement=place)
        found.append(RunPlan(run=part.run.key, owner=part.run.owner, decision=decision, reason=reason))
    return found


def _paid(part: Part, floor: Floor) -> tuple[Seat, ...]:
    """The same seats with the quota's envelope as the payer of all their time."""
    interval = floor.demand(part.run).interval(floor.horizon.start)
    leg = Leg(offer=_offer(part.quota), charges=(), interval=interval)
    return tuple(replace(seat, route=(leg,)) for seat in part.seats)


def _offer(quota: Quota) -> Offer | None:
    if quota.payer is None:
        return None
    return Offer(
        payer=quota.payer,
        tier=Tier.OWN,
        funding=FundingClass.OWNED,
        selector=quota.flavor[1],
        window=ALWAYS,
        charges=(),
    )


def _closures(preemptions: Sequence[Preemption], now: Instant) -> list[ClosedLease]:
    """A preempted workload loses all its leases: what it held was above its queue's quota, and is reclaimed."""
    closure = Closure(time=now, reason=ClosureReason.RECLAIM_UNFUNDED)
    return [
        ClosedLease(lease=lease, closure=closure)
        for one in preemptions
        for target in one.targets
        for lease in target.leases
    ]


def _cuts(preemption: Preemption) -> list[Cut]:
    return [
        Cut(
            unit=str(target.name),
            runs=tuple(sorted({lease.run for lease in target.leases})),
            kind=CutKind.RECLAIM_UNFUNDED,
            gpus=sum(len(lease.slots) for lease in target.leases),
            claim=preemption.claim.key,
        )
        for target in preemption.targets
    ]


def _waits(run: Key, owner: Owner, gpus: int, queues: Mapping[Owner, ClusterQueue]) -> RunPlan:
    reason = Reason(code="JT511", message="waits in its queue: it does not fit what is free now", facts={"need": gpus})
    if owner not in queues:
        reason = Reason(code="JT401", message=f"no envelope makes a queue for {owner}", facts={"need": gpus})
    return RunPlan(run=run, owner=owner, decision=Refuse(), reason=reason)
