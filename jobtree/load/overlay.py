"""The output tree as it stands, overlaid by what was observed (contracts.md, Inputs; semantics.md 10).

Leases are the same where their values are: a spec never changes. What the ledger or an earlier closure says stands, for
a lease is closed once; a state that says something else gets a warning. Code: JT332.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from jobtree.base.diagnostic import Diagnostic, warning
from jobtree.base.identity import Key
from jobtree.base.instant import Instant, format_instant
from jobtree.load.state import StateRead
from jobtree.model.catalog import Catalog
from jobtree.model.history import History, NodeStatus, Observed, Phase
from jobtree.model.lease import ClosedLease, Closure, ClosureReason, Lease, LeaseReason, closing_order, lease_order

_REASONS = {Phase.COMPLETED: ClosureReason.COMPLETED, Phase.FAILED: ClosureReason.WORKLOAD_FAILED}
_ONCE = "a lease is closed once, so the earlier record stands: look for what closed it again or still runs"

Closures = dict[Lease, Closure]
Spell = tuple[Key, int, str, int, Instant]
"""A pod and an instant."""


def overlay(history: History, state: StateRead, *, as_of: Instant) -> tuple[History, tuple[Diagnostic, ...]]:
    """History with what the state says, and where the two disagree.

    A lease closed in the state is closed; an open one that history does not know is added. A run that is Completed or
    Failed closes its open leases when it finished: at its ``at``, else at the latest end of its closed leases in the
    state, else ``as_of``. The state overrides only what it mentions; leases of the tree that the ledger closed are over
    in any case. Overlaying twice is overlaying once. Costs O(n log n).
    """
    past = _first_of(history.past)
    closures = _first_of([*history.past, *history.closures, *state.closed])
    findings = list(_disagreements(closures, state))
    leases = [lease for lease in dict.fromkeys([*history.leases, *state.open]) if lease not in closures]
    closures |= dict(_ends(leases, closures, state, as_of))
    new = [ClosedLease(lease=lease, closure=closure) for lease, closure in closures.items() if lease not in past]
    overlaid = replace(
        history,
        leases=tuple(sorted((lease for lease in leases if lease not in closures), key=lease_order)),
        closures=tuple(sorted(new, key=closing_order)),
        observed=state.observed,
    )
    return overlaid, tuple(findings)


def _first_of(closed: Iterable[ClosedLease]) -> Closures:
    """The first closure of each lease."""
    found: Closures = {}
    for one in closed:
        found.setdefault(one.lease, one.closure)
    return found


def _disagreements(closures: Mapping[Lease, Closure], state: StateRead) -> Iterator[Diagnostic]:
    """JT332 for each lease of the state that is recorded as closed otherwise."""
    for closed in state.closed:
        recorded = closures[closed.lease]
        if recorded != closed.closure:
            yield _disagreement(closed.lease, recorded, f"closed {_told(closed.closure)}")
    for lease in state.open:
        if lease in closures:
            yield _disagreement(lease, closures[lease], "open")


def _disagreement(lease: Lease, recorded: Closure, observed: str) -> Diagnostic:
    pod = f"{lease.role.value} {lease.rank} of group {lease.group}, on {lease.node}"
    message = f"the state disagrees about the lease of {lease.run} from {format_instant(lease.interval.start)} ({pod})"
    notes = (f"recorded: closed {_told(recorded)}", f"the state: {observed}")
    return warning("JT332", message, notes=notes, help=_ONCE)


def _told(closure: Closure) -> str:
    return f"at {format_instant(closure.time)}, {closure}"


def _ends(
    leases: Sequence[Lease], closed: Mapping[Lease, Closure], state: StateRead, as_of: Instant
) -> Iterator[tuple[Lease, Closure]]:
    """Open leases of finished runs with their closures.

    One that was over before the run was, because a renewal took its place, is left to end by its interval.
    """
    finished = {status.run: status for status in state.observed.runs if status.phase in _REASONS}
    latest: dict[Key, Instant] = {}
    for one in state.closed:
        latest[one.lease.run] = max(latest.get(one.lease.run, one.closure.time), one.closure.time)
    renewed = {_spell(lease, lease.interval.start) for lease in (*leases, *closed) if lease.reason is LeaseReason.RENEW}
    for lease in leases:
        status = finished.get(lease.run)
        if status is None:
            continue
        time = status.at if status.at is not None else latest.get(lease.run, as_of)
        if lease.interval.end > time or _spell(lease, lease.interval.end) not in renewed:
            yield lease, Closure(time=time, reason=_REASONS[status.phase])


def _spell(lease: Lease, instant: Instant) -> Spell:
    return (lease.run, lease.group, lease.role.value, lease.rank, instant)


def since(before: Sequence[NodeStatus], observed: Observed) -> Observed:
    """A node that was lost or cordoned stays so until a state file mentions it again."""
    nodes = {status.node: status for status in (*before, *observed.nodes)}
    return replace(observed, nodes=tuple(nodes[name] for name in sorted(nodes)))


def as_observed(catalog: Catalog, observed: Observed) -> Catalog:
    """The catalog with nodes as usable as the state says; it overrides only what it mentions."""
    seen = {status.node: status.usable and not status.lost for status in observed.nodes}
    nodes = (replace(node, usable=seen.get(node.name, node.usable)) for node in catalog.nodes)
    return replace(catalog, nodes=tuple(nodes))
