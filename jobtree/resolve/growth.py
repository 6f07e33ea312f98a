"""Growth: a running malleable run widens by one step where nobody else needs the GPUs (semantics.md 7)."""

from collections.abc import Iterator
from dataclasses import replace

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.ledger.lives import Life, lives
from jobtree.model.lease import LeaseReason
from jobtree.model.plan import Group, Placement, Plan, Pod, Running
from jobtree.model.run import Run
from jobtree.plan.lone import lone, suitable_sites
from jobtree.plan.slot_times import only
from jobtree.resolve.ground import Ground
from jobtree.resolve.occupancy import occupancy
from jobtree.resolve.room import replaced, room_of, slot_times


def grow(ground: Ground, plan: Plan, *, cut: frozenset[Key]) -> Plan:
    """The plan with one more step for each run that wants one, by rank; those that were just cut do not grow back.

    Nor do those that the edit of a document cannot have touched, and those that are unfunded: a run is funded from its
    lowest group up, so a payer of a group above would pay for nothing. New groups have numbers that the run never
    used, end when the run is expected to, and are paid for all that time. Every reservation of the plan keeps its GPUs
    and its budget. O(slots) for each run that would grow, O(leases + nodes) more where there might be room for it.
    """
    eager = sorted(_eager(ground, plan, cut | ground.kept.runs), key=lambda pair: pair[0].rank)
    if not eager:
        return plan
    known, times = lives(ground.history), slot_times(ground, plan)
    for run, current in eager:
        step = _step(run, current.placement, ground.as_of)
        if step is None or not times.could_seat(step, only(ground.as_of)):
            continue
        wider = _wider(ground, plan, step, current.placement, known[run.key])
        if wider is not None:
            (own,) = (one for one in plan.runs if one.run == run.key)
            plan = replaced(plan, replace(own, decision=Running(placement=wider)))
            times = slot_times(ground, plan)
    return plan


def _eager(ground: Ground, plan: Plan, cut: frozenset[Key]) -> Iterator[tuple[Run, Running]]:
    """Running runs that are funded, and narrower than desired."""
    unfunded = {lease.run for lease in ground.statement.unfunded_at(ground.as_of)}
    for one in plan.runs:
        run = ground.catalog.run_of.get(one.run)
        if run is None or run.elastic is None or not isinstance(one.decision, Running) or one.run in cut | unfunded:
            continue
        if one.decision.placement.width + run.elastic.step <= run.elastic.desired:
            yield run, one.decision


def _wider(ground: Ground, plan: Plan, step: Run, where: Placement, life: Life) -> Placement | None:
    """The run with a step more, in its cluster (or its one domain), but not where others are to be cut."""
    room = room_of(ground, plan)
    prepared = lone(
        ground.catalog,
        step,
        ground.coverages[step.key],
        sites=suitable_sites(ground.catalog, step),
        books=room.books,
        as_of=ground.as_of,
    )
    seen = occupancy(prepared.nodes, room.leases, room.reserved, interval=prepared.demand.interval(ground.as_of))
    domains = {group.domain for group in where.groups}
    clusters = {(domain.region, domain.cluster) for domain in domains}
    contended = {domain for claim in ground.claims for domain in claim.domains}
    near = frozenset(
        node.name
        for node in prepared.nodes
        if (node.domain.region, node.domain.cluster) in clusters
        and (step.spread or node.domain in domains)
        and node.domain not in contended
    )
    seating = prepared.seat(ground.as_of, seen.free(prepared.nodes), near)
    if seating is None:
        return None
    placed = prepared.place(seating, room.everything)
    groups = tuple(_grown(group, life.highest_group + 1) for group in placed.groups)
    return replace(where, width=where.width + placed.width, groups=(*where.groups, *groups))


def _step(run: Run, where: Placement, as_of: Instant) -> Run | None:
    """The step as a run of its own, for the time that is left; its groups are those of a step."""
    left = where.interval.end - as_of
    if run.elastic is None or left <= 0:
        return None
    return replace(
        run,
        total_gpus=run.elastic.step,
        group_gpus=run.group_size,
        elastic=None,
        duration=left,
        deadline=None,
        after=(),
        together=(),
    )


def _grown(group: Group, first: int) -> Group:
    return replace(group, index=first + group.index, pods=tuple(_begun(pod) for pod in group.pods))


def _begun(pod: Pod) -> Pod:
    head, *rest = pod.terms
    return replace(pod, terms=(replace(head, reason=LeaseReason.GROW), *rest))
