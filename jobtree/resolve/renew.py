"""Renewal of running work: where a payer's window has closed, another envelope takes over (semantics.md 5)."""

from collections.abc import Sequence
from dataclasses import replace

from jobtree.ledger.held import payable_window
from jobtree.ledger.settle import begin, close
from jobtree.model.lease import ClosedLease, Closure, ClosureReason, Lease, LeaseReason, Payer
from jobtree.model.run import Run
from jobtree.plan.carry import by_run
from jobtree.plan.lone import lone
from jobtree.plan.sites import sites_of
from jobtree.resolve.ground import Ground


def renew(ground: Ground) -> Ground:
    """The ground after every run whose payers' windows have closed got new payers, for all that is left or not at all.

    The lease closes with Renew, and its successor begins on the same slots. Without a successor the work coasts,
    Unfunded. By rank. O(affected runs x claims of their accounts).
    """
    leases = by_run(ground.history.leases)
    for run in sorted((run for run in ground.catalog.runs if run.key in leases), key=lambda run: run.rank):
        closed = [lease for lease in leases[run.key] if _coasts(lease, ground)]
        if closed:
            ground = _renewed(ground, run, closed)
    return ground


def _coasts(lease: Lease, ground: Ground) -> bool:
    """Whether it is open and its payer's window is over."""
    if lease.payer is None or not lease.interval.holds(ground.as_of):
        return False
    envelope = ground.catalog.envelopes.get(lease.payer.envelope)
    window = None if envelope is None else payable_window(envelope)
    return window is not None and window.end is not None and window.end <= ground.as_of


def _renewed(ground: Ground, run: Run, closed: Sequence[Lease]) -> Ground:
    payers = _payers(ground, run, closed)
    if payers is None:
        return ground
    now = Closure(time=ground.as_of, reason=ClosureReason.RENEW)
    successors = [
        replace(
            lease,
            payer=payer,
            interval=replace(lease.interval, start=ground.as_of),
            reason=LeaseReason.RENEW,
        )
        for lease, payer in zip(closed, payers, strict=True)
    ]
    history = close(ground.history, [ClosedLease(lease=lease, closure=now) for lease in closed])
    return replace(ground, history=begin(history, successors))


def _payers(ground: Ground, run: Run, closed: Sequence[Lease]) -> tuple[Payer, ...] | None:
    """One payer for each lease until its end, or None. All leases of a run end together."""
    rest = replace(run, duration=closed[0].interval.end - ground.as_of, elastic=None, deadline=None)
    prepared = lone(
        ground.catalog,
        rest,
        ground.coverages[run.key],
        sites=sites_of(node for node in ground.catalog.nodes if node.flavor == run.flavor),
        books=ground.books(),
        as_of=ground.as_of,
    )
    return prepared.payers(ground.as_of, closed)
