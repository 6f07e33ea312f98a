"""What is over: leases whose time is up, or whose run is gone, close (semantics.md 3 and 4)."""

from collections.abc import Iterable
from dataclasses import replace

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.lease import ClosedLease, Closure, ClosureReason, Lease, Role, closing_order, lease_order

_Pod = tuple[Key, int, Role, int, str, tuple[int, ...]]


def settle(catalog: Catalog, history: History, *, as_of: Instant) -> History:
    """Closes leases that no record closes but that are over at the instant.

    A lease whose expected end has come is Completed then, or gives way to its Renew: nothing else tells that it went
    on. All leases of a run whose document is gone close now, with RunDeleted. O(leases).
    """
    begun = {(_pod(lease), lease.interval.start) for lease in history.leases}
    over: list[ClosedLease] = []
    for lease in history.leases:
        end = lease.interval.end
        if end <= as_of:
            reason = ClosureReason.RENEW if (_pod(lease), end) in begun else ClosureReason.COMPLETED
            over.append(ClosedLease(lease=lease, closure=Closure(time=end, reason=reason)))
        elif lease.run not in catalog.run_of:
            over.append(ClosedLease(lease=lease, closure=Closure(time=as_of, reason=ClosureReason.RUN_DELETED)))
    return close(history, over)


def close(history: History, closing: Iterable[ClosedLease]) -> History:
    """The history after these leases have ended. Every one of them must be open in it."""
    ended = tuple(closing)
    gone = {one.lease for one in ended}
    return replace(
        history,
        leases=tuple(lease for lease in history.leases if lease not in gone),
        closures=tuple(sorted((*history.closures, *ended), key=closing_order)),
    )


def begin(history: History, leases: Iterable[Lease]) -> History:
    """The history after these leases have begun."""
    return replace(history, leases=tuple(sorted((*history.leases, *leases), key=lease_order)))


def _pod(lease: Lease) -> _Pod:
    return (lease.run, lease.group, lease.role, lease.rank, lease.node, lease.slots)
