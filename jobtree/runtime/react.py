"""The runtime core on a compile: what was observed is reacted to before anything is planned (semantics.md 3 and 10)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from jobtree.base.instant import Instant
from jobtree.ledger.books import charged_leases
from jobtree.ledger.classes import classes_at
from jobtree.ledger.settle import begin, close
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.lease import ClosedLease, FundingClass, Lease, lease_order
from jobtree.runtime.shrink import voluntary_shrink
from jobtree.runtime.status import ENDINGS, incarnation
from jobtree.runtime.sweep import sweep
from jobtree.runtime.world import NodeFacts, World
from jobtree.runtime.writes import Close, Open, Write

if TYPE_CHECKING:
    from jobtree.base.identity import Key


def react(catalog: Catalog, history: History, *, as_of: Instant) -> History:
    """The history after what ended ended whole, lost nodes were replaced, and runs gave back width they do not desire.

    Leases that are over by their interval must have been settled. Costs as ``runtime.sweep.sweep``, and nothing where
    no node is lost and no run is too wide.
    """
    return _narrowed(catalog, _mended(catalog, _concluded(history, as_of), as_of), as_of)


def _concluded(history: History, as_of: Instant) -> History:
    """A run of which one lease was seen to complete or to fail is over: a cluster closes its leases one by one."""
    ended = {one.lease.run: one.closure for one in reversed(history.closures) if one.closure.reason in ENDINGS}
    leases: dict[Key, list[Lease]] = {}
    for lease in history.leases:
        if lease.run in ended:
            leases.setdefault(lease.run, []).append(lease)
    closed = [one for one in (*history.past, *history.closures) if one.lease.run in leases]
    for run, own in leases.items():
        past = incarnation(own, [one for one in closed if one.lease.run == run])
        if any(one.closure == ended[run] for one in past):
            how = replace(ended[run], time=min(ended[run].time, as_of))
            history = close(history, [ClosedLease(lease=lease, closure=how) for lease in own])
    return history


def _mended(catalog: Catalog, history: History, as_of: Instant) -> History:
    """Only runs that lost pods, and whoever sits on their slots, are looked at: others may have been edited since."""
    lost = {status.node for status in history.observed.nodes if status.lost}
    broken = {lease.run for lease in history.leases if lease.node in lost}
    if not broken:
        return history
    slots = {(lease.node, slot) for lease in history.leases if lease.run in broken for slot in lease.slots}
    near = {lease.run for lease in history.leases if any((lease.node, slot) in slots for slot in lease.slots)}
    world = World(
        leases=tuple(sorted((lease for lease in history.leases if lease.run in near), key=lease_order)),
        closed=tuple(one for one in (*history.past, *history.closures) if one.lease.run in near),
        runs=tuple(run for run in catalog.runs if run.key in near),
        nodes=tuple(NodeFacts(node=node, lost=True, cordoned=True) for node in sorted(lost)),
    )
    return _written(history, sweep(world, as_of, _classes(catalog, history, as_of)))


def _narrowed(catalog: Catalog, history: History, as_of: Instant) -> History:
    leases: dict[Key, list[Lease]] = {}
    for lease in history.leases:
        leases.setdefault(lease.run, []).append(lease)
    elastic = [run for run in catalog.runs if run.elastic is not None and run.key in leases]
    classes = _classes(catalog, history, as_of) if elastic else {}
    return _written(
        history, (write for run in elastic for write in voluntary_shrink(run, leases[run.key], classes, as_of))
    )


def _classes(catalog: Catalog, history: History, as_of: Instant) -> Mapping[Lease, FundingClass]:
    leases = charged_leases(history)
    return {leases[at]: funding for at, funding in classes_at(catalog, leases, as_of).items()}


def _written(history: History, writes: Iterable[Write]) -> History:
    """Cordons and requeues follow from the leases and from what was observed: nothing else records them here."""
    for write in writes:
        match write:
            case Open(lease=lease):
                history = begin(history, [lease])
            case Close(lease=lease, closure=closure):
                history = close(history, [ClosedLease(lease=lease, closure=closure)])
            case _:
                continue
    return history
