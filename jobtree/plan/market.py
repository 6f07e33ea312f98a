"""A component as a market: who asks for GPU-seconds, where they are, who pays, and what there is (semantics.md 7).

Time from ``as_of`` on is cut into slots. A supply is a set of nodes that the same runs may use; an account is a limited
one of the books. Only what is necessary is kept of each run, so that whatever a plan does, the market allows it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np

from jobtree.base.identity import Key
from jobtree.base.instant import Window
from jobtree.plan.arrays import UNLIMITED, Flags, Ints
from jobtree.plan.component import Component, free_nodes
from jobtree.plan.demand import Bid, Demand
from jobtree.plan.profile import Profile
from jobtree.plan.release import earliest_starts, plainly_hopeless

SLOTS, STARTS, REST, BEYOND = 64, 48, 16, 32
MOST_BOUNDS = 32


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Way:
    """A way to pay: accounts that it charges, and the slots in which it is open, shape (slots,).

    ``counted``: slots in which each account's hours are charged throughout, shape (accounts, slots); None if they are
    in all of them. Before its window opens an envelope that admits early carries GPUs, and is charged nothing.
    """

    rows: tuple[int, ...]
    opens: Flags
    counted: Flags | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Taste:
    """Runs that may use the same supplies and have the same payers.

    ``offers`` None: somebody may start without a payer. ``reaches``: shape (supplies of ``where``, offers), which
    offer pays where. ``charged``: whether hours are charged for its GPUs. Where some are spares, somebody else may pay
    for them, so that no hours are certain of any one payer.
    """

    where: tuple[int, ...]
    offers: tuple[Way, ...] | None
    reaches: Flags
    charged: bool

    @property
    def accounts(self) -> tuple[int, ...]:
        """All accounts that some payer charges."""
        return tuple(row for way in self.offers or () for row in way.rows)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Jobs:
    """Arrays over runs, shape (jobs,): all instants in seconds from ``as_of``; ``latest < earliest`` for never."""

    keys: tuple[Key, ...]
    weight: Ints
    gpus: Ints
    seconds: Ints
    earliest: Ints
    latest: Ints
    taste: Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Market:
    """``bounds`` of slots, shape (slots + 1,). ``supply`` and ``headroom`` are GPU-seconds, rows by slots.

    ``budget`` are GPU-seconds that each account may be charged in all, shape (accounts,). ``places`` are the names of
    each supply's nodes.
    """

    horizon: int
    places: tuple[tuple[str, ...], ...]
    bounds: Ints
    supply: Ints
    headroom: Ints
    budget: Ints
    jobs: Jobs
    tastes: tuple[Taste, ...]


def market_of(component: Component, *, starts: Sequence[int]) -> Market:
    """The market of a component, most finely cut where some plan starts its runs, in seconds from ``as_of``.

    O(runs x (nodes + offers) + (nodes + accounts) x event times).
    """
    horizon = component.situation.horizon.seconds
    demands = list(component.demands.values())
    bounds = _bounds(component, demands, sorted(starts))
    kinds, supplies = _supplies(component, demands)
    found: dict[object, int] = {}
    tastes: list[Taste] = []
    numbers = []
    for demand in demands:
        name = _taste_name(demand, kinds)
        if name not in found:
            found[name] = len(tastes)
            tastes.append(_taste(component, demand, supplies, bounds))
        numbers.append(found[name])
    now, accounts = component.situation.as_of, component.empty.accounts
    jobs = _jobs(component, demands, numbers)
    facts = component.situation
    free = free_nodes(facts, component.sites, facts.pledged) if facts.holds else component.empty.nodes
    return Market(
        horizon=horizon,
        places=tuple(tuple(component.sites.nodes[node].name for node in nodes) for nodes in supplies),
        bounds=bounds,
        supply=_seconds(free, _levels_of(free, supplies), bounds, now),
        headroom=_seconds(accounts, np.clip(accounts.level, 0, UNLIMITED >> 24), bounds, now),
        budget=np.clip(component.empty.seconds, 0, UNLIMITED),
        jobs=jobs,
        tastes=tuple(tastes),
    )


def _bounds(component: Component, demands: Sequence[Demand], starts: Sequence[int]) -> Ints:
    """Equal slots as long as runs start and a little longer, some at the starts, wide ones after; bounds of windows.

    Slots of the length that divides all durations, where these are few: then nothing is lost to their length. Of the
    windows' bounds the most common come first. Time goes on beyond the horizon for runs that start before it.
    """
    horizon = component.situation.horizon.seconds
    end = horizon + min(horizon, max((demand.run.duration for demand in demands), default=0))
    counts: dict[int, int] = {}
    for demand in demands:
        for bid in demand.bids:
            windows = {bid.offer.window, *(window for _, window in bid.charges)}
            for bound in {bound for window in windows for bound in (window.start, window.end) if bound is not None}:
                at = bound - component.situation.as_of
                if 0 < at < end:
                    counts[at] = counts.get(at, 0) + 1
    common = sorted(counts, key=lambda at: (-counts[at], at))[:MOST_BOUNDS]
    busy = min(max(1, *starts, 1) * 9 // 8, horizon)
    length = max(gcd(*(demand.run.duration for demand in demands)), -(-busy // SLOTS))
    fine = range(0, min(horizon, busy + length + 1), length)
    known = (starts[len(starts) * slot // STARTS] for slot in range(STARTS) if starts)
    coarse = (fine[-1] + (horizon - fine[-1]) * slot // REST for slot in range(1, REST + 1))
    beyond = (horizon + (end - horizon) * slot // BEYOND for slot in range(1, BEYOND + 1))
    return np.array(sorted({*fine, *(at for at in known if at < horizon), *coarse, *beyond, *common}), np.int64)


def _supplies(component: Component, demands: Sequence[Demand]) -> tuple[dict[bytes, int], list[Ints]]:
    """Nodes that exactly the same runs may use, as indices."""
    distinct = list({demand.idle_nodes.tobytes(): demand.idle_nodes for demand in demands}.values())
    kinds = {nodes.tobytes(): number for number, nodes in enumerate(distinct)}
    used = np.stack(distinct) if distinct else np.zeros((0, len(component.sites.nodes)), np.bool_)
    groups: dict[bytes, list[int]] = {}
    for node in np.flatnonzero(used.any(axis=0)).tolist():
        groups.setdefault(used[:, node].tobytes(), []).append(node)
    return kinds, [np.array(nodes, np.int64) for nodes in groups.values()]


def _taste_name(demand: Demand, kinds: Mapping[bytes, int]) -> object:
    unpaid = demand.run.funding.allow_opportunistic
    bids = tuple((str(bid.offer.payer.envelope), tuple(row for row, _ in bid.charges)) for bid in demand.bids)
    return kinds[demand.idle_nodes.tobytes()], None if unpaid else (bids, _charged(demand))


def _charged(demand: Demand) -> bool:
    return demand.run.spares == 0


def _taste(component: Component, demand: Demand, supplies: Sequence[Ints], bounds: Ints) -> Taste:
    where = tuple(number for number, nodes in enumerate(supplies) if demand.idle_nodes[nodes[0]])
    if demand.run.funding.allow_opportunistic:
        return Taste(where=where, offers=None, reaches=np.zeros((len(where), 0), np.bool_), charged=False)
    now = component.situation.as_of
    offers = tuple(_way(bid, bounds, now) for bid in demand.bids)
    reaches = np.array([[bool(bid.nodes[supplies[s]].any()) for bid in demand.bids] for s in where], np.bool_)
    reaches = reaches.reshape(len(where), len(demand.bids))
    return Taste(where=where, offers=offers, reaches=reaches, charged=_charged(demand))


def _way(bid: Bid, bounds: Ints, now: int) -> Way:
    counted = [_within(window, bounds, now) for _, window in bid.charges]
    throughout = all(bool(flags.all()) for flags in counted)
    return Way(
        rows=tuple(row for row, _ in bid.charges),
        opens=_open(bid, bounds, now),
        counted=None if throughout else np.stack(counted),
    )


def _within(window: Window, bounds: Ints, now: int) -> Flags:
    """Slots that lie in the window as a whole."""
    flags = np.ones(len(bounds) - 1, np.bool_)
    if window.start is not None:
        flags &= bounds[:-1] >= window.start - now
    if window.end is not None:
        flags &= bounds[1:] <= window.end - now
    return flags


def _open(bid: Bid, bounds: Ints, now: int) -> Flags:
    """Slots at some instant of which the payer's window is open."""
    window = bid.offer.window
    flags = np.ones(len(bounds) - 1, np.bool_)
    if window.start is not None:
        flags &= bounds[1:] > window.start - now
    if window.end is not None:
        flags &= bounds[:-1] < window.end - now
    return flags


def _levels_of(free: Profile, supplies: Sequence[Ints]) -> Ints:
    level = np.maximum(free.level, 0)
    return np.stack([level[nodes].sum(axis=0) for nodes in supplies]) if supplies else level[:0]


def _seconds(profile: Profile, level: Ints, bounds: Ints, now: int) -> Ints:
    """The integral of step functions over each slot, rows by slots."""
    times = profile.times - now
    cuts = np.unique(np.concatenate([times[(times > 0) & (times < bounds[-1])], bounds]))
    column = np.searchsorted(times, cuts[:-1], "right") - 1
    pieces = level[:, column] * np.diff(cuts)
    slot = np.searchsorted(cuts, bounds[:-1])
    return np.add.reduceat(pieces, slot, axis=1) if len(level) else np.zeros((0, len(bounds) - 1), np.int64)


def _jobs(component: Component, demands: Sequence[Demand], tastes: Sequence[int]) -> Jobs:
    now, earliest = component.situation.as_of, earliest_starts(component, plainly_hopeless)
    first = [earliest[demand.key] for demand in demands]

    def column(values: Iterable[int]) -> Ints:
        return np.array(list(values), np.int64)

    return Jobs(
        keys=tuple(demand.key for demand in demands),
        weight=column(demand.weight for demand in demands),
        gpus=column(demand.shapes[-1].pods_with_spares * demand.run.gpus_per_pod for demand in demands),
        seconds=column(demand.run.duration for demand in demands),
        earliest=column(0 if start is None else max(0, start - now) for start in first),
        latest=column(
            -1 if start is None else _latest(demand) - now for start, demand in zip(first, demands, strict=True)
        ),
        taste=column(tastes),
    )


def _latest(demand: Demand) -> int:
    """The last start at which it is over before the last payer's window closes."""
    closes = [bid.offer.window.end for bid in demand.bids]
    if demand.run.funding.allow_opportunistic or any(end is None for end in closes):
        return demand.latest
    return min(demand.latest, max((end for end in closes if end is not None), default=0) - demand.run.duration)
