"""A lower bound of the wait level that holds for every plan, in exact integers (semantics.md 7).

Give every GPU-second at instant t the price max(0, theta - t). In any plan, each run either waits the whole horizon,
or starts at some S, waits weight x S, and uses GPUs worth width x price(S, S + duration); and all runs together use no
more than there is. So for every theta

    wait >= sum over runs of min(weight x horizon, min over S of (weight x S + worth of its GPUs)) - worth of all GPUs

whatever the plan is. The same holds for the headroom of accounts in place of GPUs, for the runs that must charge them.
What there is counts only as far as sums of the runs' widths reach it: two runs of 128 cannot share 200. Runs
below a threshold may be left out of the sums, at no price. Instants count from ``as_of``; prices are
doubled, so that halves stay integers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jobtree.base.identity import EnvelopeKey, Key
from jobtree.plan.arrays import UNLIMITED, Ints
from jobtree.plan.component import Component
from jobtree.plan.demand import Demand
from jobtree.plan.profile import Profile
from jobtree.plan.refusal import hopeless
from jobtree.plan.unit import Unit

STEPS = 24
THRESHOLDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the bound knows of a run: the fewest GPUs it holds, spares included, and the instants it may start."""

    weight: int
    gpus: int
    seconds: int
    earliest: int
    latest: int

    def cost(self, theta: int, horizon: int) -> int:
        """Twice the least of waiting and paying, over all starts and over not starting. Convex in the start."""
        refused = 2 * self.weight * horizon
        if self.latest < self.earliest:
            return refused
        turns = [self.earliest]
        if self.weight < self.gpus * self.seconds:  # cheaper later, until the slope turns at theta - weight / gpus
            turn = theta - self.weight // self.gpus
            turns += [min(max(start, self.earliest), self.latest) for start in (turn - 1, turn)]
        return min(refused, *(self._at(start, theta) for start in turns))

    def _at(self, start: int, theta: int) -> int:
        ahead, behind = max(0, theta - start), max(0, theta - start - self.seconds)
        return 2 * self.weight * start + self.gpus * (ahead * ahead - behind * behind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A supply over time: ``levels[k]`` on ``[times[k], times[k + 1])``, the last one for ever."""

    times: tuple[int, ...]
    levels: tuple[int, ...]

    def reachable(self, widths: Sequence[int]) -> "Pool":
        """Each level cut down to the largest sum of some of the widths that it holds."""
        sums = 1
        for width in widths:
            sums |= sums << width
        most = sums.bit_length() - 1
        levels = tuple((sums & ((1 << min(level, most) + 1) - 1)).bit_length() - 1 for level in self.levels)
        return Pool(times=self.times, levels=levels)

    def worth(self, theta: int) -> int:
        """Twice the price of everything in the pool."""
        total = 0
        for index, level in enumerate(self.levels):
            if self.times[index] >= theta:
                break
            ahead = theta - self.times[index]
            behind = max(0, theta - self.times[index + 1]) if index + 1 < len(self.times) else 0
            total += level * (ahead * ahead - behind * behind)
        return total


def wait_bound(component: Component) -> int:
    """The best of: all runs in one pool, pools by nodes, pools by payers. O(thresholds x steps x runs) for each."""
    jobs = _jobs(component)
    demands = list(component.demands.values())
    return max(
        sum(_group_bound(component, members, jobs) for members in _grouped(demands, key))
        for key in (_together, _same_nodes, _same_payers)
    )


def _group_bound(component: Component, members: Sequence[Demand], jobs: Mapping[Key, Job]) -> int:
    pools = [_gpu_pool(component, members), *_account_pools(component, members)]
    own, horizon = [jobs[demand.key] for demand in members], component.situation.horizon.seconds
    return max(_best(own, pool, horizon) for pool in pools)


def _best(jobs: Sequence[Job], pool: Pool, horizon: int) -> int:
    """The highest bound over thresholds of width and a fixed search of theta: all are valid, so it may be rough."""
    widths = sorted({job.gpus for job in jobs})
    thresholds = widths[:: max(1, len(widths) // THRESHOLDS)]
    return max(_priced(jobs, pool, horizon, threshold) for threshold in thresholds)


def _priced(jobs: Sequence[Job], pool: Pool, horizon: int, threshold: int) -> int:
    free = sum(job.cost(0, horizon) for job in jobs if job.gpus < threshold)
    priced = [job for job in jobs if job.gpus >= threshold]
    reachable = pool.reachable([job.gpus for job in priced])

    def bound(theta: int) -> int:
        return -(-(free + sum(job.cost(theta, horizon) for job in priced) - reachable.worth(theta)) // 2)

    return _highest(bound, horizon + max(job.seconds for job in jobs))


def _highest(bound: Callable[[int], int], limit: int) -> int:
    tried = {limit * step // STEPS: 0 for step in range(STEPS + 1)}
    values = {theta: bound(theta) for theta in tried}
    reach = limit // STEPS
    while reach > 0:
        best = max(values, key=lambda theta: (values[theta], -theta))
        for theta in (best - reach, best + reach):
            if theta >= 0 and theta not in values:
                values[theta] = bound(theta)
        reach //= 2
    return max(0, max(values.values()))


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
    """GPUs that these payers can carry together at most, per event time of the accounts; None: no limit."""
    if not charged or not all(charged.values()):
        return None
    level = component.empty.accounts.level
    most = np.stack([level[sorted(rows)].min(axis=0) for rows in charged.values()])
    if int(most.max()) >= UNLIMITED >> 8:
        return None
    total: Ints = np.maximum(most, 0).sum(axis=0)
    return total


def _pool(component: Component, profile: Profile, levels: Ints) -> Pool:
    now = component.situation.as_of
    return Pool(
        times=tuple(int(time) - now for time in profile.times.tolist()),
        levels=tuple(max(0, int(level)) for level in levels.tolist()),
    )
