"""First come first served, and its two classic forms of backfill.

- Feitelson, Rudolph, Schwiegelshohn, Sevcik, Wong: Theory and Practice in Parallel Job Scheduling, JSSPP 1997.
- Lifka: The ANL/IBM SP Scheduling System, JSSPP 1995 (EASY).
- Mu'alem, Feitelson: Utilization, Predictability, Workloads, and User Runtime Estimates in Scheduling the IBM SP2 with
  Backfilling, IEEE TPDS 12(6), 2001 (conservative backfill and EASY, side by side).

The literature has one machine and no budgets. Here there are two kinds of queue. A part of the fleet, everything that
shares nodes, accounts or instants, is one for machines: whoever can be paid for now stands in it. An owner's purse is
one for its own runs: the first that its payers could not carry now, on empty machines, is the head of it, and does not
stop other owners, as a job of Slurm does not whose association is at its limit. A run that waits for an upstream or for
a window to open stands in neither.
"""

from dataclasses import replace
from enum import Enum

import numpy as np

from jobtree.base.identity import Owner
from jobtree.base.progress import Progress
from jobtree.model.plan import Plan
from jobtree.plan.component import Component
from jobtree.plan.draft import Draft
from jobtree.plan.fit import Widths, at
from jobtree.plan.insert import (
    bring_forward,
    commit_unit,
    insert,
    is_seated,
    remove_unit,
    start_idle,
    start_of,
    upstream_first,
)
from jobtree.plan.promise import keep_promises
from jobtree.plan.refusal import hopeless
from jobtree.plan.unit import Unit
from jobtree.plan.vacancy import Vacancy
from jobtree.resolve.ground import Ground
from jobtree.simulate.baselines.queue import Filled, by_rank, scheduled


def fcfs(ground: Ground, progress: Progress) -> Plan:
    """Strict order: nobody starts while one that came earlier, to the same queue, cannot; nothing is promised.

    Also nobody starts unfunded, for that would be to pass. O(queue) checks of payers, and one placement for each start.
    """
    return scheduled(ground, progress, fill=_in_order, name="fcfs")


def easy(ground: Ground, progress: Progress) -> Plan:
    """The head of a queue has a reservation; whoever comes after may start now if that does not delay it.

    A reservation that was given is kept, also when another run becomes the head, and comes forward when it can.
    O(queue) placements at one instant, and one earliest fit for each head.
    """
    return scheduled(ground, progress, fill=_around_the_heads, name="easy")


def conservative(ground: Ground, progress: Progress) -> Plan:
    """Everybody has a reservation, at the earliest instant that delays nobody who came earlier.

    Reservations are kept. When runs end early the schedule is compressed: by rank, each comes forward as far as it can
    without moving another, as in the literature. One earliest fit for each run.
    """
    return scheduled(ground, progress, fill=_in_turn, name="conservative")


class _Queue(Enum):
    """Where a run stands that could start as far as upstreams and windows are concerned."""

    MACHINES = "machines"
    PURSE = "purse"


def _in_order(component: Component) -> Filled:
    draft, queued, is_blocked = component.empty.copy(), [], False
    held: set[Owner] = set()
    for unit in by_rank(component):
        queue = _queue_of(component, draft, unit)
        if queue is _Queue.PURSE:
            held |= _owners(unit)
        elif queue is _Queue.MACHINES and not is_blocked and not held & _owners(unit):
            is_blocked = not _starts(component, draft, unit)
        if not is_seated(unit, draft) and _may_come(component, unit, queue):
            queued.append(unit)
    return Filled(component=component, draft=draft, queued=tuple(queued))


def _around_the_heads(component: Component) -> Filled:
    draft, queued, has_head = keep_promises(component), [], False
    held: set[Owner] = set()
    for unit in by_rank(component):
        queue = _queue_of(component, draft, unit)
        if is_seated(unit, draft):
            bring_forward(component, draft, unit)
        elif queue is not _Queue.MACHINES or not _starts(component, draft, unit):
            is_head = not has_head if queue is _Queue.MACHINES else not held & _owners(unit)
            if queue is not None and is_head:
                insert(component, draft, unit, Widths.WIDEST)
        if is_seated(unit, draft) and start_of(unit, draft) > component.situation.as_of:
            has_head |= queue is _Queue.MACHINES
            held |= _owners(unit) if queue is _Queue.PURSE else set()
        if not is_seated(unit, draft) and _may_come(component, unit, queue):
            queued.append(unit)
    start_idle(component, draft)
    return Filled(component=component, draft=draft, queued=tuple(queued))


def _in_turn(component: Component) -> Filled:
    draft = keep_promises(component)
    for unit in upstream_first(by_rank(component)):
        if is_seated(unit, draft):
            bring_forward(component, draft, unit)
        else:
            insert(component, draft, unit, Widths.WIDEST)
    start_idle(component, draft)
    return Filled(component=component, draft=draft)


def _starts(component: Component, draft: Draft, unit: Unit) -> bool:
    """Seats the unit now, if it fits."""
    seatings = at(component.demands_of(unit), draft, component.situation.as_of, widths=Widths.WIDEST)
    if seatings is not None:
        commit_unit(component, draft, unit, seatings)
    return seatings is not None


def _queue_of(component: Component, draft: Draft, unit: Unit) -> _Queue | None:
    """Where the unit stands, its own seats aside; None while it cannot start whatever others do."""
    seatings = remove_unit(component, draft, unit) if is_seated(unit, draft) else None
    queue = None
    if _is_payable(component, draft, unit):
        queue = _Queue.MACHINES
    elif _is_open(component, draft, unit):
        queue = _Queue.PURSE
    if seatings is not None:
        commit_unit(component, draft, unit, seatings)
    return queue


def _is_payable(component: Component, draft: Draft, unit: Unit) -> bool:
    """Whether nothing but machines keeps it from starting now: upstreams have ended, and payers could carry it."""
    now, demands = component.situation.as_of, component.demands_of(unit)
    if component.release(unit, draft) != now or not all(bool(demand.open_nodes.any()) for demand in demands):
        return False
    empty = Vacancy.of(component.sites.gpus.astype(np.int64), component.sites, since=now)
    return at(demands, replace(draft, nodes=empty), now, widths=Widths.NARROWEST) is not None


def _is_open(component: Component, draft: Draft, unit: Unit) -> bool:
    """Whether it waits for nothing but its payers' other runs."""
    now, demands = component.situation.as_of, component.demands_of(unit)
    windows = all(any(bid.offer.window.holds(now) for bid in demand.bids) for demand in demands)
    timely = all(demand.latest >= now for demand in demands)
    lost = any(hopeless(component, demand.key) for demand in demands)
    return component.release(unit, draft) == now and windows and timely and not lost


def _may_come(component: Component, unit: Unit, queue: _Queue | None) -> bool:
    """Whether its turn may still come: not without an upstream's end, a node, a payer, or after its deadline."""
    now, demands = component.situation.as_of, component.demands_of(unit)
    known = all(key in component.situation.ends or key in component.demands for key in unit.upstreams)
    able = all(bool(demand.open_nodes.any()) and demand.latest >= now for demand in demands)
    return queue is not None or (known and able and not any(hopeless(component, demand.key) for demand in demands))


def _owners(unit: Unit) -> set[Owner]:
    return {run.owner for run in unit.runs}
