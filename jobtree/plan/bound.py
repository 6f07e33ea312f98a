"""A lower bound of the wait level for few runs, by counting widths that fit beside each other (semantics.md 7).

Sharper than prices for single slots (``plan.prices``) where a handful of widths cannot fill what there is, and exact
more often; it costs too much for many runs, and a reader of the plan cannot make it anew from what is published.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from jobtree.base.identity import Key
from jobtree.plan.arrays import Ints
from jobtree.plan.ceiling import charged_always, payers_level
from jobtree.plan.component import Component
from jobtree.plan.demand import Demand
from jobtree.plan.profile import Profile
from jobtree.plan.release import earliest_starts
from jobtree.plan.theta import Curve, Job, Pool, best_price, highest


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


def _pool(component: Component, profile: Profile, levels: Ints) -> Pool:
    now = component.situation.as_of
    return Pool(
        times=tuple(int(time) - now for time in profile.times.tolist()),
        levels=tuple(max(0, int(level)) for level in levels.tolist()),
    )
