"""The objective: levels in order, each an integer, smaller being better (semantics.md 7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant, Interval
from jobtree.cover.offer import Tier
from jobtree.model.lease import Role
from jobtree.model.reservation import Promise
from jobtree.model.run import Run
from jobtree.plan.component import Component
from jobtree.plan.draft import Draft
from jobtree.plan.seat import Route

NAMES = (
    "promises",
    "cuts",
    "wait",
    "fairness",
    "reach-sponsor",
    "reach-far-family",
    "reach-near-family",
    "reach-foreign",
    "width",
    "topology",
    "change",
    "rank",
)
WAIT, FAIRNESS = NAMES.index("wait"), NAMES.index("fairness")
REACH = {Tier.SPONSOR: 0, Tier.FAR_FAMILY: 1, Tier.NEAR_FAMILY: 2}
FOREIGN = 3

Reach = tuple[int, int, int, int]
"""GPU-seconds by sponsor, far family, near family, and foreign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the levels look at of one pending run."""

    run: Run
    start: Instant | None
    width: int = 0
    domains: int = 0
    reach: Reach = (0, 0, 0, 0)

    @property
    def weight(self) -> int:
        """GPUs x expected seconds."""
        return self.run.total_gpus * self.run.duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """What outcomes are measured against."""

    horizon: Interval
    promises: Mapping[Key, Promise]
    foreign_first: bool

    def wait(self, outcome: Outcome) -> int:
        """Seconds from now to the start; the whole horizon for a run that is not placed."""
        return self.horizon.seconds if outcome.start is None else outcome.start - self.horizon.start


def outcome(component: Component, draft: Draft, run: Run) -> Outcome:
    """A run's outcome in a draft."""
    seating = draft.seatings.get(run.key)
    if seating is None:
        return Outcome(run=run, start=None)
    reaches = [reach(seat.route, seat.pods * run.gpus_per_pod) for seat in seating.seats]
    domains = {component.sites.domain_of[seat.node] for seat in seating.seats if seat.role is not Role.OPPORTUNISTIC}
    return Outcome(
        run=run,
        start=seating.start,
        width=seating.width,
        domains=len(domains),
        reach=added(reaches),
    )


def reach(route: Route, gpus: int) -> Reach:
    """GPU-seconds of a route that somebody else pays for, or an envelope elsewhere (semantics.md 7, level 5)."""
    by_kind = [0, 0, 0, 0]
    for leg in route:
        if leg.offer is not None and leg.offer.tier is not Tier.OWN:
            by_kind[REACH[leg.offer.tier]] += gpus * leg.interval.seconds
        if leg.offer is not None and leg.offer.foreign:
            by_kind[FOREIGN] += gpus * leg.interval.seconds
    return by_kind[0], by_kind[1], by_kind[2], by_kind[3]


def added(reaches: Iterable[Reach]) -> Reach:
    """The sum by kind."""
    total = [0, 0, 0, 0]
    for one in reaches:
        total = [sum(pair) for pair in zip(total, one, strict=True)]
    return total[0], total[1], total[2], total[3]


def reach_order(yardstick: Yardstick) -> tuple[int, ...]:
    """Kinds of reach in the order in which they decide: foreign reach first with ``coverOrder: location``."""
    return (FOREIGN, 0, 1, 2) if yardstick.foreign_first else (0, 1, 2, FOREIGN)


def draft_levels(component: Component, draft: Draft, yardstick: Yardstick) -> tuple[int, ...]:
    """The level vector of a component's draft. O(seats)."""
    outcomes = [outcome(component, draft, demand.run) for demand in component.demands.values()]
    return level_vector(outcomes, yardstick)


def level_vector(outcomes: Iterable[Outcome], yardstick: Yardstick) -> tuple[int, ...]:
    """Values of ``NAMES``, in the order in which they decide (foreign reach first with coverOrder: location)."""
    runs = tuple(outcomes)
    placed = [run for run in runs if run.start is not None]
    total = added(run.reach for run in placed)
    return (
        sum(_slip(run, yardstick) for run in runs),
        0,
        sum(run.weight * yardstick.wait(run) for run in runs),
        _worst_owner(runs, yardstick),
        *(total[kind] for kind in reach_order(yardstick)),
        sum(run.run.total_gpus - run.width for run in placed),
        sum(run.domains for run in placed),
        sum(_moved(run, yardstick) for run in placed),
        0,
    )


def level_names(yardstick: Yardstick) -> tuple[str, ...]:
    """Names of the vector's places, in the same order."""
    first = NAMES.index("reach-sponsor")
    reaches = (NAMES[first + kind] for kind in reach_order(yardstick))
    return (*NAMES[:first], *reaches, *NAMES[first + FOREIGN + 1 :])


def slip(run: Run, start: Instant | None, yardstick: Yardstick) -> int:
    """Seconds by which a promise is missed; to the horizon's end for a promised run that is not placed."""
    promise = yardstick.promises.get(run.key)
    if promise is None:
        return 0
    actual = yardstick.horizon.end if start is None else start
    return max(0, actual - max(promise.earliest_start, yardstick.horizon.start))


def _slip(run: Outcome, yardstick: Yardstick) -> int:
    return slip(run.run, run.start, yardstick)


def _moved(run: Outcome, yardstick: Yardstick) -> bool:
    promise = yardstick.promises.get(run.run.key)
    return promise is not None and promise.earliest_start != run.start


def _worst_owner(runs: Iterable[Outcome], yardstick: Yardstick) -> int:
    waited: dict[Owner, int] = {}
    weight: dict[Owner, int] = {}
    for run in runs:
        waited[run.run.owner] = waited.get(run.run.owner, 0) + run.weight * yardstick.wait(run)
        weight[run.run.owner] = weight.get(run.run.owner, 0) + run.weight
    return max((-(-waited[owner] // max(weight[owner], 1)) for owner in waited), default=0)
