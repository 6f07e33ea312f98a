"""Why a run is not placed, in numbers (semantics.md 5): JT401..JT408 from budgets, JT501..JT505 from the plan."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from jobtree.base.identity import Key
from jobtree.base.instant import ALWAYS, Instant, format_instant
from jobtree.base.quantity import format_duration
from jobtree.base.words import count, gpu_time
from jobtree.cover.offer import Coverage
from jobtree.ledger.account import AccountLabel, BorrowAccount, CapAccount, LendingAccount, QuotaAccount
from jobtree.model.plan import Reason
from jobtree.model.run import Run
from jobtree.plan.component import Component
from jobtree.plan.demand import Bid
from jobtree.plan.draft import Draft
from jobtree.plan.place import Room, place
from jobtree.plan.unit import Unit


def refusal(component: Component, draft: Draft, unit: Unit, coverage: Coverage) -> Reason:
    """The first cause: upstream, no payer at all, capacity, deadline, budget, a partner's, size, horizon."""
    run = component.demands[coverage.run].run
    return (
        _upstream(component, draft, unit)
        or _no_offer(component, coverage)
        or _capacity(component, run.key)
        or _deadline(component, draft, unit, run)
        or _unpayable(component, run.key)
        or _partner(component, unit, run)
        or _unseen(component, draft, unit)
        or _horizon(component, unit, run)
    )


def hopeless(component: Component, key: Key) -> bool:
    """Whether no plan could seat the run, however empty the fleet and whoever else is planned."""
    if component.demands[key].run.funding.allow_opportunistic:
        return _capacity(component, key) is not None
    return _capacity(component, key) is not None or _unpayable(component, key) is not None


def is_unpayable(component: Component, key: Key) -> bool:
    """Whether all its payers together can never carry the run's narrowest width."""
    return _unpayable(component, key) is not None


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
    wanted = f"{count(need, 'GPU')} of {demand.run.flavor} on {demand.run.selector}"
    return Reason(
        code="JT501",
        message=f"needs {wanted}, but the nodes that somebody pays for there hold {facts['have']:,} at most, "
        f"{best:,} in the largest domain",
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


def _no_offer(component: Component, coverage: Coverage) -> Reason | None:
    if coverage.offers:
        return None
    return coverage.denials[0].reason if coverage.denials else _no_envelope(component.demands[coverage.run].run)


def _unpayable(component: Component, key: Key) -> Reason | None:
    """Why no payer, nor all together, can carry the narrowest width at the best of times."""
    demand = component.demands[key]
    if not demand.bids:
        return _no_envelope(demand.run)
    need = demand.shapes[-1].pods_with_spares * demand.run.gpus_per_pod
    found = [_shortfall(component, bid, demand.run, need) for bid in demand.bids]
    if any(reason is None for reason, _ in found) or sum(have for _, have in found) >= need:
        return None
    return max(found, key=lambda entry: entry[1])[0]


def _no_envelope(run: Run) -> Reason:
    return Reason(
        code="JT401",
        message=f"no envelope of {run.flavor} may pay for {run.owner}",
        facts={"owner": run.owner, "flavor": run.flavor, "need": run.total_gpus},
    )


def _shortfall(component: Component, bid: Bid, run: Run, need: int) -> tuple[Reason | None, int]:
    """The limit at which one payer falls shortest of ``need`` GPUs, and the GPUs that it can carry."""
    window, payer = bid.offer.window, str(bid.offer.payer.envelope)
    worst: tuple[Reason | None, int] = (None, need)
    if window.start is not None and window.end is not None and window.end - window.start < run.duration:
        length = window.end - window.start
        message = f"lasts {format_duration(run.duration)}, but the window of {payer} only {format_duration(length)}"
        facts = {"account": payer, "need": run.duration, "have": length}
        worst = (Reason(code="JT402", message=message, facts=facts), need)
    for charge in bid.offer.charges:
        whole = charge.window in (ALWAYS, bid.offer.window)
        reason, have = _short_account(component, charge.label, run, Ask(gpus=need, charged=whole))
        if reason is not None and have < worst[1]:
            worst = (reason, have)
    return worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """GPUs asked of an account; ``charged``: for every second of the run, not only for a part of it."""

    gpus: int
    charged: bool


def _short_account(component: Component, label: AccountLabel, run: Run, ask: Ask) -> tuple[Reason | None, int]:
    books = component.situation.books
    account, usage, need = books.accounts[label], books.usage[label], ask.gpus
    if account.max_gpus is not None and account.max_gpus < need:
        message = f"needs {count(need, 'GPU')}, but {label} allows {account.max_gpus:,}"
        facts = {"account": str(label), "need": need, "have": account.max_gpus, "unit": "GPUs"}
        return Reason(code=_code(label, "JT403"), message=message, facts=facts), account.max_gpus
    rate = component.situation.spare_rate if run.spares else Fraction(1)
    if account.max_gpu_seconds is not None and ask.charged:
        left = max(0, account.max_gpu_seconds - usage.spent - usage.committed)
        least = need * run.duration * rate
        if left < least:
            message = f"needs {gpu_time(int(least))}, but {label} has {gpu_time(left)} left"
            facts = {"account": str(label), "need": int(least), "have": left, "unit": "GPU-seconds"}
            return Reason(code=_code(label, "JT404"), message=message, facts=facts), int(left / (run.duration * rate))
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


def _unseen(component: Component, draft: Draft, unit: Unit) -> Reason | None:
    """Whether the plan became too large before the run's turn came."""
    if unit.key not in draft.unseen:
        return None
    runs, nodes = len(component.demands), len(component.sites.nodes)
    return Reason(
        code="JT505",
        message=f"was not looked at: {count(runs, 'run')} on {count(nodes, 'node')} are too many to plan together",
        facts={"runs": runs, "nodes": nodes, "seated": len(draft.seatings)},
    )


def _horizon(component: Component, unit: Unit, run: Run) -> Reason:
    situation = component.situation
    latest = min(demand.latest for demand in component.demands_of(unit))
    if run.deadline is not None and latest < situation.horizon.end - 1:
        return _missed(run, Instant(latest + run.duration + 1))
    need = component.demands[run.key].shapes[-1].pods_with_spares * run.gpus_per_pod
    return Reason(
        code="JT502",
        message=f"no instant before {format_instant(situation.horizon.end)} has {count(need, 'GPU')} and their budget "
        f"free for {format_duration(run.duration)}",
        facts={"need": need, "seconds": run.duration, "horizonEnd": format_instant(situation.horizon.end)},
    )
