"""What history holds, carried into the plan: leases are facts, and are never planned again (semantics.md 3 and 4)."""

from collections.abc import Container, Iterable, Mapping, Sequence

from jobtree.base.identity import Domain, Key, Owner
from jobtree.base.instant import Instant, Interval, format_instant
from jobtree.base.words import count
from jobtree.ledger.lives import Life, State, lives
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.lease import Lease, Role, lease_order
from jobtree.model.plan import Finished, Group, Placement, Plan, Pod, Reason, Running, RunPlan, Start, Term

NOWHERE = Domain("", "", "")


def by_run(leases: Iterable[Lease]) -> Mapping[Key, tuple[Lease, ...]]:
    """Leases of each run, runs by key, in (group, role, rank, start) order, active pods before spares."""
    found: dict[Key, list[Lease]] = {}
    for lease in sorted(leases, key=lambda lease: lease.run):
        found.setdefault(lease.run, []).append(lease)
    return {key: tuple(sorted(own, key=_pod_order)) for key, own in found.items()}


def span(leases: Sequence[Lease]) -> Interval:
    """From the first start to the last expected end."""
    return Interval(min(lease.interval.start for lease in leases), max(lease.interval.end for lease in leases))


def carried(catalog: Catalog, history: History, *, started: Container[Key]) -> tuple[RunPlan, ...]:
    """Runs that have leases or are over, by key: JT516 while they last, JT517 completed, JT518 failed.

    ``started`` are those that this very plan has begun: they start now, with JT519. A domain is a fact too: a node that
    was moved or removed since keeps the one that it had, as far as that is known.
    """
    domains = {node.name: node.domain for node in catalog.nodes} | dict(history.domains)
    leases = by_run(history.leases)
    found = []
    for key, life in lives(history).items():
        if life.state is State.RUNNING:
            found.append(_running(life, leases[key], domains, begins=key in started))
        elif life.state in (State.COMPLETED, State.FAILED) and key in catalog.run_of:
            found.append(_finished(life, catalog))
    return tuple(found)


def leases_of(run: Key, owner: Owner, placement: Placement) -> tuple[Lease, ...]:
    """One lease for each pod and term, sorted by (group, role, rank, start)."""
    found = [
        Lease(
            run=run,
            owner=owner,
            group=group.index,
            rank=pod.rank,
            role=pod.role,
            node=pod.node,
            slots=pod.slots,
            payer=term.payer,
            interval=term.interval,
            reason=term.reason,
        )
        for group in placement.groups
        for pod in group.pods
        for term in pod.terms
    ]
    return tuple(sorted(found, key=lambda lease: (lease.group, lease.role, lease.rank, lease.interval.start)))


def open_leases(plan: Plan) -> tuple[Lease, ...]:
    """All leases of a plan that runs hold with it, in their order."""
    leases = (
        lease
        for one in plan.runs
        if isinstance(one.decision, Running | Start)
        for lease in leases_of(one.run, one.owner, one.decision.placement)
    )
    return tuple(sorted(leases, key=lease_order))


def placement(leases: Sequence[Lease], domains: Mapping[str, Domain], start: Instant | None = None) -> Placement:
    """The placement that a run's leases describe; a node that is gone has its group's domain, or an empty one.

    ``start`` is when the run began, if that was before all of these leases.
    """
    pods: dict[int, dict[tuple[Role, int], list[Lease]]] = {}
    for lease in sorted(leases, key=_pod_order):
        pods.setdefault(lease.group, {}).setdefault((lease.role, lease.rank), []).append(lease)
    groups = tuple(_group(index, list(own.values()), domains) for index, own in pods.items())
    active = (pod for group in groups for pod in group.pods if pod.role is not Role.SPARE)
    held = span(leases)
    interval = held if start is None else Interval(start, held.end)
    return Placement(interval=interval, width=sum(len(pod.slots) for pod in active), groups=groups)


def _running(life: Life, leases: Sequence[Lease], domains: Mapping[str, Domain], *, begins: bool) -> RunPlan:
    where = placement(leases, domains, life.start)
    since, until = format_instant(life.start), format_instant(where.interval.end)
    if begins:
        nodes = {pod.node for group in where.groups for pod in group.pods}
        message = f"starts now on {count(where.width, 'GPU')} of {count(len(nodes), 'node')}, as its claim comes first"
        reason = Reason(code="JT519", message=message, facts={"gpus": where.width, "nodes": len(nodes)})
        return RunPlan(run=life.run, owner=leases[0].owner, decision=Start(placement=where), reason=reason)
    reason = Reason(code="JT516", message=f"running since {since}", facts={"since": since, "expectedEnd": until})
    return RunPlan(run=life.run, owner=leases[0].owner, decision=Running(placement=where), reason=reason)


def _finished(life: Life, catalog: Catalog) -> RunPlan:
    end, succeeded = format_instant(life.end), life.state is State.COMPLETED
    code, word = ("JT517", "finished") if succeeded else ("JT518", "failed")
    reason = Reason(code=code, message=f"{word} at {end}", facts={"end": end})
    decision = Finished(interval=Interval(life.start, life.end), succeeded=succeeded)
    return RunPlan(run=life.run, owner=catalog.run_of[life.run].owner, decision=decision, reason=reason)


def _group(index: int, pods: Sequence[Sequence[Lease]], domains: Mapping[str, Domain]) -> Group:
    known = [domains[terms[0].node] for terms in pods if terms[0].node in domains]
    return Group(index=index, domain=known[0] if known else NOWHERE, pods=tuple(_pod(terms) for terms in pods))


def _pod(terms: Sequence[Lease]) -> Pod:
    first = terms[0]
    return Pod(
        rank=first.rank,
        role=first.role,
        node=first.node,
        slots=first.slots,
        terms=tuple(Term(interval=term.interval, payer=term.payer, reason=term.reason) for term in terms),
    )


def _pod_order(lease: Lease) -> tuple[int, bool, int, Instant]:
    return (lease.group, lease.role is Role.SPARE, lease.rank, lease.interval.start)
