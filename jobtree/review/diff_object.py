"""A review as JSON values (schemas/outputs/plan-diff.json): every key present, absent values null."""

from collections.abc import Sequence

from jobtree.base.instant import Instant, format_instant
from jobtree.model.judgement import Verdict
from jobtree.plan.accounts import EnvelopeUse
from jobtree.review.approvals import Need
from jobtree.review.attribution import Alone, Edit
from jobtree.review.changes import EnvelopeChange, OwnerChange, Quality, RunChange, held
from jobtree.review.review import Review
from jobtree.review.side import RunState

FORMAT_VERSION = 1
Entry = dict[str, object]


def diff_object(review: Review) -> Entry:
    """The whole review."""
    diff, causes = review.diff, review.causes
    return {
        "formatVersion": FORMAT_VERSION,
        "asOf": format_instant(diff.as_of),
        "base": review.titles.base,
        "head": review.titles.head,
        "harmed": len(diff.harms),
        "changed": len(diff.runs),
        "unchanged": diff.unchanged,
        "waitedGpuSeconds": diff.waited,
        "withinGap": diff.is_within_gap,
        "runs": [_run(change, causes.get(change.run, ())) for change in diff.runs],
        "owners": [_owner(owner) for owner in diff.owners],
        "envelopes": [_envelope(change) for change in diff.envelopes],
        "edits": [_edit(edit, review.alone) for edit in review.edits],
        "approvals": [_need(need, review) for need in review.needs],
        "rules": [_verdict(verdict) for verdict in review.verdicts],
        "together": [str(key) for key in review.together],
        "proof": {
            "before": _quality(diff.before),
            "after": _quality(diff.after),
            "baseIsLocked": review.is_locked,
            "pinnedRuns": review.pinned,
        },
    }


def _run(change: RunChange, edits: Sequence[str]) -> Entry:
    return {
        "run": str(change.run),
        "owner": change.owner,
        "effects": [effect.value for effect in change.effects],
        "harm": change.is_harm,
        "waitedGpuSeconds": change.waited,
        "promised": _instant(change.promised),
        "before": change.before and _state(change.before),
        "after": change.after and _state(change.after),
        "edits": list(edits),
    }


def _state(state: RunState) -> Entry:
    return {
        "decision": state.decision,
        "at": _instant(state.start),
        "expectedEnd": _instant(state.end),
        "waitSeconds": state.wait,
        "width": state.width,
        "payers": [
            {
                "envelope": share.payer and str(share.payer.envelope),
                "class": share.funding.value,
                "gpus": share.gpus,
            }
            for share in state.payers
        ],
        "cutGpus": state.cut,
        "threats": [
            {"for": str(threat.claim), "kind": threat.kind.value, "gpus": threat.gpus} for threat in state.threats
        ],
        "reason": {"code": state.code, "message": state.why},
    }


def _owner(owner: OwnerChange) -> Entry:
    return {
        "owner": owner.owner,
        "harmed": owner.harmed,
        "helped": owner.helped,
        "waitedGpuSeconds": owner.waited,
    }


def _envelope(change: EnvelopeChange) -> Entry:
    return {
        "envelope": str(change.envelope),
        "before": change.before and _use(change.before),
        "after": change.after and _use(change.after),
    }


def _use(use: EnvelopeUse) -> Entry:
    return {
        "concurrency": use.envelope.concurrency,
        "held": held(use),
        "gpuSeconds": {"cap": use.envelope.max_gpu_seconds, "spent": use.spent, "planned": use.planned},
    }


def _edit(edit: Edit, alone: Sequence[Alone]) -> Entry:
    tried = next((one for one in alone if one.edit == edit), None)
    return {
        "path": edit.path,
        "change": edit.word,
        "moved": None if tried is None or tried.refusal else [str(key) for key in tried.moved],
        "waitedGpuSeconds": None if tried is None or tried.refusal else tried.waited,
        "refusal": tried and tried.refusal,
    }


def _need(need: Need, review: Review) -> Entry:
    return {
        "owner": need.owner,
        "reasons": list(need.reasons),
        "approvers": list(need.approvers),
        "given": None if review.given is None else need.is_met(review.given),
    }


def _verdict(verdict: Verdict) -> Entry:
    rule = verdict.rule
    return {
        "rule": rule.name,
        "scope": rule.scope.value,
        "severity": rule.severity.value,
        "seen": verdict.seen,
        "broken": [{"object": one.object, "message": one.message, "note": one.note} for one in verdict.broken],
        "waived": [one.object for one in verdict.waived],
    }


def _quality(quality: Quality) -> Entry:
    return {"status": quality.status, "wait": quality.value, "bound": quality.bound}


def _instant(instant: Instant | None) -> str | None:
    return None if instant is None else format_instant(instant)
