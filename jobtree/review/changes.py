"""What differs between two plans: runs, owners, envelopes, and how sure each plan is of itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.instant import Instant
from jobtree.model.lease import FundingClass
from jobtree.model.plan import Level, Plan
from jobtree.plan.accounts import EnvelopeUse
from jobtree.review.side import RunState, Side, states

WAIT = "wait"


class Effect(StrEnum):
    """What a change does to a run, maybe several things: harms first, then what is good, then what is neither."""

    CUT = "cut"
    DROPPED = "dropped"
    UNPLACED = "unplaced"
    SLIPPED = "slipped"
    RECALLED = "recalled"
    LATER = "later"
    THREATENED = "threatened"
    NARROWER = "narrower"
    WIDER = "wider"
    SAFE = "safe"
    FUNDED = "funded"
    EARLIER = "earlier"
    PLACED = "placed"
    SPARED = "spared"
    REMOVED = "removed"
    REPAID = "repaid"
    ADDED = "added"


HARMS = frozenset(
    {
        Effect.CUT,
        Effect.DROPPED,
        Effect.UNPLACED,
        Effect.SLIPPED,
        Effect.RECALLED,
        Effect.LATER,
        Effect.THREATENED,
        Effect.NARROWER,
    }
)
NEUTRAL = frozenset({Effect.REMOVED, Effect.REPAID, Effect.ADDED})
ORDER = {effect: number for number, effect in enumerate(Effect)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChange:
    """A run that is not as it was; ``before`` or ``after`` is None where it is asked for on one side only.

    ``waited``: GPU-seconds that it waits more (or less, if negative), its GPUs times the difference of its waits.
    ``promised``: the start that was published for it, if its promise slips.
    """

    run: Key
    owner: Owner
    effects: tuple[Effect, ...]
    before: RunState | None
    after: RunState | None
    waited: int
    promised: Instant | None = None

    @property
    def is_harm(self) -> bool:
        """Whether the run is worse off in some way."""
        return any(effect in HARMS for effect in self.effects)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerChange:
    """Runs of one owner: how many are worse and better off, and GPU-seconds that they wait more in sum."""

    owner: Owner
    harmed: int
    helped: int
    waited: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeChange:
    """What an envelope carries on both sides; None where it does not exist."""

    envelope: EnvelopeKey
    before: EnvelopeUse | None
    after: EnvelopeUse | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The wait level of one plan: GPU-seconds times seconds, and the proven bound."""

    status: str
    value: int
    bound: int

    @property
    def slack(self) -> int:
        """By how much the plan may miss the best one."""
        return max(0, self.value - self.bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDiff:
    """Everything that differs, sorted: runs worst first, owners by what they lose, envelopes by key."""

    as_of: Instant
    runs: tuple[RunChange, ...]
    unchanged: int
    owners: tuple[OwnerChange, ...]
    envelopes: tuple[EnvelopeChange, ...]
    before: Quality
    after: Quality

    @property
    def is_empty(self) -> bool:
        """Whether the plans decide the same for everybody."""
        return not self.runs and not self.envelopes

    @property
    def harms(self) -> tuple[RunChange, ...]:
        """Runs that are worse off."""
        return tuple(change for change in self.runs if change.is_harm)

    @property
    def helps(self) -> tuple[RunChange, ...]:
        """Runs that are better off."""
        return tuple(change for change in self.runs if not change.is_harm and change.effects[0] not in NEUTRAL)

    @property
    def others(self) -> tuple[RunChange, ...]:
        """Runs that are neither: new ones, those that are gone, those that somebody else pays for."""
        return tuple(change for change in self.runs if change.effects[0] in NEUTRAL)

    @property
    def waited(self) -> int:
        """GPU-seconds that all runs of both sides together wait more."""
        return sum(change.waited for change in self.runs)

    @property
    def is_within_gap(self) -> bool:
        """Whether the two waits differ by no more than one of the plans may miss its best."""
        return abs(self.after.value - self.before.value) <= max(self.before.slack, self.after.slack)


def compare(before: Side, after: Side, *, promises: Mapping[Key, Instant]) -> PlanDiff:
    """The difference of two plans. ``promises``: published starts that a slip is measured against. O(runs log runs)."""
    old, new = states(before), states(after)
    changes = [
        change
        for key in sorted({*old, *new})
        if (change := _run_change(key, old.get(key), new.get(key), before, after, promises.get(key))) is not None
    ]
    changes.sort(key=lambda change: (ORDER[change.effects[0]], -abs(change.waited), change.run))
    return PlanDiff(
        as_of=after.plan.as_of,
        runs=tuple(changes),
        unchanged=len({*old, *new}) - len(changes),
        owners=_owners(changes),
        envelopes=tuple(_envelopes(before, after)),
        before=_quality(before.plan),
        after=_quality(after.plan),
    )


def _run_change(
    key: Key, old: RunState | None, new: RunState | None, before: Side, after: Side, promised: Instant | None
) -> RunChange | None:
    run = (after if new is not None else before).catalog.run_of[key]
    found = tuple(sorted(_effects(old, new, promised), key=ORDER.__getitem__))
    if not found:
        return None
    waited = (new.wait - old.wait) * run.total_gpus if old is not None and new is not None else 0
    slipped = promised if Effect.SLIPPED in found else None
    return RunChange(run=key, owner=run.owner, effects=found, before=old, after=new, waited=waited, promised=slipped)


def _effects(old: RunState | None, new: RunState | None, promised: Instant | None) -> Iterator[Effect]:
    if old is None:
        yield Effect.ADDED
    elif new is None:
        yield Effect.DROPPED if old.is_placed else Effect.REMOVED
    else:
        yield from _cuts(old, new)
        yield from _starts(old, new, promised)
        yield from _widths(old, new)
        yield from _payers(old, new)


def _cuts(old: RunState, new: RunState) -> Iterator[Effect]:
    if new.cut > old.cut:
        yield Effect.CUT
    elif new.cut < old.cut:
        yield Effect.SPARED
    worse = set(new.threats) - set(old.threats)
    if worse:
        yield Effect.THREATENED
    elif set(old.threats) - set(new.threats):
        yield Effect.SAFE


def _starts(old: RunState, new: RunState, promised: Instant | None) -> Iterator[Effect]:
    if old.is_placed and new.decision == "refuse":
        yield Effect.UNPLACED
    elif old.decision == "refuse" and new.is_placed:
        yield Effect.PLACED
    elif new.wait > old.wait:
        due = promised is not None and new.start is not None and new.start > promised
        yield Effect.SLIPPED if due else Effect.LATER
    elif new.wait < old.wait:
        yield Effect.EARLIER


def _widths(old: RunState, new: RunState) -> Iterator[Effect]:
    if old.is_placed and new.is_placed and old.width != new.width:
        yield Effect.NARROWER if new.width < old.width else Effect.WIDER


def _payers(old: RunState, new: RunState) -> Iterator[Effect]:
    if not (old.is_placed and new.is_placed):
        return
    if old.unfunded != new.unfunded and {old.decision, new.decision} <= {"running", "start"}:
        yield Effect.RECALLED if new.unfunded > old.unfunded else Effect.FUNDED
    elif {(share.payer, share.funding) for share in old.payers} != {(s.payer, s.funding) for s in new.payers}:
        yield Effect.REPAID


def _owners(changes: list[RunChange]) -> tuple[OwnerChange, ...]:
    """Those that gain or lose."""
    by_owner: dict[Owner, list[RunChange]] = {}
    for change in changes:
        is_two_sided = change.before is not None and change.after is not None
        if (is_two_sided or Effect.DROPPED in change.effects) and change.effects != (Effect.REPAID,):
            by_owner.setdefault(change.owner, []).append(change)
    found = [
        OwnerChange(
            owner=owner,
            harmed=sum(change.is_harm for change in own),
            helped=sum(not change.is_harm for change in own),
            waited=sum(change.waited for change in own),
        )
        for owner, own in by_owner.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.waited, one.owner)))


def _envelopes(before: Side, after: Side) -> Iterator[EnvelopeChange]:
    old = {use.envelope.key: use for use in before.standing.envelopes}
    new = {use.envelope.key: use for use in after.standing.envelopes}
    for key in sorted({*old, *new}):
        if _figures(old.get(key)) != _figures(new.get(key)):
            yield EnvelopeChange(envelope=key, before=old.get(key), after=new.get(key))


def _figures(use: EnvelopeUse | None) -> object:
    if use is None:
        return None
    return (
        use.envelope.concurrency,
        use.envelope.max_gpu_seconds,
        use.envelope.window,
        held(use),
        use.spent,
        use.planned,
    )


def held(use: EnvelopeUse) -> int:
    """GPUs that count against the envelope's concurrency at the plan's instant."""
    return sum(use.used[kind] for kind in (FundingClass.OWNED, FundingClass.SHARED, FundingClass.BORROWED))


def _quality(plan: Plan) -> Quality:
    wait: Level = next(level for level in plan.proof.levels if level.name == WAIT)
    return Quality(status=plan.proof.status, value=wait.value, bound=wait.bound or 0)
