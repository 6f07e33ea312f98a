"""Mass deletion: a compile that would drop open leases says so and stops (semantics.md 3: leases are facts).

A missing folder, a wrong branch or an empty ``runs/`` looks like a fleet in which everything was deleted. Code: JT710.
"""

from collections.abc import Callable, Sequence

from jobtree.base.diagnostic import Diagnostic, error
from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.base.words import count
from jobtree.model.lease import ClosedLease, ClosureReason, Lease

MOST_DROPPED = 10
"""Per cent of the open leases that may go because their runs were deleted."""

_SHOWN = 5
_RESTORE = "look for what is missing: a folder, a branch, a line of .jobtreeignore"


def dropped(
    before: Sequence[Lease],
    kept: Sequence[Lease],
    closures: Sequence[ClosedLease],
    *,
    run_exists: Callable[[Key], bool],
    as_of: Instant,
    allowed: bool = False,
) -> tuple[Diagnostic, ...]:
    """JT710 if too many leases of ``before`` that were open ``as_of`` are dropped.

    A lease is dropped if it is neither among ``kept``, which are still open, nor closed for a reason other than
    RunDeleted. More than 10 % of the open leases may be dropped only if it is ``allowed``. One whose run still exists
    never may be: its closure says why it ended, or it did not end. Costs O(leases).
    """
    still, closed = set(kept), {one.lease: one.closure.reason for one in closures}
    opened = [lease for lease in dict.fromkeys(before) if lease.interval.end > as_of]
    gone = [
        lease
        for lease in opened
        if lease not in still and closed.get(lease, ClosureReason.RUN_DELETED) is ClosureReason.RUN_DELETED
    ]
    lost = [lease for lease in gone if run_exists(lease.run)]
    findings = []
    if lost:
        message = f"{count(len(lost), 'open lease')} would vanish though the runs still exist"
        hint = "restore the output tree from git and compile again; if it stays, this is a bug of jobtree"
        findings.append(error("JT710", message, notes=_runs(lost), help=hint))
    if len(gone) * 100 > len(opened) * MOST_DROPPED and not allowed:
        message = f"{count(len(gone), 'open lease')} of {len(opened):,} would be dropped"
        sum_ = f"{len(gone):,} x 100 > {len(opened):,} x {MOST_DROPPED}: at most {MOST_DROPPED} % may go at once"
        hint = f"{_RESTORE}; if the runs are meant to go, compile with --allow-drop"
        findings.append(error("JT710", message, notes=(sum_, *_runs(gone)), help=hint))
    return tuple(findings)


def _runs(leases: Sequence[Lease]) -> tuple[str, ...]:
    """The first few runs, with how many leases each loses."""
    lost: dict[Key, int] = {}
    for lease in leases:
        lost[lease.run] = lost.get(lease.run, 0) + 1
    shown = tuple(f"{run}: {count(lost[run], 'lease')}" for run in sorted(lost)[:_SHOWN])
    return (*shown, f"and {count(len(lost) - _SHOWN, 'run')} more") if len(lost) > _SHOWN else shown
