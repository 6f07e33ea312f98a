"""Activation: a contended reservation that is due makes its cuts and begins (semantics.md 8).

Each one works on a copy of the ground; its cuts are applied whole, and only if its run then fits. One that fails
changes nothing, and stops no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jobtree.base.diagnostic import Diagnostic, warning
from jobtree.base.identity import Key
from jobtree.base.instant import format_instant
from jobtree.ledger.settle import close
from jobtree.model.contention import Commitment, Cut, CutKind, Drawn, Entropy
from jobtree.model.lease import ClosedLease, Closure, ClosureReason, Lease
from jobtree.model.reservation import Promise
from jobtree.plan.carry import leases_of
from jobtree.plan.standing import Hold
from jobtree.resolve.attempt import as_promised
from jobtree.resolve.candidates import Cuttable, herd
from jobtree.resolve.choice import Attempt
from jobtree.resolve.claims import leases_cut
from jobtree.resolve.commitment import LOTTERIES, seed_of
from jobtree.resolve.cuts import CutOutcome, cut
from jobtree.resolve.dice import SeededDice
from jobtree.resolve.ground import Ground

REASONS = {
    CutKind.RECLAIM_UNFUNDED: ClosureReason.RECLAIM_UNFUNDED,
    CutKind.DROP_SPARE: ClosureReason.DROP_SPARE,
    CutKind.SHRINK: ClosureReason.SHRINK,
    CutKind.LOTTERY: ClosureReason.RANDOM_PREEMPT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Activated:
    """The ground after it, what was cut for whom, how it was drawn, and what went wrong."""

    ground: Ground
    cuts: tuple[Cut, ...] = ()
    draws: tuple[Drawn, ...] = ()
    findings: tuple[Diagnostic, ...] = ()


def activate(ground: Ground, due: Sequence[Promise], blocks: Sequence[Hold]) -> Activated:
    """Activates reservations one after the other, by promised instant, then by rank. ``blocks`` are out of reach."""
    state = Activated(ground=ground)
    for promise in sorted(due, key=lambda one: (one.earliest_start, ground.catalog.run_of[one.run].rank)):
        state = _activate(state, promise, blocks)
    return state


def _activate(state: Activated, promise: Promise, blocks: Sequence[Hold]) -> Activated:
    ground = state.ground
    run = ground.catalog.run_of[promise.run]
    found = as_promised(ground, herd(ground.catalog, ground.history), promise, ground.as_of, blocks)
    if found is None:
        return state
    commitment = promise.contention.commitment if promise.contention is not None else None
    found = replace(found, cuttables=committed(found.cuttables, commitment))
    missing = _no_entropy(found, promise, commitment, ground)
    if missing is not None:
        return replace(state, findings=(*state.findings, missing))
    seed = _seed(promise, commitment, ground.entropy)
    outcome = cut(found.needs, found.units, lambda kind: SeededDice(seed, kind.value))
    leases = () if outcome is None else leases_cut(found, outcome)
    where = None if outcome is None else found.seat(ground, blocks, leases)
    if outcome is None or where is None:
        return state
    closed = close(ground.history, _closures(found, outcome, ground, seed=seed))
    begun = replace(ground, history=closed).with_start(run, leases_of(run.key, run.owner, where))
    draws = _draws(found, outcome, promise, commitment, ground.entropy, seed)
    return Activated(
        ground=begun,
        cuts=(*state.cuts, *_cuts(outcome, run.key)),
        draws=(*state.draws, *draws),
        findings=(*state.findings, *_predictable(draws, ground.entropy)),
    )


def committed(cuttables: Sequence[Cuttable], commitment: Commitment | None) -> tuple[Cuttable, ...]:
    """Nobody is drawn who was not a candidate before the entropy existed; structural cuts need no commitment."""
    known = {(unit.kind, unit.owner, unit.name) for unit in commitment.units} if commitment is not None else set()
    return tuple(
        one
        for one in cuttables
        if one.unit.kind not in LOTTERIES or (one.unit.kind, one.unit.owner, one.unit.name) in known
    )


def _no_entropy(found: Attempt, promise: Promise, commitment: Commitment | None, ground: Ground) -> Diagnostic | None:
    """JT602 if a lottery must be held, and there is no entropy that came after its candidates were published."""
    if commitment is None or not any(unit.kind in LOTTERIES for unit in found.units):
        return None
    entropy = ground.entropy
    if entropy is None:
        return warning(
            "JT602",
            f"{promise.run} waits: its lottery has no entropy",
            help="commit the file that lottery.file names, with a beacon round after the reservation",
        )
    if entropy.came is not None and not commitment.published < entropy.came <= ground.as_of:
        published, came = format_instant(commitment.published), format_instant(entropy.came)
        return warning(
            "JT602",
            f"{promise.run} waits: the entropy of its lottery does not come after its candidates",
            notes=(f"candidates published at {published}, entropy of {came}, now {format_instant(ground.as_of)}",),
            help="commit a beacon round that lies after the reservation, and not ahead of this compile",
        )
    return None


def _predictable(draws: Sequence[Drawn], entropy: Entropy | None) -> tuple[Diagnostic, ...]:
    if not draws or entropy is None or not entropy.predictable:
        return ()
    names = ", ".join(dict.fromkeys(str(draw.claim) for draw in draws))
    return (
        warning(
            "JT603",
            f"the lottery of {names} was drawn with the input digest, which anybody could predict",
            help="compile in a git work tree, give a beacon file, or pass --entropy",
        ),
    )


def _seed(promise: Promise, commitment: Commitment | None, entropy: Entropy | None) -> str:
    if commitment is None or entropy is None:
        return ""
    name = f"{promise.run.namespace}/{promise.name}"
    return seed_of(name, commitment.digest, commitment.input_digest, entropy.text)


def _closures(found: Attempt, outcome: CutOutcome, ground: Ground, *, seed: str) -> tuple[ClosedLease, ...]:
    """How each lease ends. Tenants of a spare go with it: whole runs, as they are gangs."""
    by_name = {one.unit.name: one for one in found.cuttables}
    ended: dict[Lease, Closure] = {}
    for kept in outcome.kept:
        one, kind = by_name[kept.unit.name], kept.unit.kind
        reason = Closure(time=ground.as_of, reason=REASONS[kind], seed=seed if kind in LOTTERIES else "")
        for lease in one.leases:
            ended.setdefault(lease, reason)
        for lease in one.tenants:
            ended.setdefault(lease, Closure(time=ground.as_of, reason=ClosureReason.RECLAIMED_BY_SPARE))
    return tuple(ClosedLease(lease=lease, closure=closure) for lease, closure in ended.items())


def _cuts(outcome: CutOutcome, claim: Key) -> tuple[Cut, ...]:
    return tuple(
        Cut(
            unit=kept.unit.name,
            runs=kept.unit.runs,
            kind=kept.unit.kind,
            gpus=kept.unit.gpus,
            claim=claim,
            draw=kept.draw,
        )
        for kept in outcome.kept
    )


def _draws(
    found: Attempt,
    outcome: CutOutcome,
    promise: Promise,
    commitment: Commitment | None,
    entropy: Entropy | None,
    seed: str,
) -> tuple[Drawn, ...]:
    if commitment is None or entropy is None:
        return ()
    return tuple(
        Drawn(
            claim=promise.run,
            reservation=f"{promise.run.namespace}/{promise.name}",
            kind=lottery.kind,
            needs=lottery.needs,
            units=tuple(unit for unit in found.units if unit.kind is lottery.kind),
            committed_digest=commitment.digest,
            input_digest=commitment.input_digest,
            entropy=entropy.text,
            seed=seed,
            drawn=lottery.drawn,
            returned=lottery.returned,
        )
        for lottery in outcome.lotteries
    )
