"""plan.json: every decision with its reasons, the proof, and what each envelope carries (contracts.md, plan.json)."""

from collections.abc import Mapping
from typing import assert_never

from jobtree.base.diagnostic import Diagnostic
from jobtree.base.instant import Instant, format_instant
from jobtree.emit.forecasts import domain_object, forecast_object, need_object, unit_object
from jobtree.emit.json_writer import write_json
from jobtree.emit.ledger import closed_object
from jobtree.emit.manifests import lease_name
from jobtree.model.certificate import Certificate
from jobtree.model.contention import Cut, Drawn
from jobtree.model.history import Observed
from jobtree.model.lease import ClosedLease
from jobtree.model.plan import (
    Finished,
    Forecast,
    Group,
    Level,
    Placement,
    Plan,
    Pod,
    Proof,
    Reason,
    Refuse,
    Reserve,
    Running,
    RunPlan,
    Start,
)
from jobtree.plan.accounts import EnvelopeUse, Standing

PLAN_PATH = "plan.json"
FORMAT_VERSION = 1
Entry = dict[str, object]


def write_plan(plan: Plan, standing: Standing, *, input_digest: str) -> bytes:
    """The whole plan; runs sorted by key, every key of an entry present, absent values null."""
    return write_json(
        {
            "formatVersion": FORMAT_VERSION,
            "asOf": format_instant(plan.as_of),
            "inputDigest": input_digest,
            "horizon": {"start": format_instant(plan.horizon.start), "end": format_instant(plan.horizon.end)},
            "proof": _proof(plan.proof),
            "runs": [_run(run, standing, as_of=plan.as_of) for run in plan.runs],
            "cuts": [_cut(cut) for cut in plan.cuts],
            "lottery": [draw_object(draw) for draw in plan.draws],
            "closures": [_closure(closed) for closed in plan.closures],
            "observed": _observed(plan.observed),
            "envelopes": [_envelope(use) for use in standing.envelopes],
            "diagnostics": [diagnostic_entry(finding) for finding in plan.diagnostics],
        }
    )


def ledger_entries(plan: Plan) -> tuple[Mapping[str, object], ...]:
    """What the plan adds to the ledger: every lease that is over with it, and every lottery that was held."""
    leases = [{"lease": closed_object(closed)} for closed in plan.closures]
    lotteries = [{"lottery": {"asOf": format_instant(plan.as_of), **draw_object(draw)}} for draw in plan.draws]
    entries: tuple[Mapping[str, object], ...] = (*leases, *lotteries)
    return entries


def diagnostic_entry(finding: Diagnostic) -> Entry:
    """A diagnostic as an object; path, line and column are null where it has no place."""
    place = finding.location
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "path": place and place.path,
        "line": place and place.line,
        "column": place and place.column,
        "notes": list(finding.notes),
        "help": finding.help,
    }


def _proof(proof: Proof) -> Entry:
    return {
        "status": proof.status,
        "solver": {"name": proof.solver, "version": proof.solver_version, "limits": dict(proof.limits)},
        "levels": [_level(level) for level in proof.levels],
        "certificate": _certificate(proof.certificate),
    }


def _certificate(proof: Certificate) -> Entry:
    return {
        "nodes": [{"nodes": list(row.nodes), "steps": list(map(list, row.steps))} for row in proof.nodes],
        "accounts": [
            {"account": row.account, "steps": list(map(list, row.steps)), "charged": row.charged}
            for row in proof.accounts
        ],
        "searched": [{"runs": list(map(str, one.runs)), "bound": one.bound} for one in proof.searched],
        "given": list(map(str, proof.given)),
    }


def _level(level: Level) -> Entry:
    return {"name": level.name, "value": level.value, "bound": level.bound, "gap": gap_of(level)}


def gap_of(level: Level) -> float | None:
    """(value - bound) / value, to six digits; 0.0 where they are equal, None where no bound is claimed."""
    if level.bound is None:
        return None
    return 0.0 if level.bound == level.value else round((level.value - level.bound) / level.value, 6)


def _run(run: RunPlan, standing: Standing, *, as_of: Instant) -> Entry:
    entry: Entry = {"run": str(run.run), "owner": run.owner}
    forecast: Forecast | None = None
    match run.decision:
        case Refuse():
            entry |= _where("refuse", None, wait=None)
        case Start(placement=placement):
            entry |= _where("start", placement, wait=placement.interval.start - as_of)
        case Reserve(placement=placement, forecast=found):
            forecast = found
            entry |= _where("reserve", placement, wait=placement.interval.start - as_of)
        case Running(placement=placement):
            entry |= _where("running", placement, wait=None)
        case Finished(interval=interval):
            entry |= _where("finished", None, wait=None)
            entry |= {"at": format_instant(interval.start), "expectedEnd": format_instant(interval.end)}
        case _ as never:
            assert_never(never)
    return entry | {
        "payers": [
            {
                "envelope": share.payer and str(share.payer.envelope),
                "owner": share.payer and share.payer.owner,
                "class": share.funding.value,
                "gpus": share.gpus,
            }
            for share in standing.payers[run.run]
        ],
        "reason": _reason(run.reason),
        "forecast": forecast and forecast_object(forecast),
    }


def _where(decision: str, placement: Placement | None, *, wait: int | None) -> Entry:
    return {
        "decision": decision,
        "at": placement and format_instant(placement.interval.start),
        "waitSeconds": wait,
        "expectedEnd": placement and format_instant(placement.interval.end),
        "width": placement and placement.width,
        "groups": [_group(group) for group in placement.groups] if placement else [],
    }


def _group(group: Group) -> Entry:
    return {"index": group.index, "domain": domain_object(group.domain), "pods": [_pod(pod) for pod in group.pods]}


def _pod(pod: Pod) -> Entry:
    first, *later = pod.terms
    return {
        "rank": pod.rank,
        "node": pod.node,
        "slots": list(pod.slots),
        "role": pod.role.value,
        "start": format_instant(first.interval.start),
        "reason": first.reason.value,
        "payer": first.payer and str(first.payer.envelope),
        "renewals": [
            {"at": format_instant(term.interval.start), "payer": term.payer and str(term.payer.envelope)}
            for term in later
        ],
    }


def _reason(reason: Reason) -> Entry:
    return {"code": reason.code, "message": reason.message, "facts": dict(reason.facts)}


def _cut(cut: Cut) -> Entry:
    return {
        "unit": cut.unit,
        "runs": [str(run) for run in cut.runs],
        "kind": cut.kind.value,
        "gpus": cut.gpus,
        "for": str(cut.claim),
        "draw": cut.draw,
    }


def draw_object(draw: Drawn) -> Entry:
    """A lottery as it was held, with all that replaying it needs."""
    return {
        "for": str(draw.claim),
        "reservation": draw.reservation,
        "kind": draw.kind.value,
        "needs": [need_object(need) for need in draw.needs],
        "candidates": [unit_object(unit) for unit in draw.units],
        "committedDigest": draw.committed_digest,
        "inputDigest": draw.input_digest,
        "entropy": draw.entropy,
        "seed": draw.seed,
        "draws": list(draw.drawn),
        "returned": list(draw.returned),
    }


def _closure(closed: ClosedLease) -> Entry:
    lease = closed.lease
    return {
        "lease": f"{lease.run.namespace}/{lease_name(lease)}",
        "run": str(lease.run),
        "group": lease.group,
        "rank": lease.rank,
        "role": lease.role.value,
        "node": lease.node,
        "slots": list(lease.slots),
        "start": format_instant(lease.interval.start),
        "time": format_instant(closed.closure.time),
        "reason": str(closed.closure),
    }


def _observed(observed: Observed) -> Entry:
    return {
        "digest": observed.digest,
        "runs": [
            {"run": str(one.run), "phase": one.phase.value, "at": None if one.at is None else format_instant(one.at)}
            for one in observed.runs
        ],
        "nodes": [{"node": one.node, "usable": one.usable, "lost": one.lost} for one in observed.nodes],
    }


def _envelope(use: EnvelopeUse) -> Entry:
    return {
        "envelope": str(use.envelope.key),
        "concurrency": use.envelope.concurrency,
        "used": dict(use.used),
        "gpuSeconds": {"cap": use.envelope.max_gpu_seconds, "spent": use.spent, "planned": use.planned},
    }
