"""Components: runs that share nodes, accounts or instants are planned together, all others apart (semantics.md 7)."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeVar

import numpy as np

from jobtree.base.identity import Domain, Key
from jobtree.base.instant import Instant, Interval
from jobtree.cover.offer import Coverage
from jobtree.ledger.account import AccountLabel, Books
from jobtree.ledger.charging import quota_charges
from jobtree.model.lease import Lease, Role
from jobtree.model.reservation import Promise
from jobtree.model.run import Run
from jobtree.model.topology import Node
from jobtree.plan.arrays import NODE_LEVEL, UNLIMITED
from jobtree.plan.demand import Demand, demand
from jobtree.plan.draft import Draft
from jobtree.plan.nodeclass import NodeClass
from jobtree.plan.profile import Profile
from jobtree.plan.sites import Sites, sites_of
from jobtree.plan.standing import Hold
from jobtree.plan.unit import Unit, join, units_of
from jobtree.plan.usable import Sharing, usable_classes
from jobtree.plan.vacancy import Vacancy

Name = TypeVar("Name", Domain, Key)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What stands before a plan is made. ``ends``: expected ends of runs that have started, fixed facts.

    ``leases`` hold their slots and ``holds`` keep room for reservations that stand, of which ``pledged`` is what they
    are meant to sit on; ``books`` hold what both use of the accounts. ``contended``: domains, with the instant at which
    others are cut there. ``settled`` runs are not planned. ``left_behind``: runs whose ``with`` set has started without
    them.
    """

    as_of: Instant
    horizon: Interval
    spare_rate: Fraction
    nodes: tuple[Node, ...]
    leases: tuple[Lease, ...]
    holds: tuple[Hold, ...] = ()
    pledged: tuple[Hold, ...] = ()
    books: Books
    ends: Mapping[Key, Instant]
    promises: Mapping[Key, Promise]
    contended: Mapping[Domain, Instant] = field(default_factory=dict)
    settled: frozenset[Key] = frozenset()
    left_behind: frozenset[Key] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Component:
    """Units that are planned together, what their runs ask for, and the draft that they start from.

    ``rows`` numbers the limited accounts.
    """

    situation: Situation
    units: tuple[Unit, ...]
    demands: Mapping[Key, Demand]
    sites: Sites
    rows: Mapping[AccountLabel, int]
    empty: Draft

    @property
    def key(self) -> Key:
        """The first key of its runs."""
        return self.units[0].key

    def asks_as(self, other: "Component") -> bool:
        """Whether it asks what another of the same catalog asked: the same units, on as much of everything.

        O(nodes x event times).
        """
        domains, upstreams = set(self.sites.domains), {key for unit in self.units for key in unit.upstreams}
        runs = set(self.demands)
        mine, its = self.situation, other.situation
        return (
            self.units == other.units
            and self.empty.equals(other.empty)
            and _among(mine.contended, domains) == _among(its.contended, domains)
            and _among(mine.promises, runs) == _among(its.promises, runs)
            and _among(mine.ends, upstreams) == _among(its.ends, upstreams)
            and mine.left_behind & runs == its.left_behind & runs
            and _on(mine, self.sites) == _on(its, other.sites)
        )

    def demands_of(self, unit: Unit) -> tuple[Demand, ...]:
        """The demands of a unit's runs, by key."""
        return tuple(self.demands[run.key] for run in unit.runs)

    def end_of(self, key: Key, draft: Draft) -> Instant | None:
        """The expected end of a run that has started or is seated in the draft."""
        if key in draft.seatings:
            return self.demands[key].interval(draft.seatings[key].start).end
        return self.situation.ends.get(key)

    def release(self, unit: Unit, draft: Draft) -> Instant | None:
        """The first instant its upstreams allow, or None while one of them has no end (semantics.md 9)."""
        if unit.contradictory or any(run.key in self.situation.left_behind for run in unit.runs):
            return None
        ends = [self.end_of(key, draft) for key in unit.upstreams]
        if any(end is None for end in ends):
            return None
        return max([self.situation.as_of, *(end for end in ends if end is not None)])


def _among(found: Mapping[Name, Value], names: Container[Name]) -> Mapping[Name, Value]:
    return {name: value for name, value in found.items() if name in names}


def _on(situation: Situation, sites: Sites) -> tuple[list[Lease], list[Hold], list[Hold]]:
    """What holds slots, and is to hold them, on the nodes of the sites."""
    nodes = {node.name for node in sites.nodes}
    return (
        [lease for lease in situation.leases if lease.node in nodes],
        [hold for hold in situation.holds if hold.node in nodes],
        [hold for hold in situation.pledged if hold.node in nodes],
    )


def components(
    situation: Situation,
    runs: Sequence[Run],
    coverages: Mapping[Key, Coverage],
    classes: Sequence[NodeClass],
    *,
    links: Sequence[Run],
) -> tuple[Component, ...]:
    """Splits pending runs, in order of their first keys. A component sees only nodes that its runs may use.

    ``links`` are all runs: those that have begun or are over may still hold a ``with`` set together.
    """
    usable = usable_classes(runs, coverages, classes)
    units = units_of(runs, links)
    unit_of = {run.key: unit for unit in units for run in unit.runs}
    parts = join([unit.key for unit in units], _ties(runs, coverages, usable, unit_of))
    return tuple(
        _component(situation, [unit_of[key] for key in part], coverages, [classes[index] for index in indices])
        for part in parts
        for indices in [sorted({index for key in part for run in unit_of[key].runs for index in usable[run.key]})]
    )


def _ties(
    runs: Sequence[Run],
    coverages: Mapping[Key, Coverage],
    usable: Mapping[Key, tuple[int, ...]],
    unit_of: Mapping[Key, Unit],
) -> Iterable[tuple[Key, Key]]:
    """Pairs of units that share a class of nodes, an account, or a dependency."""
    sharing = Sharing()
    for run in runs:
        own = unit_of[run.key].key
        yield from sharing.ties(own, usable[run.key], labels_of(run, coverages[run.key]))
        for upstream in run.after:
            if upstream in unit_of:
                yield unit_of[upstream].key, own


def _component(
    situation: Situation, units: Sequence[Unit], coverages: Mapping[Key, Coverage], classes: Sequence[NodeClass]
) -> Component:
    sites = sites_of(node for kind in classes for node in kind.nodes)
    runs = [run for unit in units for run in unit.runs]
    rows = rows_of(runs, coverages, situation.books)
    empty = empty_draft(situation, sites, rows)
    demands = {
        run.key: demand(run, coverages[run.key], sites=sites, rows=rows, horizon=situation.horizon) for run in runs
    }
    mark_windows(empty, demands.values())
    return Component(situation=situation, units=tuple(units), demands=demands, sites=sites, rows=rows, empty=empty)


def mark_windows(draft: Draft, demands: Iterable[Demand]) -> None:
    """Makes the bounds of all payers' windows event times: what can be paid may change there."""
    for wanted in demands:
        for bid in wanted.bids:
            for bound in (bid.offer.window.start, bid.offer.window.end):
                if bound is not None:
                    draft.accounts.mark(bound)


def _is_guest(lease: Lease, slot: int, spared: Mapping[tuple[str, int], Instant]) -> bool:
    """Whether a spare holds the slot for all the time that the lease does."""
    until = spared.get((lease.node, slot))
    return lease.role is Role.OPPORTUNISTIC and until is not None and lease.interval.end <= until


def rows_of(runs: Iterable[Run], coverages: Mapping[Key, Coverage], books: Books) -> Mapping[AccountLabel, int]:
    """Numbers the limited accounts that the runs may charge, in order of first mention."""
    rows: dict[AccountLabel, int] = {}
    for run in runs:
        for label in labels_of(run, coverages[run.key]):
            account = books.accounts[label]
            if account.max_gpus is not None or account.max_gpu_seconds is not None:
                rows.setdefault(label, len(rows))
    return rows


def labels_of(run: Run, coverage: Coverage) -> Iterable[AccountLabel]:
    """Accounts that the run may charge; its trees' quotas even when nobody pays."""
    yield from (charge.label for offer in coverage.offers for charge in offer.charges)
    yield from (charge.label for charge in quota_charges(run))


def empty_draft(situation: Situation, sites: Sites, rows: Mapping[AccountLabel, int]) -> Draft:
    """Nobody is seated yet: what leases, holds and books leave of nodes and accounts."""
    accounts = [situation.books.accounts[label] for label in rows]
    gpus = [UNLIMITED if account.max_gpus is None else account.max_gpus for account in accounts]
    headroom = Profile.constant(np.array(gpus, np.int64), since=situation.as_of)
    seconds = []
    for row, account in enumerate(accounts):
        usage = situation.books.usage[account.label]
        for claim in usage.claims:
            headroom.add({row: -claim.gpus}, claim.interval)
        limit = UNLIMITED if account.max_gpu_seconds is None else account.max_gpu_seconds
        seconds.append(limit - usage.spent - usage.committed)
    return Draft(
        sites=sites,
        spare_rate=situation.spare_rate,
        nodes=free_nodes(situation, sites, situation.holds),
        accounts=headroom,
        seconds=np.array(seconds, np.int64),
        seatings={},
    )


def free_nodes(situation: Situation, sites: Sites, holds: Iterable[Hold]) -> Vacancy:
    """Free GPUs over time. Work on spare slots takes nothing while the spare holds them."""
    index = {node.name: number for number, node in enumerate(sites.nodes)}
    free = Vacancy.of(sites.gpus.astype(NODE_LEVEL), sites, since=situation.as_of)
    spared = {
        (lease.node, slot): lease.interval.end
        for lease in situation.leases
        if lease.role is Role.SPARE
        for slot in lease.slots
    }
    for lease in situation.leases:
        taken = [slot for slot in lease.slots if not _is_guest(lease, slot, spared)]
        if lease.node in index and taken:
            free.add({index[lease.node]: -len(taken)}, lease.interval)
    for hold in holds:
        if hold.node in index:
            free.add({index[hold.node]: -len(hold.slots)}, hold.interval)
    return free
