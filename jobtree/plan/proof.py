"""The proof: levels of the finished plan, what is claimed about them, and by which solver (semantics.md 7)."""

from collections.abc import Iterable, Mapping

from jobtree.base.identity import Key
from jobtree.cover.offer import Coverage, Tier
from jobtree.model.plan import Level, Placement, Refuse, Reserve, RunPlan, Start
from jobtree.model.run import Run
from jobtree.plan.levels import FOREIGN, REACH, WAIT, Outcome, Yardstick, level_names, level_vector


def levels(
    plans: Iterable[RunPlan],
    run_of: Mapping[Key, Run],
    coverages: Mapping[Key, Coverage],
    *,
    yardstick: Yardstick,
    wait_bound: int,
) -> tuple[Level, ...]:
    """Levels over everything this plan decides: what starts now, later, or not. Only wait has a bound."""
    outcomes = [
        _outcome(run_of[plan.run], coverages[plan.run], plan)
        for plan in plans
        if plan.run in run_of and isinstance(plan.decision, Start | Reserve | Refuse)
    ]
    values = level_vector(outcomes, yardstick)
    return tuple(
        Level(name=name, value=value, bound=wait_bound if index == WAIT else None)
        for index, (name, value) in enumerate(zip(level_names(yardstick), values, strict=True))
    )


def _outcome(run: Run, coverage: Coverage, plan: RunPlan) -> Outcome:
    if not isinstance(plan.decision, Start | Reserve):
        return Outcome(run=run, start=None)
    where = plan.decision.placement
    return Outcome(
        run=run,
        start=where.interval.start,
        width=where.width,
        domains=len({group.domain for group in where.groups}),
        reach=_reach(where, coverage),
    )


def _reach(where: Placement, coverage: Coverage) -> tuple[int, int, int, int]:
    offer_of = {offer.payer: offer for offer in coverage.offers}
    reach = [0, 0, 0, 0]
    for pod in (pod for group in where.groups for pod in group.pods):
        for term in pod.terms:
            offer = None if term.payer is None else offer_of.get(term.payer)
            used = len(pod.slots) * term.interval.seconds
            if offer is not None and offer.tier is not Tier.OWN:
                reach[REACH[offer.tier]] += used
            if offer is not None and offer.foreign:
                reach[FOREIGN] += used
    return (reach[0], reach[1], reach[2], reach[3])
