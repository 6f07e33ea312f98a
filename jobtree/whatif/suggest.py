"""What would make a run start earlier: ideas are tried around everybody else, and the best are planned for real."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobtree.base.instant import Instant
from jobtree.base.progress import Progress
from jobtree.base.words import count
from jobtree.model.plan import Placement, Plan, Refuse, Reserve, RunPlan, Start
from jobtree.plan.accounts import standing_of
from jobtree.review.changes import RunChange, compare
from jobtree.review.side import Side
from jobtree.whatif.idea import Case, Chain, Idea
from jobtree.whatif.limits import lenders, longer_windows, more_gpus, more_hours
from jobtree.whatif.machines import more_nodes
from jobtree.whatif.shapes import later_deadline, narrower, shorter, spread, unfunded, without_spares
from jobtree.whatif.table import Table

MOST = 4
"""So many ideas are planned for everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An idea that helps, and when and how wide the run starts in the plan that was made with it.

    ``lent``: GPUs that its lender pays for. ``harmed`` are others that are worse off in that plan.
    """

    idea: Idea
    start: Instant
    width: int
    lent: int
    harmed: tuple[RunChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """``tried`` counts the ideas that were planned. ``start``: when the run starts without any; None: never."""

    found: tuple[Suggestion, ...]
    tried: int
    start: Instant | None


def suggest(table: Table, progress: Progress) -> Suggestions:
    """Suggestions for one run, the earliest start first. A run that starts or has started gets none.

    Ideas are tried on the run alone, around what was decided of everybody else. Those that help there are planned for
    everybody, as a compile would, and so is the fleet as it is: nothing is credited to an idea that a next compile does
    anyway. At most ``MOST`` + 1 plans of the part that the run is in, and some ten of the run alone.
    """
    as_of = table.ground.as_of
    decided = _of(table.plan, table)
    if not isinstance(decided.decision, Reserve | Refuse):
        return Suggestions(found=(), tried=0, start=as_of)
    progress("trying changes")
    promising, tried = _promising(table, decided)
    if not promising:
        return Suggestions(found=(), tried=tried, start=_start(decided))
    progress(f"planning {count(len(promising), 'change')} for everybody")
    before, *after = table.everybody([table.ground.catalog, *(idea.catalog for idea in promising)])
    now = _start(_of(before.plan, table))
    judged = [_judged(idea, before, side, table) for idea, side in zip(promising, after, strict=True)]
    found = [one for one in judged if one is not None and (now is None or one.start < now)]
    return Suggestions(found=tuple(sorted(found, key=lambda one: (one.start, len(one.harmed)))), tried=tried, start=now)


def chains_of(case: Case) -> tuple[Chain, ...]:
    """Ideas that the reason suggests, by kind; kinds without an idea are left out."""
    return tuple(chain for chain in _chains(case) if chain)


def _chains(case: Case) -> Iterator[Chain]:
    code = case.reason.code
    if code in ("JT504", "JT505", "JT514"):  # another run has to change
        return
    yield narrower(case)
    yield without_spares(case)
    if code in ("JT501", "JT502", "JT511", "JT601"):
        yield spread(case)
        yield more_nodes(case)
    if code == "JT503":
        yield later_deadline(case)
    yield shorter(case)
    if code.startswith("JT4") or code in ("JT502", "JT503", "JT512", "JT513"):
        yield more_gpus(case)
        yield more_hours(case)
        yield longer_windows(case)
        yield from lenders(case)
        yield unfunded(case)


def _promising(table: Table, decided: RunPlan) -> tuple[tuple[Idea, ...], int]:
    """The best idea of each chain that helps the run alone, earliest start first; and how many were tried."""
    ground = table.ground
    case = Case(
        catalog=ground.catalog,
        run=ground.catalog.run_of[table.key],
        decided=decided,
        uses=standing_of(table.plan, ground.catalog, ground.history.past).envelopes,
        as_of=ground.as_of,
    )
    chains = chains_of(case)
    if case.run.together:  # nobody can tell of one run alone when its whole set could start
        return tuple(chain[0] for chain in chains[:MOST]), len(chains)
    planned = _start(decided)
    now = table.alone(ground.catalog, before=planned) or planned
    found = [_best(table, chain, now) for chain in chains]
    helpful = sorted((one for one in found if one is not None), key=lambda one: one[0])
    return tuple(idea for _, idea in helpful[:MOST]), sum(map(len, chains))


def _best(table: Table, chain: Sequence[Idea], now: Instant | None) -> tuple[Instant, Idea] | None:
    """The first idea with which the run starts at once, else the one with which it starts earliest."""
    best: tuple[Instant, Idea] | None = None
    for idea in chain:
        start = table.alone(idea.catalog, before=now if best is None else best[0])
        best = best if start is None else (start, idea)
        if best is not None and best[0] == table.ground.as_of:
            return best
    return best


def _judged(idea: Idea, before: Side, after: Side, table: Table) -> Suggestion | None:
    placement = _placement(_of(after.plan, table))
    if placement is None:
        return None
    shares = [share for share in after.standing.payers[table.key] if share.payer is not None]
    lent = sum(share.gpus for share in shares if share.payer is not None and share.payer.owner == idea.lender)
    if idea.lender is not None and not lent:
        return None
    changes = compare(before, after, promises={}).harms
    return Suggestion(
        idea=idea,
        start=placement.interval.start,
        width=placement.width,
        lent=lent,
        harmed=tuple(change for change in changes if change.run != table.key),
    )


def _of(plan: Plan, table: Table) -> RunPlan:
    return next(one for one in plan.runs if one.run == table.key)


def _placement(decided: RunPlan) -> Placement | None:
    return decided.decision.placement if isinstance(decided.decision, Start | Reserve) else None


def _start(decided: RunPlan) -> Instant | None:
    placement = _placement(decided)
    return None if placement is None else placement.interval.start
