"""The tables of a review, as cells: what the terminal and the Markdown comment both show."""

from collections.abc import Iterator, Sequence

from jobtree.base.moments import gpu_hours
from jobtree.model.judgement import Verdict
from jobtree.model.lease import FundingClass
from jobtree.plan.accounts import EnvelopeUse
from jobtree.review.approvals import Need
from jobtree.review.attribution import Alone
from jobtree.review.changes import Effect, EnvelopeChange, RunChange, held
from jobtree.review.review import Review
from jobtree.review.words import said

WAITED = "GPU-hours waited"
RUNS = ("Run", "Owner", "What", WAITED, "Why")
OWNERS = ("Owner", "Runs worse", "Runs better", WAITED)
ENVELOPES = ("Envelope", "GPUs", "Free now", "GPU-hours planned", "GPU-hours left")
APPROVALS = ("Owner", "What changes", "Who may approve", "Given")
EDITS = ("File", "Change", "Moves", WAITED)
BREACHES = ("House rule", "Object", "What", "Why")
CARD = ("House rule", "Looks at", "Objects", "Break it", "Waived")
NUMBERS = frozenset({WAITED, *OWNERS[1:3], *ENVELOPES[1:], *CARD[2:]})
NAMED = 3
"""Runs that a cell names before it counts the rest."""
Row = Sequence[str]


def run_rows(changes: Sequence[RunChange]) -> list[Row]:
    """What becomes of runs, and the reason that the plan gives for it."""
    return [[str(one.run), one.owner, said(one), signed(one.waited), _why(one)] for one in changes]


def _why(change: RunChange) -> str:
    state = change.after or change.before
    if state is None or state.decision == "finished":
        return ""
    if state.decision == "running":
        lost = [
            str(share.payer.envelope)
            for share in state.payers
            if share.payer and share.funding is FundingClass.UNFUNDED
        ]
        return f"no longer covered by {', '.join(lost)}" if lost and Effect.RECALLED in change.effects else ""
    return state.why


def owner_rows(review: Review) -> list[Row]:
    """Who loses most first."""
    return [
        [
            one.owner,
            f"{one.harmed:,}" if one.harmed else "",
            f"{one.helped:,}" if one.helped else "",
            signed(one.waited),
        ]
        for one in review.diff.owners
    ]


def envelope_rows(review: Review) -> list[Row]:
    """Before and after, or one figure where both are the same."""
    return [[str(one.envelope), *_cells(one)] for one in review.diff.envelopes]


def _cells(change: EnvelopeChange) -> Iterator[str]:
    old, new = _figures(change.before), _figures(change.after)
    for before, after in zip(old, new, strict=True):
        yield before if before == after else f"{before} → {after}"


def _figures(use: EnvelopeUse | None) -> tuple[str, str, str, str]:
    """GPUs, GPUs free at the plan's instant, GPU-hours planned, GPU-hours that neither are spent nor planned."""
    if use is None:
        return "-", "-", "-", "-"
    cap = use.envelope.max_gpu_seconds
    left = "no cap" if cap is None else signed_hours(cap - use.spent - use.planned)
    size = use.envelope.concurrency
    return f"{size:,}", f"{size - held(use):,}", gpu_hours(use.planned), left


def approval_rows(review: Review) -> list[Row]:
    """Who must consent, to what, and whether they did."""
    return [
        [need.owner, "; ".join(need.reasons), ", ".join(need.approvers) or "nobody is registered", _given(review, need)]
        for need in review.needs
    ]


def _given(review: Review, need: Need) -> str:
    if review.given is None:
        return "not known"
    return ", ".join(sorted(review.given.intersection(need.approvers))) or "missing"


def breach_rows(verdicts: Sequence[Verdict]) -> list[Row]:
    """What breaks house rules and is not waived: denials first."""
    ordered = sorted(verdicts, key=lambda verdict: not verdict.denies)
    return [
        [f"{one.rule.name} ({'denied' if one.denies else 'warning'})", breach.object, breach.message, breach.note]
        for one in ordered
        for breach in one.broken
    ]


def card_rows(verdicts: Sequence[Verdict]) -> list[Row]:
    """The score card: every rule, and what it found."""
    return [
        [one.rule.name, one.rule.scope.value, *(f"{n:,}" for n in (one.seen, len(one.broken), len(one.waived)))]
        for one in verdicts
    ]


def edit_rows(review: Review) -> list[Row]:
    """What each change does without the others; nothing where none was tried alone."""
    tried = [[one.edit.path, one.edit.word, *_alone(one)] for one in review.alone]
    rest = review.edits[len(tried) :] if tried else ()
    return [*tried, *([edit.path, edit.word, "not tried alone (--alone)", ""] for edit in rest)]


def _alone(one: Alone) -> tuple[str, str]:
    if one.refusal is not None:
        return f"cannot stand alone: {one.refusal}", ""
    names = [str(key) for key in one.moved[:NAMED]]
    more = [f"+{len(one.moved) - NAMED:,}"] if len(one.moved) > NAMED else []
    return ", ".join([*names, *more]) or "nobody", signed(one.waited)


def signed(gpu_seconds: int) -> str:
    """GPU-hours with their sign; nothing for nothing."""
    return "" if gpu_seconds == 0 else signed_hours(gpu_seconds, plus="+")


def signed_hours(gpu_seconds: int, *, plus: str = "") -> str:
    """GPU-hours that may be negative."""
    return f"{'-' if gpu_seconds < 0 else plus}{gpu_hours(abs(gpu_seconds))}"
