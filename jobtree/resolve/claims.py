"""Reservations that others make room for: published, carried on until they are due (semantics.md 8)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval, format_instant
from jobtree.base.words import count
from jobtree.model.contention import Commitment, Contention, CutKind, Remedy
from jobtree.model.lease import Lease
from jobtree.model.plan import Forecast, Placement, Reason, Reserve, RunPlan, Shortage, Start
from jobtree.model.reservation import Promise
from jobtree.plan.standing import Claim, Hold
from jobtree.resolve.choice import Attempt
from jobtree.resolve.commitment import LOTTERIES, commit
from jobtree.resolve.cuts import CutOutcome, intended
from jobtree.resolve.ground import Ground
from jobtree.resolve.odds import odds


def claim_of(
    found: Attempt, ground: Ground, blocks: Sequence[Hold], *, natural_start: Instant, promise: Promise | None
) -> Claim | None:
    """The reservation that an attempt comes to; None if the run does not fit even then.

    It says no odds yet: of many attempts one is kept, and ``with_odds`` completes it. ``promise`` is what was published
    before: its commitment stands as long as the candidates are the same.
    """
    outcome = intended(found.needs, found.units)
    if outcome is None:
        return None
    kept = leases_cut(found, outcome)
    where = found.seat(ground, blocks, kept)
    if where is None:
        return None
    contention = _contention(found, outcome, ground, promise)
    drawn = contention.commitment is not None
    forecast = Forecast(
        deficit=tuple(Shortage(domain=domain, gpus=gpus) for domain, gpus in found.deficit if gpus),
        natural_start=natural_start,
        confidence="contended",
        contention=contention,
    )
    plan = RunPlan(
        run=found.run.key,
        owner=found.run.owner,
        decision=Reserve(placement=where, forecast=forecast),
        reason=_reason(found, where, contention),
    )
    yields = tuple(lease for one in found.cuttables for lease in (*one.leases, *one.tenants)) if drawn else kept
    scope = tuple(_scope(found, yields) if drawn else _slots_of(where))
    return Claim(plan=plan, yields=yields, drawn=drawn, scope=scope, holds=tuple(_holds(scope, ground)))


def with_odds(claim: Claim, found: Attempt) -> Claim:
    """The same claim, with the odds of its lottery if it may hold one. Costs as ``resolve.odds.odds``."""
    decision = claim.plan.decision
    if not claim.drawn or not isinstance(decision, Reserve) or decision.forecast.contention is None:
        return claim
    contention = replace(decision.forecast.contention, odds=odds(found.needs, found.units))
    forecast = replace(decision.forecast, contention=contention)
    return replace(claim, plan=replace(claim.plan, decision=replace(decision, forecast=forecast)))


def scopes(claims: Iterable[Claim]) -> tuple[Hold, ...]:
    """Slots that standing reservations may come to use."""
    return tuple(hold for claim in claims for hold in claim.scope)


def out_of_reach(ground: Ground) -> tuple[Hold, ...]:
    """What no further claim may touch: the slots of those that stand, and whole domains while a lottery is pending.

    Until it is drawn nobody knows whom a lottery takes, so a second claim on the same domain could promise nothing.
    """
    until = [(claim.placement.interval.end, claim.domains) for claim in ground.claims if claim.drawn]
    closed = [
        Hold(node=node.name, slots=tuple(range(node.gpus)), interval=Interval(ground.as_of, end))
        for end, domains in until
        for node in ground.catalog.nodes
        if node.domain in domains
    ]
    return (*scopes(ground.claims), *closed)


def spoken_for(claims: Iterable[Claim]) -> frozenset[Key]:
    """Runs that standing claims cut or may draw: nobody else may, or the odds of one would depend on another."""
    return frozenset(lease.run for claim in claims for lease in claim.yields)


def meets_another(claim: Claim, claims: Iterable[Claim]) -> bool:
    """Whether a lottery would be drawn in a domain where another claim stands already."""
    mine = {group.domain for group in claim.placement.groups}
    others = {group.domain for other in claims for group in other.placement.groups}
    return claim.drawn and not mine.isdisjoint(others)


def placed_slots(plan: RunPlan) -> tuple[Hold, ...]:
    """The slots of a run that starts or is to start."""
    return tuple(_slots_of(plan.decision.placement)) if isinstance(plan.decision, Start | Reserve) else ()


def leases_cut(found: Attempt, outcome: CutOutcome) -> tuple[Lease, ...]:
    """All leases that end with the units that stay cut, in the order of cutting, once each."""
    by_name = {one.unit.name: one for one in found.cuttables}
    kept = [by_name[one.unit.name] for one in outcome.kept]
    return tuple(dict.fromkeys(lease for one in kept for lease in (*one.leases, *one.tenants)))


def _contention(found: Attempt, outcome: CutOutcome, ground: Ground, promise: Promise | None) -> Contention:
    """Exact where no lottery is held; else everything that may be cut."""
    lottery = bool(outcome.lotteries)
    units = found.units if lottery else tuple(one.unit for one in outcome.kept)
    tenants = {one.unit.name: one.tenants for one in found.cuttables}
    losers = {run for unit in units for run in unit.runs} | {
        lease.run for unit in units for lease in tenants[unit.name]
    }
    gpus: dict[tuple[CutKind, Key], int] = {}
    for unit in units:
        for run in unit.runs[:1]:
            gpus[unit.kind, run] = gpus.get((unit.kind, run), 0) + unit.gpus
    remedies = tuple(Remedy(kind=kind, run=run, gpus=total) for (kind, run), total in gpus.items())
    return Contention(
        remedies=remedies,
        conflict_set=tuple(sorted(losers)),
        commitment=_commitment(found, ground, promise) if lottery else None,
    )


def _commitment(found: Attempt, ground: Ground, promise: Promise | None) -> Commitment:
    """The candidates as they are now, under the commitment that was published earlier if that has the same ones."""
    fresh = commit(found.units, ground.input_digest, ground.as_of)
    before = promise.contention.commitment if promise is not None and promise.contention is not None else None
    stands = before is not None and before.digest == fresh.digest and before.published < fresh.published
    return before if before is not None and stands else fresh


def _reason(found: Attempt, where: Placement, contention: Contention) -> Reason:
    """JT601, with what is missing where, and what makes room."""
    lacks = [f"{count(gpus, 'GPU')} in {domain}" for domain, gpus in found.deficit if gpus]
    start = format_instant(where.interval.start)
    kinds: dict[CutKind, int] = {}
    for remedy in contention.remedies:
        kinds[remedy.kind] = kinds.get(remedy.kind, 0) + remedy.gpus
    means = ", ".join(f"{_WORDS[kind]} ({gpus:,})" for kind, gpus in kinds.items() if kind not in LOTTERIES)
    drawn = [kind for kind in kinds if kind in LOTTERIES]
    chosen = " and ".join(_WORDS[kind] for kind in drawn)
    remedies = "; ".join(text for text in (means, chosen) if text)
    message = f"lacks {' and '.join(lacks)} until others make room at {start}: {remedies}"
    if found.recalls and not lacks:
        message = f"starts at {start} on what its owner recalls from family"
    facts = {"start": start, "deficit": sum(gpus for _, gpus in found.deficit), "recalls": found.recalls}
    return Reason(code="JT601", message=message, facts=facts)


_WORDS = {
    CutKind.RECLAIM_UNFUNDED: "a lottery among unfunded work",
    CutKind.DROP_SPARE: "drop spares",
    CutKind.SHRINK: "shrink malleable",
    CutKind.LOTTERY: "a lottery",
}


def _scope(found: Attempt, yields: Iterable[Lease]) -> Iterator[Hold]:
    """Every slot of the claim's nodes that is free or may be cut: a lottery may give it any of them."""
    seen, cut = found.occupancy, frozenset(yields)
    for need in found.needs:
        for on in need.free:
            slots = seen.open_slots(seen.nodes[on.node], cut)
            if slots:
                yield Hold(node=on.node, slots=slots, interval=seen.interval)


def _slots_of(where: Placement) -> Iterator[Hold]:
    for group in where.groups:
        for pod in group.pods:
            yield Hold(node=pod.node, slots=pod.slots, interval=where.interval)


def _holds(scope: Sequence[Hold], ground: Ground) -> Iterator[Hold]:
    """The scope from when its slots are free: now, or when the last lease there ends.

    So every slot is held without a gap until the claim is over, and whatever else is planned in whole numbers of GPUs
    also finds slots. What could have run there before the claim begins is found again by ``resolve.holes``.
    """
    slots = {(hold.node, slot) for hold in scope for slot in hold.slots}
    ends: dict[tuple[str, int], Instant] = {}
    for lease in ground.history.leases:
        for slot in lease.slots:
            if (lease.node, slot) in slots:
                ends[lease.node, slot] = max(ends.get((lease.node, slot), ground.as_of), lease.interval.end)
    for hold in scope:
        by_start: dict[Instant, list[int]] = {}
        for slot in hold.slots:
            by_start.setdefault(ends.get((hold.node, slot), ground.as_of), []).append(slot)
        for start, own in sorted(by_start.items()):
            if start < hold.interval.end:
                yield Hold(node=hold.node, slots=tuple(own), interval=Interval(start, hold.interval.end))
