"""The time-indexed model of a component: which unit starts at which instant, or not at all (semantics.md 7).

It is a relaxation: every plan on the grid satisfies it, at the narrowest widths and with payers that need not match the
nodes. So its optimum bounds the wait level from below, and starts that can be placed as they stand are optimal.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np

from jobtree.base.identity import EnvelopeKey, Key
from jobtree.base.instant import Instant
from jobtree.milp.problem import Column, Problem, Relation, Row, Terms
from jobtree.plan.ceiling import charged_always, payers_level
from jobtree.plan.component import Component
from jobtree.plan.demand import Demand
from jobtree.plan.profile import Profile
from jobtree.plan.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A unit starts once, or is refused."""

    unit: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCapacity:
    """Pods of at least this size fit the nodes that some of them may use, at an instant."""

    per_pod: int
    instant: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountConcurrency:
    """An account's GPUs at an instant."""

    account: int
    instant: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayersConcurrency:
    """All GPUs that these payers can carry together at an instant."""

    payers: tuple[EnvelopeKey, ...]
    instant: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSeconds:
    """An account's GPU-seconds."""

    account: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Follows:
    """A unit has started by an instant only if its upstream has ended by it."""

    unit: Key
    upstream: Key
    instant: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaceable:
    """Starts that could not be placed together."""

    number: int


RowLabel = Decided | NodeCapacity | AccountConcurrency | PayersConcurrency | AccountSeconds | Follows | Unplaceable


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """``starts[column]`` is (unit, instant), instant None for refused. ``scale``: the objective's unit in wait."""

    component: Component
    starts: tuple[tuple[Unit, int | None], ...]
    column_of: Mapping[tuple[Key, int | None], int]
    problem: Problem[RowLabel]
    scale: int


def formulate(component: Component, starts: Mapping[Key, Sequence[int]], must: Iterable[Key]) -> Model:
    """Builds the model. ``starts`` are the instants per unit; units in ``must`` may not be refused.

    O(units x instants x rows that an interval touches).
    """
    bound = frozenset(must)
    columns: list[tuple[Unit, int | None]] = []
    for unit in component.units:
        columns += [(unit, instant) for instant in starts[unit.key]]
        columns += [] if unit.key in bound else [(unit, None)]
    column_of = {(unit.key, instant): number for number, (unit, instant) in enumerate(columns)}
    costs = [_cost(component, unit, instant) for unit, instant in columns]
    scale = gcd(*costs) or 1
    rows: list[Row[RowLabel]] = [
        *_decided(component, columns),
        *_node_rows(component, columns),
        *_account_rows(component, columns),
        *_payer_rows(component, columns),
        *_follow_rows(component, starts, column_of),
    ]
    objective = tuple((number, cost // scale) for number, cost in enumerate(costs) if cost)
    problem = Problem(columns=(Column(),) * len(columns), rows=tuple(rows), objective=objective)
    return Model(component=component, starts=tuple(columns), column_of=column_of, problem=problem, scale=scale)


def _cost(component: Component, unit: Unit, instant: int | None) -> int:
    horizon = component.situation.horizon
    wait = horizon.seconds if instant is None else instant - horizon.start
    return wait * sum(demand.weight for demand in component.demands_of(unit))


def _decided(component: Component, columns: Sequence[tuple[Unit, int | None]]) -> Iterator[Row[RowLabel]]:
    members: dict[Key, list[int]] = {unit.key: [] for unit in component.units}
    for number, (unit, _) in enumerate(columns):
        members[unit.key].append(number)
    for key, own in members.items():
        terms = tuple((number, 1) for number in own)
        yield Row(label=Decided(unit=key), terms=terms, relation=Relation.EQUAL, limit=1)


def _node_rows(component: Component, columns: Sequence[tuple[Unit, int | None]]) -> Iterator[Row[RowLabel]]:
    """For each pod size p: pods x floor(size / p), over runs with size >= p, <= sum over nodes of floor(free / p)."""
    demands = component.demands.values()
    for per_pod in sorted({demand.run.gpus_per_pod for demand in demands}):
        large = [demand for demand in demands if demand.run.gpus_per_pod >= per_pod]
        nodes = np.logical_or.reduce([demand.idle_nodes for demand in large])
        pods = (np.maximum(component.empty.nodes.level[nodes], 0) // per_pod).sum(axis=0)
        supply = Profile(component.empty.nodes.times, pods.reshape(1, -1))
        need = {
            demand.key: demand.shapes[-1].pods_with_spares * (demand.run.gpus_per_pod // per_pod) for demand in large
        }
        for instant, terms, limit in _over_time(component, columns, need, supply):
            label = NodeCapacity(per_pod=per_pod, instant=instant)
            yield Row(label=label, terms=terms, relation=Relation.AT_MOST, limit=limit)


def _account_rows(component: Component, columns: Sequence[tuple[Unit, int | None]]) -> Iterator[Row[RowLabel]]:
    """Accounts that all offers of a run charge: its GPUs at each instant, and its GPU-seconds at the lowest rate."""
    accounts = component.empty.accounts
    forced = {demand.key: _forced(demand) for demand in component.demands.values()}
    for account in range(accounts.level.shape[0]):
        need = {
            demand.key: demand.shapes[-1].pods_with_spares * demand.run.gpus_per_pod
            for demand in component.demands.values()
            if account in forced[demand.key]
        }
        supply = Profile(accounts.times, np.maximum(accounts.level[account : account + 1], 0))
        for instant, terms, limit in _over_time(component, columns, need, supply):
            label = AccountConcurrency(account=account, instant=instant)
            yield Row(label=label, terms=terms, relation=Relation.AT_MOST, limit=limit)
        terms = _seconds(component, columns, account, need)
        left = max(0, int(component.empty.seconds[account]))
        if sum(cost for _, cost in terms) > left:
            label_of_all = AccountSeconds(account=account)
            yield Row(label=label_of_all, terms=terms, relation=Relation.AT_MOST, limit=left)


def _payer_rows(component: Component, columns: Sequence[tuple[Unit, int | None]]) -> Iterator[Row[RowLabel]]:
    """For each set of payers that some run has: GPUs that must come from the set <= what the set can carry.

    A run with other payers must take from the set what those cannot carry at best, such as all above its borrow limit.
    """
    payers = {demand.key: {bid.offer.payer.envelope for bid in demand.bids} for demand in component.demands.values()}
    for chosen in sorted({tuple(sorted(own)) for own in payers.values() if own}):
        need = {key: _from_set(component, demand, frozenset(chosen)) for key, demand in component.demands.items()}
        need = {key: gpus for key, gpus in need.items() if gpus}
        charged = charged_always([component.demands[key] for key in need])
        level = payers_level(component, {envelope: charged[envelope] for envelope in chosen if envelope in charged})
        if level is None:
            continue
        supply = Profile(component.empty.accounts.times, level.reshape(1, -1))
        for instant, terms, limit in _over_time(component, columns, need, supply):
            label = PayersConcurrency(payers=chosen, instant=instant)
            yield Row(label=label, terms=terms, relation=Relation.AT_MOST, limit=limit)


def _from_set(component: Component, demand: Demand, chosen: frozenset[EnvelopeKey]) -> int:
    """GPUs of the narrowest shape that its payers outside the set cannot carry even when nobody else uses them."""
    need = demand.shapes[-1].pods_with_spares * demand.run.gpus_per_pod
    outside = [[row for row, _ in bid.charges] for bid in demand.bids if bid.offer.payer.envelope not in chosen]
    if not outside:
        return need if demand.bids else 0
    best = component.empty.accounts.level.max(axis=1)
    limits = [int(best[row]) for row in frozenset(outside[0]).intersection(*outside[1:])]
    each = [min((int(best[row]) for row in rows), default=need) for rows in outside]
    return max(0, need - max(0, min([sum(each), *limits])))


def _forced(demand: Demand) -> frozenset[int]:
    rows = [frozenset(row for row, _ in bid.charges) for bid in demand.bids]
    return rows[0].intersection(*rows[1:]) if rows else frozenset()


def _seconds(
    component: Component, columns: Sequence[tuple[Unit, int | None]], account: int, need: Mapping[Key, int]
) -> Terms:
    """Active pods at full rate, for the seconds that the account's window certainly charges; spares not at all."""
    least: dict[int, int] = {}
    for number, (unit, instant) in enumerate(columns):
        if instant is None:
            continue
        for demand in component.demands_of(unit):
            if demand.key in need:
                interval = demand.interval(Instant(instant))
                windows = [w for bid in demand.bids for row, w in bid.charges if row == account]
                seconds = min(window.overlap_seconds(interval) for window in windows)
                least[number] = least.get(number, 0) + demand.shapes[-1].width * seconds
    return tuple((number, cost) for number, cost in least.items() if cost)


def _over_time(
    component: Component, columns: Sequence[tuple[Unit, int | None]], need: Mapping[Key, int], supply: Profile
) -> Iterator[tuple[int, Terms, int]]:
    """(instant, who would hold how much then, what there is), where there could be too little; use rises at starts."""
    spans = [
        (number, instant, instant + demand.run.duration, need[demand.key])
        for number, (unit, instant) in enumerate(columns)
        if instant is not None
        for demand in component.demands_of(unit)
        if demand.key in need
    ]
    instants = sorted({first for _, first, _, _ in spans} | {t for t in supply.times.tolist() if spans})
    for instant in instants:
        held: dict[int, int] = {}
        for number, first, last, gpus in spans:
            if first <= instant < last:
                held[number] = held.get(number, 0) + gpus
        column = int(np.searchsorted(supply.times, instant, "right")) - 1
        limit = int(supply.level[0, column])
        if sum(held.values()) > limit:
            yield instant, tuple(sorted(held.items())), limit


def _follow_rows(
    component: Component, starts: Mapping[Key, Sequence[int]], column_of: Mapping[tuple[Key, int | None], int]
) -> Iterator[Row[RowLabel]]:
    """Sum of starts of the follower until t <= sum of starts of the upstream until t - its duration, for every t."""
    unit_of = {run.key: unit for unit in component.units for run in unit.runs}
    for unit in component.units:
        for upstream in unit.upstreams:
            if upstream not in unit_of:
                continue
            ahead, seconds = unit_of[upstream].key, component.demands[upstream].run.duration
            for instant in starts[unit.key]:
                terms = {column_of[unit.key, t]: 1 for t in starts[unit.key] if t <= instant}
                terms |= {column_of[ahead, t]: -1 for t in starts[ahead] if t + seconds <= instant}
                label = Follows(unit=unit.key, upstream=upstream, instant=instant)
                yield Row(label=label, terms=tuple(sorted(terms.items())), relation=Relation.AT_MOST, limit=0)
