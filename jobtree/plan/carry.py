"""What history holds, carried into the plan: leases are facts, and are never planned again (semantics.md 3 and 4)."""

from collections.abc import Iterable, Mapping, Sequence

from jobtree.base.identity import Domain, Key
from jobtree.base.instant import Instant, Interval, format_instant
from jobtree.model.history import History
from jobtree.model.lease import Lease, Role
from jobtree.model.plan import Decision, Finished, Group, Placement, Pod, Reason, Running, RunPlan, Term
from jobtree.model.topology import Node

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


def carried(history: History, nodes: Iterable[Node], *, as_of: Instant) -> tuple[RunPlan, ...]:
    """Runs that an earlier plan started, by key: JT516 while they last, JT517 once over.

    A domain is a fact too: a node that was moved or removed since keeps the one that it had, as far as that is known.
    """
    domains = {node.name: node.domain for node in nodes} | dict(history.domains)
    return tuple(_carried(key, own, domains, as_of) for key, own in by_run(history.leases).items())


def placement(leases: Sequence[Lease], domains: Mapping[str, Domain]) -> Placement:
    """The placement that a run's leases describe; a node that is gone has its group's domain, or an empty one."""
    pods: dict[int, dict[tuple[Role, int], list[Lease]]] = {}
    for lease in sorted(leases, key=_pod_order):
        pods.setdefault(lease.group, {}).setdefault((lease.role, lease.rank), []).append(lease)
    groups = tuple(_group(index, list(own.values()), domains) for index, own in pods.items())
    active = (pod for group in groups for pod in group.pods if pod.role is not Role.SPARE)
    return Placement(interval=span(leases), width=sum(len(pod.slots) for pod in active), groups=groups)


def _carried(key: Key, leases: Sequence[Lease], domains: Mapping[str, Domain], as_of: Instant) -> RunPlan:
    where = placement(leases, domains)
    decision: Decision
    if where.interval.end <= as_of:
        decision = Finished(placement=where)
        reason = Reason(
            code="JT517",
            message=f"finished at {format_instant(where.interval.end)}",
            facts={"end": format_instant(where.interval.end)},
        )
    else:
        decision = Running(placement=where)
        reason = Reason(
            code="JT516",
            message=f"running since {format_instant(where.interval.start)}",
            facts={"since": format_instant(where.interval.start), "expectedEnd": format_instant(where.interval.end)},
        )
    return RunPlan(run=key, owner=leases[0].owner, decision=decision, reason=reason)


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
