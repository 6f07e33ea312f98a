"""Why a run is not placed, in numbers (semantics.md 5): JT401..JT408 from budgets, JT501..JT504 from the plan."""

import numpy as np

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, format_instant
from jobtree.base.quantity import format_duration
from jobtree.cover.offer import Coverage
from jobtree.ledger.account import AccountLabel, Books, BorrowAccount, CapAccount, LendingAccount, QuotaAccount
from jobtree.model.plan import Reason
from jobtree.model.run import Run
from jobtree.plan.component import Component
from jobtree.plan.demand import Bid, Demand
from jobtree.plan.draft import Draft
from jobtree.plan.place import Room, place
from jobtree.plan.unit import Unit


def refusal(component: Component, draft: Draft, unit: Unit, coverage: Coverage) -> Reason:
    """The first cause that applies: upstream, capacity, deadline, budget, horizon; else a partner's."""
    run = component.demands[coverage.run].run
    return (
        _upstream(component, draft, unit)
        or _capacity(component, run.key)
        or _deadline(component, draft, unit, run)
        or _budget(component, coverage)
        or _partner(component, unit, run)
        or _horizon(component, unit, run)
    )


def _upstream(component: Component, draft: Draft, unit: Unit) -> Reason | None:
    lost = [key for key in unit.upstreams if component.end_of(key, draft) is None]
    if lost:
        names = [str(key) for key in lost]
        message = f"waits for {', '.join(names)}, which never completes"
        return Reason(code="JT504", message=message, facts={"upstreams": names})
    if component.release(unit, draft) is None:
        partners = [str(run.key) for run in unit.runs]
        message = "can no longer start in the same instant as the runs of its `with` set"
        return Reason(code="JT504", message=message, facts={"with": partners})
    return None


def _capacity(component: Component, key: Key) -> Reason | None:
    """Whether the narrowest shape fits the fleet with nothing on it."""
    demand = component.demands[key]
    shape, sites = demand.shapes[-1], component.sites
    open_to = demand.idle_nodes
    free = np.where(open_to, sites.gpus, 0).astype(np.int64)
    if open_to.any() and place(shape, Room(sites=sites, per_pod=demand.run.gpus_per_pod, free=free, allowed=open_to)):
        return None
    need = shape.pods_with_spares * demand.run.gpus_per_pod
    best = int(sites.by_domain(free // demand.run.gpus_per_pod).max()) * demand.run.gpus_per_pod if len(free) else 0
    facts: dict[str, object] = {
        "need": need,
        "have": int((free // demand.run.gpus_per_pod).sum()) * demand.run.gpus_per_pod,
        "largestDomain": best,
        "flavor": demand.run.flavor,
        "selector": str(demand.run.selector),
    }
    return Reason(
        code="JT501",
        message=f"needs {need} GPUs of {demand.run.flavor} on {demand.run.selector}, "
        f"which the fleet can never seat: it has {facts['have']} there, {best} in its largest domain",
        facts=facts,
    )


def _deadline(component: Component, draft: Draft, unit: Unit, run: Run) -> Reason | None:
    release = component.release(unit, draft)
    if run.deadline is None or release is None or release + run.duration <= run.deadline:
        return None
    return _missed(run, Instant(release + run.duration))


def _missed(run: Run, end: Instant) -> Reason:
    deadline = run.deadline or end
    return Reason(
        code="JT503",
        message=f"would end at {format_instant(end)} at the earliest, after its deadline {format_instant(deadline)}",
        facts={"deadline": format_instant(deadline), "earliestEnd": format_instant(end), "seconds": run.duration},
    )


def _budget(component: Component, coverage: Coverage) -> Reason | None:
    """Why no payer, nor all together, can carry the narrowest width at the best of times."""
    demand = component.demands[coverage.run]
    if not coverage.offers:
        return coverage.denials[0].reason if coverage.denials else _no_envelope(demand.run)
    need = demand.shapes[-1].pods_with_spares * demand.run.gpus_per_pod
    books = component.situation.books
    found = [_shortfall(bid, demand, books, need) for bid in demand.bids]
    if any(reason is None for reason, _ in found):
        return None
    together = sum(have for _, have in found)
    return None if together >= need else max(found, key=lambda entry: entry[1])[0]


def _no_envelope(run: Run) -> Reason:
    return Reason(
        code="JT401",
        message=f"no envelope of {run.flavor} may pay for {run.owner}",
        facts={"owner": run.owner, "flavor": run.flavor, "need": run.total_gpus},
    )


def _shortfall(bid: Bid, demand: Demand, books: Books, need: int) -> tuple[Reason | None, int]:
    """The first limit at which one payer fails to carry ``need`` GPUs on its own, and the GPUs that it can carry."""
    run, window = demand.run, bid.offer.window
    payer = str(bid.offer.payer.envelope)
    if window.start is not None and window.end is not None and window.end - window.start < run.duration:
        length = window.end - window.start
        message = f"lasts {format_duration(run.duration)}, but the window of {payer} only {format_duration(length)}"
        return Reason(
            code="JT402", message=message, facts={"account": payer, "need": run.duration, "have": length}
        ), need
    worst: tuple[Reason | None, int] = (None, need)
    for charge in bid.offer.charges:
        reason, have = _short_account(charge.label, books, run, need)
        if reason is not None and have < worst[1]:
            worst = (reason, have)
    return worst


def _short_account(label: AccountLabel, books: Books, run: Run, need: int) -> tuple[Reason | None, int]:
    account, usage = books.accounts[label], books.usage[label]
    if account.max_gpus is not None and account.max_gpus < need:
        message = f"needs {need} GPUs, but {label} allows {account.max_gpus}"
        facts = {"account": str(label), "need": need, "have": account.max_gpus, "unit": "GPUs"}
        return Reason(code=_code(label, "JT403"), message=message, facts=facts), account.max_gpus
    if account.max_gpu_seconds is not None:
        left = max(0, account.max_gpu_seconds - usage.spent - usage.committed)
        if left < need * run.duration:
            message = f"needs {need * run.duration} GPU-seconds, but {label} has {left} left"
            facts = {"account": str(label), "need": need * run.duration, "have": left, "unit": "GPU-seconds"}
            return Reason(code=_code(label, "JT404"), message=message, facts=facts), left // run.duration
    return None, need


def _code(label: AccountLabel, own: str) -> str:
    match label:
        case CapAccount():
            return "JT405"
        case QuotaAccount():
            return "JT406"
        case BorrowAccount():
            return "JT408"
        case LendingAccount():
            return "JT408" if own == "JT403" else own
        case _:
            return own


def _partner(component: Component, unit: Unit, run: Run) -> Reason | None:
    """A run that is fine by itself is refused with the first of its set that is not."""
    for other in unit.runs if len(unit.runs) > 1 else ():
        if other.key != run.key and (lost := _capacity(component, other.key)) is not None:
            message = f"must start together with {other.key}, which {lost.message}"
            return Reason(code=lost.code, message=message, facts={"with": str(other.key), **lost.facts})
    return None


def _horizon(component: Component, unit: Unit, run: Run) -> Reason:
    situation = component.situation
    latest = min(demand.latest for demand in component.demands_of(unit))
    if run.deadline is not None and latest < situation.horizon.end - 1:
        return _missed(run, Instant(latest + run.duration + 1))
    need = component.demands[run.key].shapes[-1].pods_with_spares * run.gpus_per_pod
    return Reason(
        code="JT502",
        message=f"no instant before {format_instant(situation.horizon.end)} has {need} GPUs and their budget "
        f"free for {format_duration(run.duration)}",
        facts={"need": need, "seconds": run.duration, "horizonEnd": format_instant(situation.horizon.end)},
    )
