"""Who sits where, when: domains, nodes, and leases as spans (what the pods of a group share) and pods."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.identity import Domain, Key
from jobtree.base.instant import Instant
from jobtree.model.catalog import Catalog
from jobtree.report.facts import NOWHERE, Facts, Stay, domains_of_nodes
from jobtree.report.names import Names, Table, table

SPANS = ("run", "group", "role", "payer", "start", "end", "reason", "closed", "kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """``domain_number`` finds a row of ``domains``; instants are seconds from the plan's; ``left_out`` are leases."""

    domains: Table
    nodes: Table
    slots: list[list[int]]
    spans: Table
    pods: Table
    domain_number: Mapping[Domain, int]
    left_out: int


def seats_of(facts: Facts, stays: Sequence[Stay], runs: Mapping[Key, int], names: Names) -> Seats:
    """Leases that ended before the page begins are left out, and counted. O(leases)."""
    shown = [stay for stay in stays if stay.lease.interval.end > facts.shown_from]
    where = domains_of_nodes(facts)
    rows = _nodes(facts.catalog, shown, where)
    domains = sorted({domain for domain, *_ in rows})
    number = {domain: at for at, domain in enumerate(domains)}
    node_number = {name: at for at, (_, name, *_) in enumerate(rows)}
    spans, pods, slots = _spans(shown, facts.plan.as_of, runs, node_number, names)
    return Seats(
        domains=_domains(domains, rows, names),
        nodes=table(
            ("name", "domain", "gpus", "flavor", "usable"),
            [
                (names.of(name), number[domain], gpus, names.of(flavor), int(usable))
                for domain, name, gpus, flavor, usable in rows
            ],
        ),
        slots=slots,
        spans=spans,
        pods=pods,
        domain_number=number,
        left_out=len(stays) - len(shown),
    )


NodeRow = tuple[Domain, str, int, str, bool]


def _nodes(catalog: Catalog, shown: Iterable[Stay], where: Mapping[str, Domain]) -> list[NodeRow]:
    """Nodes of the inputs, and those that only leases know, as large as their last slot says."""
    known = {node.name for node in catalog.nodes}
    gone: dict[str, int] = {}
    for stay in shown:
        node = stay.lease.node
        if node not in known:
            gone[node] = max(gone.get(node, 0), *(slot + 1 for slot in (0, *stay.lease.slots)))
    rows = [(node.domain, node.name, node.gpus, node.flavor, node.usable) for node in catalog.nodes]
    rows += [(where.get(node, NOWHERE), node, gpus, "", False) for node, gpus in gone.items()]
    return sorted(rows)


def _domains(domains: Iterable[Domain], rows: Iterable[NodeRow], names: Names) -> Table:
    gpus: dict[Domain, int] = {}
    for domain, _, count, _, usable in rows:
        gpus[domain] = gpus.get(domain, 0) + (count if usable else 0)
    return table(
        ("region", "cluster", "fabric", "gpus"),
        [(names.of(one.region), names.of(one.cluster), names.of(one.fabric), gpus[one]) for one in domains],
    )


def _spans(
    shown: Sequence[Stay], as_of: Instant, runs: Mapping[Key, int], nodes: Mapping[str, int], names: Names
) -> tuple[Table, Table, list[list[int]]]:
    spans: dict[tuple[object, ...], int] = {}
    slots: dict[tuple[int, ...], int] = {}
    pods = []
    for stay in shown:
        lease = stay.lease
        span = (
            runs[lease.run],
            lease.group,
            names.of(lease.role.value),
            names.of(lease.payer.envelope) if lease.payer else -1,
            lease.interval.start - as_of,
            lease.interval.end - as_of,
            names.of(lease.reason.value),
            names.of(stay.closed) if stay.closed else -1,
            stay.kind,
        )
        number = spans.setdefault(span, len(spans))
        held = slots.setdefault(lease.slots, len(slots))
        pods.append((number, lease.rank, nodes[lease.node], held))
    return table(SPANS, spans), table(("span", "rank", "node", "slots"), pods), [list(one) for one in slots]
