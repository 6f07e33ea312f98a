"""One run by itself: where it could sit and who would pay, in room that the caller knows of (semantics.md 5, 6)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from jobtree.base.identity import Domain
from jobtree.base.instant import Instant, Interval
from jobtree.cover.offer import Coverage
from jobtree.ledger.account import Books
from jobtree.model.catalog import Catalog
from jobtree.model.lease import Lease, Payer
from jobtree.model.plan import Placement
from jobtree.model.run import Run
from jobtree.model.topology import Node
from jobtree.plan.component import Situation, empty_draft, mark_windows, rows_of
from jobtree.plan.demand import Demand, Shape, demand
from jobtree.plan.draft import Draft
from jobtree.plan.fit import Widths, earliest, seat_run, seat_unfunded
from jobtree.plan.seat import Seat, Seating
from jobtree.plan.sites import Sites, sites_of
from jobtree.plan.slots import Seated, placements
from jobtree.plan.vacancy import Vacancy


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lone:
    """A run's demand on the nodes that suit it, and the accounts as they stand."""

    demand: Demand
    sites: Sites
    draft: Draft

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Nodes by (domain, name); what is free is given in this order."""
        return self.sites.nodes

    def pays(self, start: Instant) -> bool:
        """Whether its payers could carry the narrowest shape from this instant on, if all nodes were free."""
        return self.seat(start, [node.gpus for node in self.nodes]) is not None

    def first_paid(self, since: Instant) -> Instant | None:
        """The first instant from ``since`` on at which ``pays`` holds. Costs as ``fit.earliest``."""
        draft = self._with([node.gpus for node in self.nodes])
        found = earliest([self.demand], draft, since=since, widths=Widths.NARROWEST) if self.nodes else None
        return None if found is None else found[0].start

    def payable(self, start: Instant) -> frozenset[str]:
        """Nodes on which somebody can pay for a pod from this instant on."""
        purse = self.draft.purse(self.demand, self.demand.interval(start))
        if not purse.tariff.fares:
            return frozenset()
        able = self.demand.open_nodes & purse.payable()
        return frozenset(self.nodes[index].name for index in np.flatnonzero(able).tolist())

    def seat(self, start: Instant, free: Sequence[int], within: frozenset[str] | None = None) -> Seating | None:
        """Paid seats for the narrowest shape, where so many GPUs of each node are free for all its time.

        None too after the latest start, by which it is over before its deadline.
        """
        return self._seat(start, free, self.demand.shapes[-1:], within)

    def seat_widest(self, start: Instant, free: Sequence[int]) -> Seating | None:
        """Paid seats for the widest shape that fits."""
        return self._seat(start, free, self.demand.shapes, None)

    def seat_unpaid(self, start: Instant, free: Sequence[int]) -> Seating | None:
        """Seats for the widest shape that fits, which nobody pays for."""
        nodes = self.demand.idle_nodes
        if start > self.demand.latest or not nodes.any():
            return None
        return seat_unfunded(self.demand, self._with(free), start, nodes)

    def payers(self, start: Instant, leases: Sequence[Lease]) -> tuple[Payer, ...] | None:
        """Who pays for these pods, where they sit, from the instant to their common end; None if not all are paid.

        Each pod gets one payer for all that time, so an offer whose window closes before is none.
        """
        index = {node.name: number for number, node in enumerate(self.nodes)}
        if any(lease.node not in index for lease in leases):
            return None
        seats = [
            Seat(group=place, role=lease.role, node=index[lease.node], pods=1) for place, lease in enumerate(leases)
        ]
        purse = self.draft.purse(self.demand, self.demand.interval(start))
        paid = purse.pay_scarce_first(seats) if purse.tariff.fares else None
        routes = [seat.route for seat in paid or ()]
        found = [route[0].offer.payer for route in routes if len(route) == 1 and route[0].offer is not None]
        return tuple(found) if found and len(found) == len(leases) else None

    def place(self, seating: Seating, leases: Iterable[Lease]) -> Placement:
        """The seats with slots that none of these leases hold."""
        (placed,) = placements([Seated(demand=self.demand, seating=seating, nodes=self.nodes)], leases)
        return placed

    def _seat(
        self, start: Instant, free: Sequence[int], shapes: Sequence[Shape], within: frozenset[str] | None
    ) -> Seating | None:
        if start > self.demand.latest or not self.demand.open_nodes.any():
            return None
        nodes = None if within is None else np.array([node.name in within for node in self.nodes], np.bool_)
        return seat_run(self.demand, self._with(free), start, shapes=shapes, nodes=nodes)

    def _with(self, free: Sequence[int]) -> Draft:
        level = np.array(free, np.int64)
        return replace(self.draft, nodes=Vacancy.of(level, self.draft.sites, since=int(self.draft.accounts.times[0])))


def suitable_sites(catalog: Catalog, run: Run, domains: Collection[Domain] | None = None) -> Sites:
    """The usable nodes that suit a run, of some domains or all, whoever holds them and whoever would pay.

    O(nodes log nodes).
    """
    nodes = (node for node in catalog.nodes if domains is None or node.domain in domains)
    suitable = (node for node in nodes if node.usable and node.flavor == run.flavor)
    return sites_of(node for node in suitable if run.selector.matches(dict(node.labels)))


def lone(catalog: Catalog, run: Run, coverage: Coverage, *, sites: Sites, books: Books, as_of: Instant) -> Lone:
    """Prepares a run on sites that suit it. O(nodes + claims of its accounts)."""
    planning = catalog.fleet.planning
    situation = Situation(
        as_of=as_of,
        horizon=Interval(as_of, Instant(as_of + planning.horizon)),
        spare_rate=planning.spare_rate,
        nodes=catalog.nodes,
        leases=(),
        books=books,
        ends={},
        promises={},
    )
    rows = rows_of([run], {run.key: coverage}, books)
    draft = empty_draft(situation, sites, rows)
    wanted = demand(run, coverage, sites=sites, rows=rows, horizon=situation.horizon)
    mark_windows(draft, [wanted])
    return Lone(demand=wanted, sites=sites, draft=draft)
