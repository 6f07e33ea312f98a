"""A lower bound of the wait level that holds for every plan, in exact integers (semantics.md 7)."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from jobtree.base.identity import EnvelopeKey, Key
from jobtree.plan.arrays import UNLIMITED, Ints
from jobtree.plan.component import Component
from jobtree.plan.demand import Demand
from jobtree.plan.price import Curve, Job, Pool, best_price, highest
from jobtree.plan.profile import Profile
from jobtree.plan.refusal import hopeless
from jobtree.plan.unit import Unit


def wait_bound(component: Component) -> int:
    """The best of: all runs as one group, groups by nodes, groups by payers. O(thresholds x steps x runs) for each."""
    jobs = _jobs(component)
    demands = list(component.demands.values())
    return max(
        sum(_group_bound(component, members, jobs) for members in _grouped(demands, key))
        for key in (_together, _same_nodes, _same_payers)
    )


def _group_bound(component: Component, members: Sequence[Demand], jobs: Mapping[Key, Job]) -> int:
    """The best of: GPUs alone, one account or all payers alone, and GPUs together with payers."""
    pools = [_gpu_pool(component, members), *_account_pools(component, members)]
    own, horizon = [jobs[demand.key] for demand in members], component.situation.horizon.seconds
    return max(*(best_price(own, pool, horizon) for pool in pools), _joint(component, members, jobs))


def _joint(component: Component, members: Sequence[Demand], jobs: Mapping[Key, Job]) -> int:
    """GPUs are priced below theta for all, and what the accounts of each payer group add below a theta of their own.

    Where theta' >= theta, a group pays max(0, theta' - t): the fleet's price max(0, theta - t) for the GPU, and the
    rest, which is never negative, for the account. So each side is subtracted once, at its share of the price.
    """
    horizon = component.situation.horizon.seconds
    fleet = _gpu_pool(component, members).reachable([jobs[demand.key].gpus for demand in members])
    limit = horizon + max(jobs[demand.key].seconds for demand in members)
    curves = [
        max((Curve(own, pool, horizon, limit) for pool in pools), key=lambda curve: curve.peak)
        for group in _grouped(members, _same_payers)
        for own in [[jobs[demand.key] for demand in group]]
        for pools in [[*_account_pools(component, group)] or [Pool(times=(0,), levels=(sum(j.gpus for j in own),))]]
    ]

    def bound(theta: int) -> int:
        return -(-(sum(curve.above(theta) for curve in curves) - fleet.worth(theta)) // 2)

    return highest(bound, limit)


def _jobs(component: Component) -> Mapping[Key, Job]:
    now, earliest = component.situation.as_of, earliest_starts(component)
    jobs = {}
    for demand in component.demands.values():
        first = earliest[demand.key]
        jobs[demand.key] = Job(
            weight=demand.weight,
            gpus=demand.shapes[-1].pods_with_spares * demand.run.gpus_per_pod,
            seconds=demand.run.duration,
            earliest=0 if first is None else first - now,
            latest=-1 if first is None else demand.latest - now,
        )
    return jobs


def earliest_starts(component: Component) -> Mapping[Key, int | None]:
    """The first instant that upstreams and windows allow, were everything else free; None for never."""
    found: dict[Key, int | None] = {}
    pending = list(component.units)
    while pending:
        unknown = {run.key for unit in pending for run in unit.runs}
        ready = [unit for unit in pending if unknown.isdisjoint(unit.upstreams)]
        for unit in ready:
            first = _first(component, unit, found)
            found.update((run.key, first) for run in unit.runs)
        if not ready:
            return found | {run.key: None for unit in pending for run in unit.runs}
        pending = [unit for unit in pending if unit not in ready]
    return found


def _first(component: Component, unit: Unit, found: Mapping[Key, int | None]) -> int | None:
    ends = [_end(component, found, key) for key in unit.upstreams]
    known = [end for end in ends if end is not None]
    lost = any(hopeless(component, run.key) or run.key in component.situation.left_behind for run in unit.runs)
    if lost or unit.contradictory or len(known) < len(ends):
        return None
    return max([component.situation.as_of, *known, *(_opens(demand) for demand in component.demands_of(unit))])


def _end(component: Component, found: Mapping[Key, int | None], key: Key) -> int | None:
    if key not in component.demands:
        return component.situation.ends.get(key)
    start = found[key]
    return None if start is None else start + component.demands[key].run.duration


def _opens(demand: Demand) -> int:
    starts = [bid.offer.window.start for bid in demand.bids]
    if demand.run.funding.allow_opportunistic or any(start is None for start in starts):
        return 0
    return min((start for start in starts if start is not None), default=0)


def _grouped(demands: Sequence[Demand], key: Callable[[Demand], object]) -> Iterable[list[Demand]]:
    groups: dict[object, list[Demand]] = {}
    for demand in demands:
        groups.setdefault(key(demand), []).append(demand)
    return groups.values()


def _together(demand: Demand) -> object:
    """All runs in one group."""
    del demand
    return None


def _same_nodes(demand: Demand) -> object:
    return demand.idle_nodes.tobytes()


def _same_payers(demand: Demand) -> object:
    payers = {str(bid.offer.payer.envelope) for bid in demand.bids}
    return tuple(sorted(payers)), demand.run.funding.allow_opportunistic


def _gpu_pool(component: Component, demands: Iterable[Demand]) -> Pool:
    """Free GPUs of all nodes that some of the runs may use."""
    nodes = np.logical_or.reduce([demand.idle_nodes for demand in demands])
    return _pool(component, component.empty.nodes, component.empty.nodes.level[nodes].sum(axis=0))


def _account_pools(component: Component, members: Sequence[Demand]) -> Iterable[Pool]:
    """Accounts that every offer of every member charges, and the sum over payers of what each can carry at most."""
    accounts = component.empty.accounts
    charged = charged_always(members)
    if charged:
        for row in sorted(frozenset.intersection(*charged.values())):
            yield _pool(component, accounts, accounts.level[row])
    most = payers_level(component, charged)
    if most is not None:
        yield _pool(component, accounts, most)


def charged_always(members: Sequence[Demand]) -> Mapping[EnvelopeKey, frozenset[int]]:
    """For each payer of the members, the accounts that all its offers charge; empty if somebody may start unfunded."""
    charged: dict[EnvelopeKey, frozenset[int]] = {}
    if any(demand.run.funding.allow_opportunistic for demand in members):
        return charged
    for bid in (bid for demand in members for bid in demand.bids):
        rows = frozenset(row for row, _ in bid.charges)
        charged[bid.offer.payer.envelope] = charged.get(bid.offer.payer.envelope, rows) & rows
    return charged


def payers_level(component: Component, charged: Mapping[EnvelopeKey, frozenset[int]]) -> Ints | None:
    """GPUs that these payers can carry together at most, per event time of the accounts; None: no limit.

    Payers that share an account, such as a cap over several envelopes, count once, for the smaller of it and their sum.
    """
    if not charged or not all(charged.values()):
        return None
    level = component.empty.accounts.level
    most = {payer: np.clip(level[sorted(rows)].min(axis=0), 0, UNLIMITED >> 8) for payer, rows in charged.items()}
    total = np.zeros(level.shape[1], np.int64)
    for row, payers in _joined(charged):
        total += np.minimum(np.maximum(level[row], 0), np.sum([most[payer] for payer in payers], axis=0))
    return None if int(total.max()) >= UNLIMITED >> 8 else total


def _joined(charged: Mapping[EnvelopeKey, frozenset[int]]) -> Iterator[tuple[int, list[EnvelopeKey]]]:
    """Splits payers by an account that they charge together, the account that most of the rest share first."""
    left = dict(charged)
    while left:
        sharers = Counter(row for rows in left.values() for row in rows)
        shared = min(sharers, key=lambda row: (-sharers[row], row))
        payers = [payer for payer, rows in left.items() if shared in rows]
        yield shared, payers
        left = {payer: rows for payer, rows in left.items() if payer not in payers}


def _pool(component: Component, profile: Profile, levels: Ints) -> Pool:
    now = component.situation.as_of
    return Pool(
        times=tuple(int(time) - now for time in profile.times.tolist()),
        levels=tuple(max(0, int(level)) for level in levels.tolist()),
    )
