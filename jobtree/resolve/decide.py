"""The decision on everything: what is due begins, the rest is planned, and contention gets its reservations.

The order is that of semantics.md 7 and 8: promises first, then cuts, then the plan of all others around them; growth
and opportunistic work last, in what nobody needs.
"""

from collections.abc import Sequence
from dataclasses import replace

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval
from jobtree.base.progress import Progress
from jobtree.ledger.lives import State, lives
from jobtree.model.plan import Level, Plan, Reserve, RunPlan, Start
from jobtree.model.reservation import Promise
from jobtree.plan.standing import Claim, Hold
from jobtree.resolve.activate import Activated, activate
from jobtree.resolve.attempt import as_promised
from jobtree.resolve.candidates import herd
from jobtree.resolve.claims import claim_of, out_of_reach, placed_slots, spoken_for, with_odds
from jobtree.resolve.fill import fill_spares
from jobtree.resolve.ground import Ground
from jobtree.resolve.growth import grow
from jobtree.resolve.holes import start_in_holes
from jobtree.resolve.newcomers import contend, is_unpaid_start
from jobtree.resolve.partners import start_alone
from jobtree.resolve.renew import renew
from jobtree.resolve.slips import slips


def decide(ground: Ground, progress: Progress) -> Plan:
    """One plan for all runs. Costs one plan, and one more for each time that ``_contended`` plans again."""
    ground = renew(ground)
    known = lives(ground.history)
    open_promises = [
        promise
        for promise in ground.history.promises
        if promise.run in ground.catalog.run_of
        and (promise.run not in known or known[promise.run].state is State.PENDING)
    ]
    alone = start_alone(ground.catalog, known)  # a partner may have come since: then the set is planned, and it waits
    contended = [
        promise
        for promise in open_promises
        if promise.contention is not None and promise.run not in ground.kept.runs and promise.run in alone
    ]
    state = Activated(ground=ground)
    if contended:
        progress("activating")
        state = _keep(ground, contended)
    after, plan = _contended(state.ground, progress)
    state = replace(state, ground=after)
    filled = fill_spares(after, start_in_holes(after, grow(after, plan, cut=_losers(state))))
    return _finished(after.measured(filled, plan), state, open_promises)


def _contended(ground: Ground, progress: Progress) -> tuple[Ground, Plan]:
    """The plan of all others around what contention adds, with the ground that it stands on.

    Contention looks again where unfunded work begins in that plan, while a run waits that would have begun without it.
    Each time adds a start or a claim, so it comes to an end.
    """
    plan = ground.plan(progress)
    while True:
        progress("contending")
        after = contend(ground, plan)
        if after is ground:
            return ground, plan
        again = after.plan(progress)
        if not (_begins(plan, paid=True) - _begins(again, paid=True) and _begins(again, paid=False)):
            return after, again
        ground, plan = after, again


def _begins(plan: Plan, *, paid: bool) -> frozenset[Key]:
    """Runs that start with the plan, and whether somebody pays for them."""
    starts = (one for one in plan.runs if isinstance(one.decision, Start))
    return frozenset(one.run for one in starts if paid is not is_unpaid_start(one))


def _keep(ground: Ground, contended: Sequence[Promise]) -> Activated:
    """What is due begins; what is not stands as it was promised, if that can still be."""
    blocks = _promised_slots(ground)
    state = activate(ground, [promise for promise in contended if promise.earliest_start <= ground.as_of], blocks)
    later = [promise for promise in contended if promise.earliest_start > ground.as_of]
    for promise in sorted(later, key=lambda one: (one.earliest_start, ground.catalog.run_of[one.run].rank)):
        claim = _carried(state.ground, promise, [*blocks, *out_of_reach(state.ground)])
        if claim is not None:
            state = replace(state, ground=state.ground.with_claim(claim))
    return state


def _promised_slots(ground: Ground) -> tuple[Hold, ...]:
    """Where runs sit whose promises need no cuts: on the slots that the last plan meant for them, as far as known."""
    firm = {promise.run: promise for promise in ground.history.promises if promise.contention is None}
    known = {
        plan.run: _held(plan, since=ground.as_of)
        for plan in ground.published
        if plan.run in firm and _starts_at(plan) == firm[plan.run].earliest_start
    }
    seated = known if known.keys() == firm.keys() else {plan.run: placed_slots(plan) for plan in ground.promised()}
    return tuple(hold for holds in seated.values() for hold in holds)


def _starts_at(plan: RunPlan) -> Instant | None:
    """When a reservation starts."""
    return plan.decision.placement.interval.start if isinstance(plan.decision, Reserve) else None


def _held(plan: RunPlan, *, since: Instant) -> tuple[Hold, ...]:
    """The slots of a reservation for as long as it lasts; one that is overdue begins now."""

    def due(hold: Hold) -> Hold:
        late = max(0, since - hold.interval.start)
        return replace(hold, interval=Interval(Instant(hold.interval.start + late), Instant(hold.interval.end + late)))

    return tuple(map(due, placed_slots(plan)))


def _carried(ground: Ground, promise: Promise, blocks: Sequence[Hold]) -> Claim | None:
    crowd = herd(ground.catalog, ground.history, spoken_for(ground.claims))
    found = as_promised(ground, crowd, promise, promise.earliest_start, blocks)
    if found is None:
        return None
    natural = promise.natural_start or promise.earliest_start
    claim = claim_of(found, ground, blocks, natural_start=natural, promise=promise)
    return None if claim is None else with_odds(claim, found)


def _losers(state: Activated) -> frozenset[Key]:
    return frozenset(run for cut in state.cuts for run in cut.runs)


def _finished(plan: Plan, state: Activated, promises: Sequence[Promise]) -> Plan:
    """The plan with what was cut and drawn for it, what is over with it, and which promises it breaks."""
    history = state.ground.history
    found = (*state.findings, *slips(plan, promises, state.ground))
    return replace(
        plan,
        proof=replace(plan.proof, levels=tuple(_with_cuts(level, state) for level in plan.proof.levels)),
        closures=history.closures,
        cuts=state.cuts,
        draws=state.draws,
        observed=history.observed,
        diagnostics=(*plan.diagnostics, *found),
    )


def _with_cuts(level: Level, state: Activated) -> Level:
    return replace(level, value=sum(cut.gpus for cut in state.cuts)) if level.name == "cuts" else level
