"""Why a run does not start now, and what its reservation forecasts (semantics.md 7 and 8): JT511..JT515."""

from dataclasses import dataclass

import numpy as np

from jobtree.base.identity import Domain
from jobtree.base.instant import Instant, format_instant
from jobtree.base.quantity import format_duration
from jobtree.base.words import count
from jobtree.model.plan import Forecast, Reason, Shortage
from jobtree.plan.arrays import Ints
from jobtree.plan.component import Component
from jobtree.plan.demand import Demand, shape
from jobtree.plan.draft import Draft
from jobtree.plan.fit import room_for, seat_run
from jobtree.plan.place import place
from jobtree.plan.seat import Seating
from jobtree.plan.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wait:
    """A run that is seated later than now, in the finished draft of its component."""

    component: Component
    draft: Draft
    unit: Unit
    demand: Demand
    seating: Seating

    @property
    def now(self) -> Instant:
        """The plan's instant."""
        return self.component.situation.as_of


def waiting(wait: Wait) -> Reason:
    """What became sufficient last: upstream, GPUs, window, budget, else the partners; the first that applies.

    Just before its start the cause still stood in the way; its numbers are those of the first instant that upstreams
    allow, where it stood in the way even then.
    """
    release = wait.component.release(wait.unit, wait.draft)
    if release is not None and release == wait.seating.start:
        return _for_upstream(wait, release)
    others = wait.draft.copy()
    others.remove(wait.demand)
    asked = release or wait.now
    last = Instant(max(asked, wait.seating.start - 1))
    for cause in (_for_gpus, _for_window, _for_budget):
        reason = cause(wait, others, last)
        if reason is not None:
            return cause(wait, others, asked) or reason
    return _for_partners(wait)


def forecast(wait: Wait) -> Forecast:
    """GPUs that the domains of the intended slice lack now, after fragmentation; and how sure the instant is.

    Nothing is missing where the slice would fit other nodes now: then something else makes the run wait.
    """
    others = wait.draft.copy()
    others.remove(wait.demand)
    missing = _missing(wait, others)
    opens = {leg.offer.window.start for seat in wait.seating.seats for leg in seat.route if leg.offer is not None}
    return Forecast(
        deficit=tuple(Shortage(domain=domain, gpus=gpus) for domain, gpus in missing if gpus),
        natural_start=wait.seating.start,
        confidence="window-aligned" if wait.seating.start in opens else "firm",
    )


def _for_upstream(wait: Wait, release: Instant) -> Reason:
    last = [key for key in wait.unit.upstreams if wait.component.end_of(key, wait.draft) == release]
    names = ", ".join(str(key) for key in last)
    return Reason(
        code="JT514",
        message=f"starts when {names} ends, at {format_instant(release)}",
        facts={"upstreams": [str(key) for key in last], "end": format_instant(release)},
    )


def _for_gpus(wait: Wait, others: Draft, asked: Instant) -> Reason | None:
    """Whether the narrowest shape fits what the others leave free, whoever would pay."""
    demand = wait.demand
    room = room_for(demand, others, asked, demand.open_nodes)
    narrowest = demand.shapes[-1]
    if place(narrowest, room) is not None:
        return None
    per_pod = demand.run.gpus_per_pod
    need, have = narrowest.pods_with_spares * per_pod, int(room.pods.sum()) * per_pod
    frees = format_instant(wait.seating.start)
    length = format_duration(demand.run.duration)
    free = f"{have:,} {'is' if have == 1 else 'are'} free"
    message = f"needs {count(need, 'GPU')} for {length}; {free} that long, until enough are at {frees}"
    if have >= need:
        message = f"needs {count(need, 'GPU')} for {length} as its groups ask; {free} but scattered until {frees}"
    facts = {"need": need, "have": have, "seconds": demand.run.duration, "start": frees}
    return Reason(code="JT511", message=message, facts=facts)


def _for_window(wait: Wait, others: Draft, asked: Instant) -> Reason | None:
    del others
    windows = [bid.offer.window for bid in wait.demand.bids]
    if any(window.start is None or window.start <= asked for window in windows):
        return None
    opens = Instant(min(window.start for window in windows if window.start is not None))
    names = [str(bid.offer.payer.envelope) for bid in wait.demand.bids if bid.offer.window.start == opens]
    return Reason(
        code="JT513",
        message=f"waits for the window of {', '.join(names)}, which opens at {format_instant(opens)}",
        facts={"envelopes": names, "opens": format_instant(opens), "start": format_instant(wait.seating.start)},
    )


def _for_budget(wait: Wait, others: Draft, asked: Instant) -> Reason | None:
    """Whether its payers could not carry the narrowest shape, although there are GPUs for it."""
    demand = wait.demand
    if seat_run(demand, others, asked, shapes=demand.shapes) is not None:
        return None
    need = demand.shapes[-1].pods_with_spares * demand.run.gpus_per_pod
    purse = others.purse(demand, demand.interval(asked))
    account, have = _tightest(wait, purse.gpus.min(axis=1))
    length, start = format_duration(demand.run.duration), format_instant(wait.seating.start)
    message = f"needs {count(need, 'GPU')}, but {account} has {have:,} to spare for {length}"
    if have >= need:
        message = f"needs {count(need, 'GPU')} for {length}; {account} does not carry them alone"
    paying = sorted({str(leg.offer.payer.envelope) for seat in wait.seating.seats for leg in seat.route if leg.offer})
    message += f", until {' and '.join(paying)} can pay"
    facts = {"account": account, "need": need, "have": have, "seconds": demand.run.duration, "start": start}
    return Reason(code="JT512", message=message, facts=facts)


def _tightest(wait: Wait, headroom: Ints) -> tuple[str, int]:
    """The account with the least headroom among those of the payer that is asked first."""
    first = wait.demand.bids[0]
    labels = [charge.label for charge in first.offer.charges if charge.label in wait.component.rows]
    rows = [wait.component.rows[label] for label in labels]
    if not rows:
        return f"envelope {first.offer.payer.envelope}", 0
    least = int(np.argmin(headroom[rows]))
    return str(labels[least]), max(0, int(headroom[rows[least]]))


def _for_partners(wait: Wait) -> Reason:
    names = [str(run.key) for run in wait.unit.runs if run.key != wait.demand.key]
    start = format_instant(wait.seating.start)
    if not names:
        facts: dict[str, object] = {"start": start}
        return Reason(code="JT511", message=f"waits for GPUs that others were promised until {start}", facts=facts)
    return Reason(
        code="JT515",
        message=f"starts together with {', '.join(names)}, at {start}",
        facts={"with": names, "start": start},
    )


def _missing(wait: Wait, others: Draft) -> list[tuple[Domain, int]]:
    sites, demand = wait.component.sites, wait.demand
    per_pod = demand.run.gpus_per_pod
    room = room_for(demand, others, wait.now, demand.open_nodes)
    if place(shape(demand.run, wait.seating.width), room) is not None:
        return []
    have = sites.by_domain(room.pods * per_pod)
    need: dict[int, int] = {}
    for seat in wait.seating.seats:
        domain = int(sites.domain_of[seat.node])
        need[domain] = need.get(domain, 0) + seat.pods * per_pod
    return [(sites.domains[domain], max(0, need[domain] - int(have[domain]))) for domain in sorted(need)]
