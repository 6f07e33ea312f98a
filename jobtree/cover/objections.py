"""Objections: why an envelope may not pay for a run, in numbers (semantics.md 5; codes JT401 to JT408)."""

from collections.abc import Callable

from jobtree.base.instant import Instant, format_instant
from jobtree.cover.candidate import Candidate
from jobtree.cover.desk import Desk
from jobtree.cover.lending import lends_to
from jobtree.cover.offer import Tier
from jobtree.model.plan import Reason
from jobtree.model.run import Run

Objection = Callable[[Candidate, Run, Desk], Reason | None]


def objection(candidate: Candidate, run: Run, desk: Desk) -> Reason | None:
    """The first objection, or None: then it is an offer.

    These are the rules that no plan can change. Whether there is room at an instant is for the plan to see.
    """
    for object_to in OBJECTIONS:
        reason = object_to(candidate, run, desk)
        if reason is not None:
            return reason
    return None


def _unregistered(candidate: Candidate, run: Run, desk: Desk) -> Reason | None:
    for owner in (candidate.envelope.owner, run.owner):
        if owner not in desk.registered:
            return Reason(code="JT401", message=f"owner {owner or '(empty)'} is not registered", facts={"owner": owner})
    return None


def _not_shared(candidate: Candidate, _run: Run, _desk: Desk) -> Reason | None:
    of_family = candidate.tier in (Tier.NEAR_FAMILY, Tier.FAR_FAMILY)
    if not of_family or candidate.envelope.shared_with_family:
        return None
    owner = candidate.envelope.owner
    return Reason(
        code="JT401", message=f"{owner} is family, but does not share this envelope", facts={"sharing": "none"}
    )


def _not_lent(candidate: Candidate, run: Run, _desk: Desk) -> Reason | None:
    lending = candidate.envelope.lending
    if candidate.tier is not Tier.SPONSOR:
        return None
    if not run.funding.allow_borrow:
        return Reason(
            code="JT407",
            message="the run lists this sponsor but does not allow borrowing",
            facts={"allowBorrow": False},
        )
    if not lends_to(lending, run.owner):
        allowed = ", ".join(lending.to) if lending.allow else "nobody"
        facts = {"allow": lending.allow, "to": list(lending.to), "borrower": run.owner}
        return Reason(code="JT407", message=f"it lends to {allowed}, not to {run.owner}", facts=facts)
    return None


def _out_of_reach(candidate: Candidate, run: Run, desk: Desk) -> Reason | None:
    """A run that no node of the fleet suits is the plan's to refuse: then no envelope is at fault."""
    wanted = desk.reach.bits(run.flavor, run.selector)
    selector = candidate.envelope.selector
    if not wanted or wanted & desk.reach.bits(run.flavor, selector):
        return None
    facts = {"envelopeSelector": str(selector), "runSelector": str(run.selector)}
    return Reason(code="JT401", message=f"it pays for nodes with {selector}; the run wants {run.selector}", facts=facts)


def _window_closed(candidate: Candidate, _run: Run, desk: Desk) -> Reason | None:
    window, before = candidate.envelope.window, candidate.envelope.pre_activation
    facts = {"start": _written(window.start), "end": _written(window.end), "asOf": format_instant(desk.as_of)}
    if window.end is not None and window.end <= desk.as_of:
        return Reason(code="JT402", message=f"its window closed at {format_instant(window.end)}", facts=facts)
    opens_later = window.start is not None and desk.as_of < window.start
    if opens_later and not before.allow_admission and not before.allow_reservations:
        message = f"its window opens at {facts['start']}, and it takes no reservations before"
        return Reason(code="JT402", message=message, facts=facts)
    return None


def _too_small(candidate: Candidate, run: Run, _desk: Desk) -> Reason | None:
    envelope, pod = candidate.envelope, run.gpus_per_pod
    if envelope.concurrency < pod:
        return _below_a_pod("JT403", "its concurrency", envelope.concurrency, pod)
    if envelope.max_gpu_seconds == 0:
        return Reason(code="JT404", message="its maxGPUHours is 0", facts={"maxGPUSeconds": 0})
    if candidate.tier is not Tier.SPONSOR:
        return None
    limits = envelope.lending
    if limits.max_concurrency is not None and limits.max_concurrency < pod:
        return _below_a_pod("JT407", "its lending maxConcurrency", limits.max_concurrency, pod)
    if limits.max_gpu_seconds == 0:
        return Reason(code="JT407", message="its lending maxGPUHours is 0", facts={"maxGPUSeconds": 0})
    if run.funding.max_borrow_gpus is not None and run.funding.max_borrow_gpus < pod:
        return _below_a_pod("JT408", "the run's maxBorrowGPUs", run.funding.max_borrow_gpus, pod)
    return None


def _below_a_pod(code: str, limit: str, gpus: int, pod: int) -> Reason:
    message = f"{limit} of {gpus} is less than one pod of {pod} GPUs"
    return Reason(code=code, message=message, facts={"limit": gpus, "gpusPerPod": pod})


def _written(instant: Instant | None) -> str | None:
    return None if instant is None else format_instant(instant)


OBJECTIONS: tuple[Objection, ...] = (
    _unregistered,
    _not_shared,
    _not_lent,
    _out_of_reach,
    _window_closed,
    _too_small,
)
"""In the order in which they are raised: who may, then where, then when, then how much."""
