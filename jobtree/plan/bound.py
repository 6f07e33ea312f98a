"""A lower bound of the wait level that holds for every plan, in exact integers (semantics.md 7).

Give every GPU-second at instant t the price max(0, theta - t). In any plan, each run either waits the whole horizon, or
starts at some S and waits weight x S while its GPUs cost what they cost; and all runs together cost no more than all GPUs
that there are. So for every theta

    wait >= sum over runs of min(weight x horizon, min over S of weight x S + width x price(S, S + duration)) - price of all

whatever the plan is. The same holds for the headroom of accounts in place of GPUs, for the runs that must charge them.
Instants count from ``as_of``; prices are doubled throughout, so that halves stay integers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jobtree.base.identity import Key
from jobtree.plan.arrays import UNLIMITED, Ints
from jobtree.plan.component import Component
from jobtree.plan.demand import Demand
from jobtree.plan.profile import Profile
from jobtree.plan.refusal import hopeless

STEPS = 24


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
    """The best of: all runs on all GPUs, and runs grouped by what they must charge. O(groups x steps x runs)."""
    jobs = _jobs(component)
    horizon = component.situation.horizon.seconds
    if not jobs:
        return 0
    everyone = _best(list(jobs.values()), _gpu_pool(component, component.demands.values()), horizon)
    grouped = 0
    for members in _groups(component):
        own = [jobs[demand.key] for demand in members]
        pools = [_gpu_pool(component, members), *_account_pools(component, members)]
        grouped += max(_best(own, pool, horizon) for pool in pools)
    return max(everyone, grouped)


def _best(jobs: Sequence[Job], pool: Pool, horizon: int) -> int:
    """The highest bound over a fixed search of theta: every theta is valid, so the search may be rough."""

    def bound(theta: int) -> int:
        return -(-(sum(job.cost(theta, horizon) for job in jobs) - pool.worth(theta)) // 2)

    longest = max(job.seconds for job in jobs)
    return _highest(bound, horizon + longest)


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
    now, earliest = component.situation.as_of, _earliest(component)
    jobs = {}
    for demand in component.demands.values():
        lost = earliest[demand.key] is None or hopeless(component, demand.key)
        jobs[demand.key] = Job(
            weight=demand.weight,
            gpus=demand.shapes[-1].pods_with_spares * demand.run.gpus_per_pod,
            seconds=demand.run.duration,
            earliest=1 if lost else (earliest[demand.key] or now) - now,
            latest=0 if lost else demand.latest - now,
        )
    return jobs


def _earliest(component: Component) -> Mapping[Key, int | None]:
    """The first instant that upstreams and windows allow, were everything else free; None for never."""
    found: dict[Key, int | None] = {}
    pending = list(component.units)
    while pending:
        ready = [
            unit for unit in pending if all(key in found or key not in component.demands for key in unit.upstreams)
        ]
        for unit in ready:
            ends = [_end(component, found, key) for key in unit.upstreams]
            first = max([component.situation.as_of, *(_opens(demand) for demand in component.demands_of(unit))])
            known = [end for end in ends if end is not None]
            for run in unit.runs:
                found[run.key] = max([first, *known]) if len(known) == len(ends) else None
        if not ready:
            return found | {run.key: None for unit in pending for run in unit.runs}
        pending = [unit for unit in pending if unit not in ready]
    return found


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


def _groups(component: Component) -> Iterable[list[Demand]]:
    """Runs with the same accounts in their offers, and the same nodes."""
    groups: dict[tuple[object, ...], list[Demand]] = {}
    for demand in component.demands.values():
        accounts = tuple(tuple(row for row, _ in bid.charges) for bid in demand.bids)
        unfunded = demand.run.funding.allow_opportunistic
        groups.setdefault((accounts, unfunded, demand.idle_nodes.tobytes()), []).append(demand)
    return groups.values()


def _gpu_pool(component: Component, demands: Iterable[Demand]) -> Pool:
    """Free GPUs of all nodes that some of the runs may use."""
    nodes = np.logical_or.reduce([demand.idle_nodes for demand in demands])
    return _pool(component, component.empty.nodes, component.empty.nodes.level[nodes].sum(axis=0))


def _account_pools(component: Component, members: Sequence[Demand]) -> Iterable[Pool]:
    """Accounts that every offer of the group charges, and the sum of what its offers' tightest accounts allow."""
    bids, accounts = members[0].bids, component.empty.accounts
    if members[0].run.funding.allow_opportunistic or not bids:
        return
    rows = [[row for row, _ in bid.charges] for bid in bids]
    for row in sorted(set(rows[0]).intersection(*rows[1:])):
        yield _pool(component, accounts, accounts.level[row])
    if all(rows):
        tightest = np.stack([accounts.level[own].min(axis=0) for own in rows])
        if int(tightest.max()) < UNLIMITED >> 8:
            yield _pool(component, accounts, np.maximum(tightest, 0).sum(axis=0))


def _pool(component: Component, profile: Profile, levels: Ints) -> Pool:
    now = component.situation.as_of
    return Pool(
        times=tuple(int(time) - now for time in profile.times.tolist()),
        levels=tuple(max(0, int(level)) for level in levels.tolist()),
    )
