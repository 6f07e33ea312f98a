"""One side of a comparison: a plan, the documents that it was made of, and each run as it stands in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.model.catalog import Catalog
from jobtree.model.contention import CutKind
from jobtree.model.lease import FundingClass
from jobtree.model.plan import Finished, Plan, Refuse, Reserve, RunPlan, Start
from jobtree.plan.accounts import PayingShare, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """``standing`` says who pays for what in the plan."""

    plan: Plan
    catalog: Catalog
    standing: Standing


@dataclass(frozen=True, slots=True, order=True)
class Threat:
    """What a run may lose to the reservation of ``claim``, which others make room for."""

    claim: Key
    kind: CutKind
    gpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """A run in one plan. ``start`` and ``end`` are None unless it is placed, or over.

    ``wait`` is in seconds: 0 for what has started, the whole horizon for what is refused (semantics.md 7, level 3).
    ``unfunded``: GPUs that nobody pays for. ``cut``: GPUs that this plan takes from it.
    """

    decision: str
    start: Instant | None
    end: Instant | None
    wait: int
    width: int
    payers: tuple[PayingShare, ...]
    why: str
    code: str
    cut: int = 0
    threats: tuple[Threat, ...] = ()

    @property
    def is_placed(self) -> bool:
        """Whether it runs, or has an instant at which it will."""
        return self.decision in ("start", "reserve", "running")

    @property
    def unfunded(self) -> int:
        """GPUs that nobody pays for."""
        return sum(share.gpus for share in self.payers if share.funding is FundingClass.UNFUNDED)


def states(side: Side) -> Mapping[Key, RunState]:
    """Every run of the side's plan. O(runs + cuts + remedies)."""
    cuts: dict[Key, int] = {}
    for cut in side.plan.cuts:
        for run in cut.runs:
            cuts[run] = cuts.get(run, 0) + cut.gpus
    threats = _threats(side.plan)
    return {
        run.run: _state(run, side, cut=cuts.get(run.run, 0), threats=tuple(sorted(threats.get(run.run, ()))))
        for run in side.plan.runs
    }


def _threats(plan: Plan) -> Mapping[Key, list[Threat]]:
    found: dict[Key, list[Threat]] = {}
    for run in plan.runs:
        if isinstance(run.decision, Reserve) and run.decision.forecast.contention is not None:
            for remedy in run.decision.forecast.contention.remedies:
                found.setdefault(remedy.run, []).append(Threat(run.run, remedy.kind, remedy.gpus))
    return found


def _state(run: RunPlan, side: Side, *, cut: int, threats: tuple[Threat, ...]) -> RunState:
    start: Instant | None = None
    end: Instant | None = None
    name, wait, width = "running", 0, 0
    match run.decision:
        case Refuse():
            name, wait = "refuse", side.plan.horizon.seconds
        case Finished(interval=interval):
            name, start, end = "finished", interval.start, interval.end
        case placed:
            start, end, width = placed.placement.interval.start, placed.placement.interval.end, placed.placement.width
            if isinstance(placed, Start | Reserve):
                name = "start" if isinstance(placed, Start) else "reserve"
                wait = start - side.plan.as_of
    return RunState(
        decision=name,
        start=start,
        end=end,
        wait=wait,
        width=width,
        payers=side.standing.payers[run.run],
        why=run.reason.message,
        code=run.reason.code,
        cut=cut,
        threats=threats,
    )
