"""Units and what there is, in counts on a grid of ticks: what a sketch is made of (``plan.sketch``)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, gcd

import numpy as np

from jobtree.base.identity import Key
from jobtree.plan.arrays import UNLIMITED, Flags, Ints
from jobtree.plan.component import Component
from jobtree.plan.demand import Bid, Demand
from jobtree.plan.draft import Draft
from jobtree.plan.profile import Profile
from jobtree.plan.unit import Unit

FEWEST_TICKS, TICKS, MOST_TICKS = 384, 768, 1_024
MINUTE = 60
Rows = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Rows of ``head`` that a payer charges, and the ticks in which it may pay."""

    rows: Rows
    opens: int
    closes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A unit in counts: groups of GPUs that need an island each, ticks, weight, and where and by whom it may be held.

    A group of one pod: the piece may be split at will. ``places``: rows of ``free`` for each cluster. ``charged``: GPUs
    that count against budgets, where spares are cheaper. ``pod``: GPUs that have the same payer.

    ``accounts`` are the rows of ``head`` by payer, shape (payers, most rows), filled up with the last row, which has no
    limit. ``opens``: ticks in which each payer may pay, shape (payers, ticks); None if all of them always may.
    """

    size: int
    groups: int
    charged: int
    pod: int
    ticks: int
    weight: int
    first: int
    last: int
    places: tuple[Rows, ...]
    payers: tuple[Payer, ...]
    upstreams: Rows
    accounts: Ints
    opens: Flags | None

    @property
    def gpus(self) -> int:
        """All its GPUs."""
        return self.size * self.groups


def tick_of(component: Component, span: int) -> int:
    """What divides all durations, if that is neither too fine nor too coarse; else some minutes."""
    common = gcd(*(demand.run.duration for demand in component.demands.values()))
    while span // common < FEWEST_TICKS and common % 2 == 0:
        common //= 2
    return common if span // common <= MOST_TICKS else -(-span // TICKS // MINUTE) * MINUTE


def per_tick(profile: Profile, level: Ints, tick: int, ticks: int) -> Ints:
    """The lowest level of step functions in each tick, rows by ticks."""
    times = profile.times - profile.times[0]
    grid = np.arange(ticks, dtype=np.int64) * tick
    first = np.searchsorted(times, grid, "right") - 1
    last = np.searchsorted(times, grid + tick, "left")
    if not len(level):
        return np.zeros((0, ticks), np.int64)
    return np.stack([level[:, a:b].min(axis=1) for a, b in zip(first.tolist(), last.tolist(), strict=True)], axis=1)


def islands(component: Component, promised: Draft, tick: int, ticks: int) -> tuple[dict[bytes, tuple[Rows, ...]], Ints]:
    """Rows of free GPUs: nodes of one island that the same runs may use; and each kind of run's rows by cluster."""
    sites = component.sites
    kinds = {demand.open_nodes.tobytes(): demand.open_nodes for demand in component.demands.values()}
    used = np.stack(list(kinds.values()))
    groups: dict[tuple[int, bytes], list[int]] = {}
    for node in np.flatnonzero(used.any(axis=0)).tolist():
        groups.setdefault((int(sites.domain_of[node]), used[:, node].tobytes()), []).append(node)
    level = np.maximum(promised.nodes.level, 0)
    totals = [level[nodes].sum(axis=0) for nodes in groups.values()]
    free = per_tick(promised.nodes, np.stack(totals) if totals else level[:0], tick, ticks)
    rows: dict[bytes, tuple[Rows, ...]] = {}
    for name, flags in kinds.items():
        mine = [(row, domain) for row, ((domain, _), nodes) in enumerate(groups.items()) if flags[nodes[0]]]
        by_cluster = [tuple(row for row, domain in mine if domain in domains) for domains in sites.clusters()]
        rows[name] = tuple(held for held in by_cluster if held)
    return rows, free


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """What pieces are made in: ``rows`` of free GPUs by kind of run, ``number`` of the unit of each run."""

    component: Component
    promised: Draft
    rows: Mapping[bytes, tuple[Rows, ...]]
    number: Mapping[Key, int]
    tick: int

    def end_of(self, upstream: Key) -> int | None:
        """When an upstream that is not in the sketch is expected to end."""
        return self.component.end_of(upstream, self.promised)


def piece_of(scene: Scene, unit: Unit) -> Piece:
    """The unit's runs as one: all their GPUs for the longest of their times."""
    component, tick = scene.component, scene.tick
    demands = component.demands_of(unit)
    now, seconds = component.situation.as_of, max(demand.run.duration for demand in demands)
    widest = max(demands, key=_gpus)
    known = [scene.end_of(key) for key in unit.upstreams if key not in scene.number]
    lost = any(end is None for end in known)
    first = max([0, *(end - now for end in known if end is not None)])
    gpus, size = sum(map(_gpus, demands)), _group(widest)
    ticks = max(1, (seconds + tick // 2) // tick)
    payers = tuple(_payer(bid, now, tick) for bid in widest.bids)
    span = -(-component.situation.horizon.seconds // tick)
    latest = min(demand.latest for demand in demands) - now
    closes = max((payer.closes for payer in payers), default=0)
    return Piece(
        size=size,
        groups=-(-gpus // size),
        charged=sum(_charged(demand, component.empty.spare_rate) for demand in demands),
        pod=widest.run.gpus_per_pod if len(demands) == 1 else 1,
        ticks=ticks,
        weight=sum(demand.weight for demand in demands),
        first=-(-first // tick),
        last=-1 if lost else min(latest // tick, closes - ticks),
        places=scene.rows[widest.open_nodes.tobytes()],
        payers=payers,
        upstreams=tuple(sorted({scene.number[key] for key in unit.upstreams if key in scene.number})),
        accounts=_padded([payer.rows for payer in payers]),
        opens=None if all(payer.opens <= 0 and payer.closes >= span for payer in payers) else _opens(payers, span),
    )


def _padded(rows: Sequence[Rows]) -> Ints:
    """Rows of each payer, filled up with -1, and at least one column."""
    most = max([1, *map(len, rows)])
    return np.array([[*own, *[-1] * (most - len(own))] for own in rows], np.int64).reshape(len(rows), most)


def _opens(payers: Sequence[Payer], ticks: int) -> Flags:
    at = np.arange(ticks)
    return np.array([(payer.opens <= at) & (at < payer.closes) for payer in payers], np.bool_)


def _gpus(demand: Demand) -> int:
    return demand.shapes[-1].pods_with_spares * demand.run.gpus_per_pod


def _group(demand: Demand) -> int:
    """GPUs that must be in one island together."""
    shape, per_pod = demand.shapes[-1], demand.run.gpus_per_pod
    if shape.one_domain:
        return shape.pods_with_spares * per_pod
    return per_pod * (max(shape.groups) + shape.spares if shape.groups else 1)


def _charged(demand: Demand, spare_rate: Fraction) -> int:
    active = demand.shapes[-1].pods * demand.run.gpus_per_pod
    return active + ceil((_gpus(demand) - active) * spare_rate)


def _payer(bid: Bid, now: int, tick: int) -> Payer:
    window, never = bid.offer.window, UNLIMITED
    return Payer(
        rows=tuple(row for row, _ in bid.charges),
        opens=0 if window.start is None else max(0, -(-(window.start - now) // tick)),
        closes=never if window.end is None else (window.end - now) // tick,
    )
