"""What a change does to a run, in words that stand alone."""

from collections.abc import Iterator, Sequence

from jobtree.base.instant import format_instant
from jobtree.base.moments import gpu_hours, moment, span
from jobtree.base.words import count
from jobtree.model.judgement import Verdict
from jobtree.plan.accounts import PayingShare
from jobtree.review.changes import Effect, PlanDiff, Quality, RunChange
from jobtree.review.side import RunState

CUTS = {
    "ReclaimUnfunded": "as unfunded work",
    "DropSpare": "its spares",
    "Shrink": "its width",
    "Lottery": "by lottery",
}


def said(change: RunChange) -> str:
    """All effects on one run, worst first: ``starts 3h20m later, Mon 2 Mar 12:20; 8 GPUs narrower``."""
    return "; ".join(_clause(effect, change) for effect in change.effects)


def ruled(verdicts: Sequence[Verdict]) -> str:
    """How many house rules are kept: ``House rules: 7 of 8 kept, 1 object waived``; nothing if there are none."""
    if not verdicts:
        return ""
    kept, waived = sum(1 for one in verdicts if not one.broken), sum(len(one.waived) for one in verdicts)
    let_off = f", {count(waived, 'object')} waived" if waived else ""
    return f"House rules: {kept:,} of {len(verdicts):,} kept{let_off}"


def _clause(effect: Effect, change: RunChange) -> str:
    old, new = change.before, change.after
    if old is None or new is None:
        return _one_sided(effect, old or new)
    match effect:
        case Effect.CUT:
            return f"{count(new.cut, 'GPU')} cut"
        case Effect.SPARED:
            return "no longer cut"
        case Effect.UNPLACED:
            return "no longer placed"
        case Effect.PLACED:
            return f"placed, {_at(new)}"
        case Effect.SLIPPED | Effect.LATER | Effect.EARLIER:
            return _shifted(effect, change, old, new)
        case Effect.THREATENED | Effect.SAFE:
            return "; ".join(_threats(effect, old, new))
        case Effect.NARROWER | Effect.WIDER:
            return f"{new.width:,} GPUs wide instead of {old.width:,}"
        case Effect.RECALLED:
            return f"{count(new.unfunded, 'GPU')} without a payer, first to yield"
        case Effect.FUNDED:
            return "funded again" if not new.unfunded else f"{count(old.unfunded - new.unfunded, 'GPU')} funded again"
        case _:
            return _repaid(old, new)


def _one_sided(effect: Effect, state: RunState | None) -> str:
    if state is None:
        return effect.value
    if effect in (Effect.DROPPED, Effect.REMOVED):
        return f"no longer asked for; it was {_stood(state)}"
    return f"new, {_stood(state)}"


def _stood(state: RunState) -> str:
    match state.decision:
        case "refuse":
            return "refused"
        case "reserve":
            return f"reserved, {_at(state)}"
        case "start":
            return "starting now"
        case other:
            return other


def _at(state: RunState) -> str:
    return "at no instant" if state.start is None else moment(format_instant(state.start))


def _shifted(effect: Effect, change: RunChange, old: RunState, new: RunState) -> str:
    by = span(abs(new.wait - old.wait))
    word = "earlier" if effect is Effect.EARLIER else "later"
    if effect is Effect.SLIPPED and change.promised is not None:
        return f"promised {moment(format_instant(change.promised))}, starts {by} later, {_at(new)}"
    return f"starts {by} {word}, {_at(new)}"


def _threats(effect: Effect, old: RunState, new: RunState) -> Iterator[str]:
    first, second = (new, old) if effect is Effect.THREATENED else (old, new)
    for threat in sorted(set(first.threats) - set(second.threats)):
        verb = "may lose" if effect is Effect.THREATENED else "no longer may lose"
        yield f"{verb} {count(threat.gpus, 'GPU')} to {threat.claim} {CUTS[threat.kind.value]}"


def _repaid(old: RunState, new: RunState) -> str:
    """Who pays now and did not, and who no longer does."""
    before, after = ([_share(share) for share in state.payers] for state in (old, new))
    comes, goes = [name for name in after if name not in before], [name for name in before if name not in after]
    if comes and goes:
        return f"paid by {', '.join(comes)} instead of {', '.join(goes)}"
    return f"also paid by {', '.join(comes)}" if comes else f"no longer paid by {', '.join(goes)}"


def _share(share: PayingShare) -> str:
    return "nobody" if share.payer is None else f"{share.payer.envelope} ({share.funding.value.lower()})"


def verdict(diff: PlanDiff) -> str:
    """One line: how many are worse off, better off, otherwise changed, and as they were."""
    if not diff.runs:
        return "Nobody starts earlier or later, is paid otherwise, or has to yield."
    first, *rest = [
        (number, words)
        for number, words in (
            (len(diff.harms), "worse off"),
            (len(diff.helps), "better off"),
            (len(diff.others), "changed otherwise"),
            (diff.unchanged, "as before"),
        )
        if number
    ]
    return ", ".join([f"{count(first[0], 'run')} {first[1]}", *(f"{number:,} {words}" for number, words in rest)])


def irrevocable(diff: PlanDiff) -> Iterator[str]:
    """What no later change takes back: work that begins, work that is lost."""
    for change in diff.runs:
        old, new = change.before, change.after
        begun = old is not None and old.decision in ("start", "running")
        if new is not None and new.decision == "start" and not begun:
            yield f"{change.run} starts now: its leases are facts"
        if Effect.CUT in change.effects and new is not None:
            yield f"{change.run} loses {count(new.cut, 'GPU')}, and its work since the last checkpoint"
        if new is None and old is not None and old.decision == "running":
            yield f"{change.run} runs, and its leases end with it"


def waiting(diff: PlanDiff) -> str:
    """How much longer all runs of both sides wait, in GPU-hours, and whether a plan may miss its best by more.

    Nothing where the sum is nothing.
    """
    if not diff.waited:
        return ""
    more = "more" if diff.waited > 0 else "less"
    text = f"In sum runs wait {gpu_hours(abs(diff.waited))} GPU-hours {more}."
    if diff.is_within_gap:
        text += " The two plans' weighted waits differ by less than a plan may miss its best: the sum may be chance."
    return text


def gap(quality: Quality) -> str:
    """``proven``, or how far the plan's wait is from its bound at most."""
    if quality.status == "proven" or not quality.value:
        return quality.status
    hundredths = -(-10_000 * quality.slack // quality.value)
    return f"within {hundredths // 100}.{hundredths % 100:02d} % of the best"
