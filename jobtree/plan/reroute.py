"""The cover stage: payers of a schedule that stands, chosen for all runs at once (semantics.md 5; 7, level 5).

Insertion pays for one run after the other and never asks an earlier one to let its payer go. Here starts, nodes and
widths stay, and the least reach is found level by level, in windows of some claims while the others stand; then the
earliest of each claim's fares. A window is solved exactly or not at all, so that its answer is the only one.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import accumulate
from math import gcd
from typing import TYPE_CHECKING

from jobtree.base.diagnostic import Diagnostic, warning
from jobtree.milp.problem import Problem, Relation, Row, Terms, evaluate
from jobtree.milp.solution import Failed, Infeasible, Optimal, Outcome
from jobtree.milp.solver import Limits, Solver
from jobtree.milp.window import Windows
from jobtree.model.lease import Role
from jobtree.plan.billing import Claim, Frozen, RowLabel, bill
from jobtree.plan.component import Component
from jobtree.plan.construct import Measured
from jobtree.plan.demand import Demand
from jobtree.plan.draft import Draft
from jobtree.plan.effort import Budgeted
from jobtree.plan.levels import Reach, Yardstick, added, draft_levels, reach, reach_order
from jobtree.plan.routes import Fare, tariff
from jobtree.plan.seat import Seat

if TYPE_CHECKING:
    from jobtree.base.identity import Key

Solve = Callable[[Problem[RowLabel]], Outcome]
"""Asks a solver."""
SEEN = 100
"""Columns of a window, if one claim has no more."""
HASHED = 1 << 10
"""Equal choices are told apart by numbers below this."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rerouted:
    """The better of the given plan and the one with other payers, and what the solver did wrong."""

    best: Measured
    diagnostics: tuple[Diagnostic, ...] = ()


def reroute(
    component: Component, best: Measured, yardstick: Yardstick, *, solver: Solver, allowed: Budgeted
) -> Rerouted:
    """Other payers for the same seats, if less reach comes of it: the least there is, if one window shows all claims.

    Nothing is asked where the reach is plainly least. Reports JT522; a search that its node limit ends changes nothing.
    """
    draft, order = best[1].copy(), reach_order(yardstick)
    claims = _claims(component, draft)
    if _reach_held(claims) == added(_least(claim, order) for claim in claims):
        return Rerouted(best=best)
    for demand in {claim.demand.key: claim.demand for claim in claims}.values():
        draft.refund(demand)
    problem = bill(claims, draft.accounts, draft.seconds, most=allowed.terms)
    if problem is None:
        return Rerouted(best=best)
    limits = Limits(nodes=allowed.nodes)
    aim = _Aim(costs=tuple(_costs(claims, kind) for kind in order), preference=_preference(claims))
    outcome = _improved(claims, problem, aim, lambda one: solver.solve(one, limits))
    if isinstance(outcome, Failed):
        return Rerouted(best=best, diagnostics=(_failure(component, outcome.reason),))
    for demand, seats in _paid(claims, outcome, draft):
        draft.pay(demand, seats)
    measured = (draft_levels(component, draft, yardstick), draft)
    return Rerouted(best=min(best, measured, key=lambda one: one[0]))


def _claims(component: Component, draft: Draft) -> tuple[Claim, ...]:
    """Everything that somebody pays for, by run, role and zone of payers. O(seats x fares)."""
    found: list[Claim] = []
    column = 0
    for key, seating in sorted(draft.seatings.items()):
        if any(leg.offer is None for seat in seating.seats for leg in seat.route):
            continue
        demand = component.demands[key]
        fares = tariff(demand, demand.interval(seating.start), draft.spare_rate).fares
        parts: dict[tuple[Role, int], list[Seat]] = {}
        for seat in seating.seats:
            parts.setdefault((seat.role, int(demand.zone_of[seat.node])), []).append(seat)
        for (role, _), seats in parts.items():
            able = tuple(fare for fare in fares if fare.nodes[seats[0].node])
            found.append(Claim(demand=demand, role=role, seats=tuple(seats), fares=able, first=column))
            column += len(able)
    return tuple(found)


def _reach_held(claims: Sequence[Claim]) -> Reach:
    return added(
        reach(seat.route, seat.pods * claim.demand.run.gpus_per_pod) for claim in claims for seat in claim.seats
    )


def _least(claim: Claim, order: Sequence[int]) -> Reach:
    """The reach of a claim that could pay as if it were alone."""
    reaches = (reach(fare.route, claim.pods * claim.demand.run.gpus_per_pod) for fare in claim.fares)
    return min(reaches, key=lambda one: [one[kind] for kind in order])


def _costs(claims: Sequence[Claim], kind: int) -> Terms:
    """GPU-seconds of one kind of reach for a pod, by column."""
    columns = ((claim, *pair) for claim in claims for pair in zip(claim.columns, claim.fares, strict=True))
    costs = ((column, reach(fare.route, claim.demand.run.gpus_per_pod)[kind]) for claim, column, fare in columns)
    return tuple((column, cost) for column, cost in costs if cost)


def _preference(claims: Sequence[Claim]) -> Terms:
    """Earlier fares first, and then numbers from the names, so that there is one best choice whoever looks for it."""
    return tuple(
        (column, weight)
        for claim in claims
        for place, column in enumerate(claim.columns)
        if (weight := place * HASHED + _number(f"{claim.demand.key} {claim.role} {column - claim.first}"))
    )


def _number(name: str) -> int:
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big") % HASHED


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aim:
    """What gets less: ``costs`` by column for each level of reach, in order, and then ``preference``."""

    costs: tuple[Terms, ...]
    preference: Terms


def _improved(claims: Sequence[Claim], problem: Problem[RowLabel], aim: _Aim, solve: Solve) -> Sequence[int] | Failed:
    """Pods by column, window by window from the point at hand on, each as good as can be while the others stand."""
    point = [pods for claim in claims for pods in _pods_by_fare(claim)]
    windows = Windows(problem)
    for columns in _views(claims):
        window = windows.at(columns, point)
        held = [point[column] for column in window.columns]
        own = _Aim(costs=tuple(map(window.terms, aim.costs)), preference=window.terms(aim.preference))
        outcome = _least_reach(window.problem, own, held, solve)
        if isinstance(outcome, Failed):
            return outcome
        for column, pods in zip(window.columns, outcome.values if isinstance(outcome, Optimal) else held, strict=True):
            point[column] = pods
    return point


def _pods_by_fare(claim: Claim) -> list[int]:
    """How many of its pods each fare pays for now."""
    pods = dict.fromkeys((fare.route for fare in claim.fares), 0)
    for seat in claim.seats:
        pods[seat.route] += seat.pods
    return list(pods.values())


def _views(claims: Sequence[Claim]) -> Iterator[Sequence[int]]:
    """Columns of claims of the same and of neighbouring owners, some ``SEEN`` at a time, each claim twice if not all.

    Who is close by name is often close by budget, and a window into a family finds what windows into time do not.
    """
    ordered = sorted(claims, key=lambda claim: (claim.demand.run.owner, claim.first))
    ends = list(accumulate(len(claim.columns) for claim in ordered))
    first = 0
    while first < len(ordered):
        before = ends[first - 1] if first else 0
        last = max(bisect_right(ends, before + SEEN), first + 1)
        yield [column for claim in ordered[first:last] for column in claim.columns]
        if last == len(ordered):
            return
        first = max(bisect_right(ends, before + SEEN // 2), first + 1)


def _least_reach(problem: Problem[RowLabel], aim: _Aim, point: Sequence[int], solve: Solve) -> Outcome | None:
    """One solve for each level, the ones before it frozen, and one for the preference; None if nothing gets less.

    No optimum is more than the point at hand while those before it are equal.
    """
    found: list[int] = []
    held = [evaluate(costs, tuple(point)) for costs in aim.costs]
    for costs, now in zip(aim.costs, held, strict=True):
        least = 0
        if costs and (now or found < held[: len(found)]):
            scale = gcd(*(cost for _, cost in costs))
            outcome = solve(replace(problem, objective=tuple((column, cost // scale) for column, cost in costs)))
            if isinstance(outcome, Infeasible):
                return Failed(reason="the solver found no payers where there are some")
            if not isinstance(outcome, Optimal):
                return outcome
            least = outcome.objective * scale
        found.append(least)
        if found > held[: len(found)]:
            return Failed(reason=f"the solver's best payers reach for {least} GPU-seconds, those at hand for {now}")
        problem = _frozen(problem, costs, least)
    return solve(replace(problem, objective=aim.preference)) if found < held else None


def _frozen(problem: Problem[RowLabel], costs: Terms, least: int) -> Problem[RowLabel]:
    """Columns that cost anything are nothing, or a row keeps their sum."""
    if not least:
        priced = {column for column, _ in costs}
        columns = (replace(one, upper=0) if number in priced else one for number, one in enumerate(problem.columns))
        return replace(problem, columns=tuple(columns))
    scale = gcd(*(cost for _, cost in costs))
    terms = tuple((column, cost // scale) for column, cost in costs)
    row: Row[RowLabel] = Row(label=Frozen(), terms=terms, relation=Relation.AT_MOST, limit=least // scale)
    return replace(problem, rows=(*problem.rows, row))


def _paid(claims: Sequence[Claim], pods: Sequence[int], draft: Draft) -> Iterator[tuple[Demand, tuple[Seat, ...]]]:
    """Each run with its seats in their order, paid by as many pods of each fare as ``pods`` has by column."""
    routed: dict[Key, list[Seat]] = {}
    demands = {claim.demand.key: claim.demand for claim in claims}
    for claim in claims:
        fares = zip(claim.fares, (pods[column] for column in claim.columns), strict=True)
        routed.setdefault(claim.demand.key, []).extend(_routed(claim.seats, list(fares)))
    for key, seats in routed.items():
        place = {_where(seat): number for number, seat in reversed(list(enumerate(draft.seatings[key].seats)))}
        yield demands[key], tuple(sorted(seats, key=lambda seat: place[_where(seat)]))


def _routed(seats: Sequence[Seat], fares: Sequence[tuple[Fare, int]]) -> Iterator[Seat]:
    """Seats in order on fares in order; a seat that several fares pay for comes in parts."""
    routes = [(fare.route, pods) for fare, pods in reversed(fares) if pods]
    for seat in _whole(seats):
        left = seat.pods
        while left:
            route, pods = routes.pop()
            taken = min(left, pods)
            left -= taken
            yield replace(seat, pods=taken, route=route)
            if pods > taken:
                routes.append((route, pods - taken))


def _whole(seats: Sequence[Seat]) -> Sequence[Seat]:
    """Seats without routes: parts that only their payers kept apart are one again."""
    pods: dict[tuple[int, Role, int], int] = {}
    for seat in seats:
        pods[_where(seat)] = pods.get(_where(seat), 0) + seat.pods
    return [Seat(group=group, role=role, node=node, pods=count) for (group, role, node), count in pods.items()]


def _where(seat: Seat) -> tuple[int, Role, int]:
    return seat.group, seat.role, seat.node


def _failure(component: Component, reason: str) -> Diagnostic:
    return warning(
        "JT522",
        f"{reason}; payers stand as each run found them for {component.key} and what it shares with",
        help="run `jobtree explain JT522`",
    )
