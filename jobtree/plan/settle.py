"""From a situation to decisions that a second compile would repeat (semantics.md 7, levels 1 and 8).

An unchanged fleet must give an empty diff, although the first compile saw runs that the second finds started or
promised. So the plan is first made as if nothing had been decided for this instant; if that gives exactly what history
says, it is the plan. Otherwise facts and promises stand, and the planning is repeated on its own result until it stays.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.diagnostic import Diagnostic
from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.cover.offer import Coverage
from jobtree.ledger.account import Books
from jobtree.ledger.books import open_books
from jobtree.milp.solver import Solver
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.lease import Lease
from jobtree.model.plan import Placement, Reserve, RunPlan, Start
from jobtree.model.reservation import Promise
from jobtree.plan.carry import carried
from jobtree.plan.decide import decisions
from jobtree.plan.situation import before, pending, reopened, situation
from jobtree.plan.solve import Answer, solve

MOST_ROUNDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """What all rounds share."""

    catalog: Catalog
    as_of: Instant
    coverages: Mapping[Key, Coverage]
    solver: Solver
    progress: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Decisions by key, a valid lower bound of the wait level, and what the solver was allowed."""

    plans: tuple[RunPlan, ...]
    wait_bound: int
    limits: tuple[tuple[str, int], ...]
    diagnostics: tuple[Diagnostic, ...]


def settle(bench: Workbench, history: History, books: Books) -> Settled:
    """Decisions for a history. At most ``MOST_ROUNDS`` + 1 plannings; one for a first compile."""
    again = reopened(bench.catalog, history, as_of=bench.as_of)
    if not again and not history.promises:
        fresh_history, fresh_books = history, books
    else:
        fresh_history, fresh_books = before(bench.catalog, history, as_of=bench.as_of)
    fresh = _round(bench, fresh_history, fresh_books)
    if _repeats(bench, fresh.plans, history, again):
        return fresh
    settled = _round(bench, history, books)
    for _ in range(MOST_ROUNDS):
        after = _history_after(settled.plans, history)
        repeated = _round(bench, after, open_books(bench.catalog, after, as_of=bench.as_of))
        if _same(repeated.plans, settled.plans):
            break
        settled = repeated
    return Settled(
        plans=settled.plans,
        wait_bound=fresh.wait_bound,
        limits=settled.limits,
        diagnostics=settled.diagnostics,
    )


def _round(bench: Workbench, history: History, books: Books) -> Settled:
    facts = situation(bench.catalog, history, books, as_of=bench.as_of)
    answers = solve(
        bench.catalog,
        facts,
        pending(bench.catalog, facts),
        coverages=bench.coverages,
        solver=bench.solver,
        progress=bench.progress,
    )
    decided = decisions([(answer.component, answer.draft) for answer in answers], facts.leases, bench.coverages)
    started = carried(history.leases, bench.catalog.nodes, as_of=bench.as_of)
    return Settled(
        plans=tuple(sorted((*decided, *started), key=lambda plan: plan.run)),
        wait_bound=sum(answer.wait_bound for answer in answers),
        limits=_limits(answers),
        diagnostics=tuple(finding for answer in answers for finding in answer.diagnostics),
    )


def _limits(answers: Sequence[Answer]) -> tuple[tuple[str, int], ...]:
    return (("parts", len(answers)),)


def _repeats(bench: Workbench, plans: Sequence[RunPlan], history: History, again: frozenset[Key]) -> bool:
    """Whether a plan made from scratch is what history says was decided."""
    found = {plan.run: plan for plan in plans}
    facts = carried(history.leases, bench.catalog.nodes, as_of=bench.as_of)
    if any(found[fact.run].decision != fact.decision for fact in facts if fact.run in again):
        return False
    kept = [promise for promise in history.promises if promise.run in found]
    return all(_keeps(found[promise.run], promise) for promise in kept)


def _keeps(plan: RunPlan, promise: Promise) -> bool:
    match plan.decision:
        case Reserve(placement=where):
            return _promise(plan.run, where) == promise
        case Start():
            return True
        case _:
            return False


def _same(one: Sequence[RunPlan], other: Sequence[RunPlan]) -> bool:
    return [plan.decision for plan in one] == [plan.decision for plan in other]


def _history_after(plans: Sequence[RunPlan], history: History) -> History:
    """What a next compile for the same instant would read: new leases and promises."""
    known = {lease.run for lease in history.leases}
    leases = [
        lease
        for plan in plans
        if plan.run not in known and isinstance(plan.decision, Start)
        for lease in _leases(plan, plan.decision.placement)
    ]
    promises = tuple(
        _promise(plan.run, plan.decision.placement) for plan in plans if isinstance(plan.decision, Reserve)
    )
    ordered = sorted((*history.leases, *leases), key=_lease_order)
    return History(leases=tuple(ordered), promises=promises)


def _leases(plan: RunPlan, where: Placement) -> Iterator[Lease]:
    for group in where.groups:
        for pod in group.pods:
            for term in pod.terms:
                yield Lease(
                    run=plan.run,
                    owner=plan.owner,
                    group=group.index,
                    rank=pod.rank,
                    role=pod.role,
                    node=pod.node,
                    slots=pod.slots,
                    payer=term.payer,
                    interval=term.interval,
                    reason=term.reason,
                )


def _promise(key: Key, where: Placement) -> Promise:
    nodes = tuple(sorted({pod.node for group in where.groups for pod in group.pods}))
    return Promise(run=key, earliest_start=where.interval.start, width=where.width, nodes=nodes)


def _lease_order(lease: Lease) -> tuple[Key, int, str, int, Instant]:
    return (lease.run, lease.group, lease.role, lease.rank, lease.interval.start)
