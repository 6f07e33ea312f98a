"""Planning one situation: components apart, each as well as the effort allows (semantics.md 7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from jobtree.base.diagnostic import Diagnostic, warning
from jobtree.base.identity import Key
from jobtree.base.progress import Clock, Progress, Silent, Stages
from jobtree.base.words import count
from jobtree.cover.offer import Coverage
from jobtree.milp.solver import Solver
from jobtree.model.catalog import Catalog
from jobtree.model.certificate import Certificate
from jobtree.model.fleet import CoverOrder
from jobtree.model.run import Run
from jobtree.plan.ascent import free_of_charge
from jobtree.plan.certificate import priced, searched
from jobtree.plan.component import Component, Situation, components
from jobtree.plan.construct import MANY, VERY_MANY, construct, is_large
from jobtree.plan.draft import Draft
from jobtree.plan.effort import BUDGETS, Budgeted
from jobtree.plan.exact import solve_exactly
from jobtree.plan.executor import Executor, InOrder
from jobtree.plan.guide import Guidance, Scene, guided
from jobtree.plan.haggle import best_prices
from jobtree.plan.improve import improve
from jobtree.plan.insert import come_forward
from jobtree.plan.levels import WAIT, Yardstick
from jobtree.plan.market import Market, market_of
from jobtree.plan.nodeclass import node_classes
from jobtree.plan.prices import Pricing
from jobtree.plan.promise import keep_promises
from jobtree.plan.reroute import reroute

SILENT = Silent()
FEW_BUILDS = 2
FEW_UNITS = 128
"""So many are planned before other processes have begun."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """A component's finished draft, a lower bound of its wait level and why, and what went wrong on the way.

    ``seconds``: how long each stage took where it was made, by the clock of whoever asked.
    """

    component: Component
    draft: Draft
    wait_bound: int
    certificate: Certificate
    diagnostics: tuple[Diagnostic, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a plan is made with, besides the facts: none of it changes the plan, but for the solver and its version.

    ``answers`` are those of earlier plans of the same compile, by the first key of their components.
    """

    solver: Solver
    executor: Executor = field(default_factory=InOrder)
    progress: Progress = SILENT
    answers: dict[Key, Answer] = field(default_factory=dict)


def yardstick(catalog: Catalog, facts: Situation) -> Yardstick:
    """What plans of the situation are measured against."""
    foreign_first = catalog.fleet.planning.cover_order is CoverOrder.LOCATION
    return Yardstick(horizon=facts.horizon, promises=facts.promises, foreign_first=foreign_first)


def solve(
    catalog: Catalog,
    facts: Situation,
    runs: Sequence[Run],
    *,
    coverages: Mapping[Key, Coverage],
    means: Means,
) -> tuple[Answer, ...]:
    """An answer for each component, in order of their first keys. What was asked before is answered as before."""
    parts = parts_of(catalog, facts, runs, coverages)
    known = {part.key: means.answers[part.key] for part in parts if _is_known(part, means.answers)}
    open_parts = sorted((part for part in parts if part.key not in known), key=_largest_first)
    task = _Task(
        measure=yardstick(catalog, facts),
        solver=means.solver,
        allowed=BUDGETS[catalog.fleet.solver.effort],
        clock=means.progress.clock,
    )
    large = sum(len(part.units) for part in open_parts) > FEW_UNITS
    found = iter((means.executor if large else InOrder()).map(task, open_parts))
    for number, part in enumerate(open_parts, 1):
        means.progress(
            f"planning: part {number} of {len(open_parts)}: {len(part.demands)} runs on {len(part.sites.nodes)} nodes"
        )
        answer = next(found)
        means.progress.spent(answer.seconds)
        known[part.key] = replace(answer, component=part)
    means.answers.update(known)
    return tuple(known[part.key] for part in parts)


def _largest_first(part: Component) -> tuple[int, Key]:
    """So that processes end at about the same time: what takes longest is not begun last."""
    return -len(part.units) * len(part.sites.nodes), part.key


def _is_known(part: Component, answers: Mapping[Key, Answer]) -> bool:
    return part.key in answers and part.asks_as(answers[part.key].component)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What is done with every component, wherever it is."""

    measure: Yardstick
    solver: Solver
    allowed: Budgeted
    clock: Clock

    def __call__(self, part: Component) -> Answer:
        stage = Stages(self.clock)
        answer = _answer(part, self, stage)
        stage(None)
        return replace(answer, seconds=stage.seconds)


def parts_of(
    catalog: Catalog, facts: Situation, runs: Sequence[Run], coverages: Mapping[Key, Coverage]
) -> tuple[Component, ...]:
    """The components of these runs."""
    selectors = [run.selector for run in runs]
    selectors += [offer.selector for run in runs for offer in coverages[run.key].offers]
    return components(facts, runs, coverages, node_classes(catalog.nodes, selectors), links=catalog.runs)


def _guidance(component: Component, allowed: Budgeted) -> Guidance:
    """Less of all for each unit where there are many, because each costs as much as there are units."""
    count = max(1, len(component.units))
    return Guidance(
        turns=min(allowed.turns, allowed.most_turns // count),
        rounds=min(allowed.most_ruins, allowed.ruins * count),
        builds=min(allowed.builds, FEW_BUILDS) if count > VERY_MANY else allowed.builds,
    )


def _starts(component: Component, draft: Draft) -> list[int]:
    """When everything that is seated starts, in seconds from now."""
    return [seating.start - component.situation.as_of for seating in draft.seatings.values()]


def _answer(component: Component, task: _Task, stage: Stages) -> Answer:
    """Constructive plan, prices, and where they leave a gap: plans along a guide, a counted search, an exact model.

    Reports JT522 (the solver failed) and JT524 (too large: the constructive plan stands).
    """
    measure, allowed = task.measure, task.allowed
    stage("placing")
    promised = come_forward(component, keep_promises(component))
    best = construct(component, promised, measure)
    stage("pricing")
    market = market_of(component, starts=_starts(component, best[1]))
    if is_large(best[1]):
        return _searched_no_further(component, best[1], market)
    offer = best_prices(market, target=best[0][WAIT], rounds=allowed.prices)
    bound = offer.reply.bound
    proof = priced(component, market, offer.prices)
    findings: tuple[Diagnostic, ...] = ()
    if best[0][WAIT] > bound:
        scene = Scene(component=component, promised=promised, measure=measure, stage=stage)
        best = guided(scene, best, market, offer, allowed=_guidance(component, allowed))
    if best[0][WAIT] > bound and len(component.units) <= MANY:
        stage("improving")
        best = improve(component, best, measure, seats=allowed.seats * len(component.units))
    if best[0][WAIT] > bound:
        exact = solve_exactly(component, best, measure, solver=task.solver, allowed=allowed, stage=stage)
        best, findings = exact.best, exact.diagnostics
        if exact.wait_bound > bound:
            bound, proof = exact.wait_bound, searched(component, exact.wait_bound)
    stage("paying")
    paid = reroute(component, best, measure, solver=task.solver, allowed=allowed)
    return Answer(
        component=component,
        draft=paid.best[1],
        wait_bound=bound,
        certificate=proof,
        diagnostics=(*findings, *paid.diagnostics),
    )


def _searched_no_further(component: Component, draft: Draft, market: Market) -> Answer:
    """The constructive plan, what all would wait if nothing cost anything, and JT524."""
    offer = free_of_charge(Pricing(market))
    return Answer(
        component=component,
        draft=draft,
        wait_bound=offer.reply.bound,
        certificate=priced(component, market, offer.prices),
        diagnostics=(_too_large(component, draft),),
    )


def _too_large(component: Component, draft: Draft) -> Diagnostic:
    """JT524, with how many runs are not in the plan."""
    runs, left = len(component.demands), len(component.demands) - len(draft.seatings)
    sizes = f"{count(runs, 'run')} on {count(len(component.sites.nodes), 'node')}"
    return warning(
        "JT524",
        f"{sizes}, from {component.key} on, are too many to search for a better plan than conservative backfill",
        notes=(f"{left:,} of them have no place in it",),
        help="run `jobtree explain JT524`",
    )
