"""Planning one situation: components apart, each as well as the effort allows (semantics.md 7)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.diagnostic import Diagnostic
from jobtree.base.identity import Key
from jobtree.cover.offer import Coverage
from jobtree.milp.solver import Solver
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import CoverOrder
from jobtree.model.run import Run
from jobtree.plan.bound import wait_bound
from jobtree.plan.component import Component, Situation, components
from jobtree.plan.construct import construct
from jobtree.plan.draft import Draft
from jobtree.plan.effort import BUDGETS
from jobtree.plan.improve import improve
from jobtree.plan.levels import WAIT, Yardstick
from jobtree.plan.nodeclass import node_classes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """A component's finished draft, a lower bound of its wait level, and what went wrong on the way."""

    component: Component
    draft: Draft
    wait_bound: int
    diagnostics: tuple[Diagnostic, ...] = ()


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
    solver: Solver,
    progress: Callable[[str], None],
) -> tuple[Answer, ...]:
    """An answer for each component, in order of their first keys."""
    selectors = [run.selector for run in runs]
    selectors += [offer.selector for run in runs for offer in coverages[run.key].offers]
    parts = components(facts, runs, coverages, node_classes(catalog.nodes, selectors))
    measure = yardstick(catalog, facts)
    allowed = BUDGETS[catalog.fleet.solver.effort]
    answers = []
    for number, part in enumerate(parts, 1):
        progress(f"planning part {number} of {len(parts)}: {len(part.demands)} runs on {len(part.sites.nodes)} nodes")
        best = construct(part, measure)
        bound = wait_bound(part)
        if best[0][WAIT] > bound:
            best = improve(part, best, measure, seats=allowed.seats)
        answers.append(Answer(component=part, draft=best[1], wait_bound=bound))
    return tuple(answers)
