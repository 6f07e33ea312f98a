"""What can explain that a lease is over (semantics.md 3, 4, 8 and 10)."""

from collections.abc import Callable
from dataclasses import dataclass

from jobtree.verify.claims import payable
from jobtree.verify.facts import Facts
from jobtree.verify.lease import (
    COMPLETED,
    NODE_FAILURE,
    RECLAIMED_BY_SPARE,
    RENEW,
    RUN_DELETED,
    SHRINK,
    SPARE,
    SWAP,
    SWAP_DECLINED,
    WORKLOAD_FAILED,
    Closed,
    Mark,
)
from jobtree.verify.runs import Key
from jobtree.verify.scope import CUT_REASONS, REASON_OF, seed_for, takings

Place = tuple[Key, int, str, tuple[int, ...], int]
"""Run, group, node, slots, instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """``cut`` are leases by ``id`` that a cut explains; ``begun`` pods with the starts of their leases.

    ``failed`` runs lost a node, ``swapped`` are the places where a spare was taken over, ``evicted`` runs had a guest
    on such a place.
    """

    facts: Facts
    cut: frozenset[int]
    begun: frozenset[tuple[Mark, int]]
    failed: frozenset[Key]
    swapped: frozenset[Place]
    evicted: frozenset[Key]

    def explains(self, one: Closed) -> bool:
        """Whether something in inputs, plan, or what was observed, is the reason that the closure names."""
        if self.facts.observes and (one.time < self.facts.plan.as_of or one.reason in _OBSERVED):
            return True
        if one.reason in CUT_REASONS:
            return id(one) in self.cut or (one.reason == SHRINK and self._shrinks(one))
        return _RULES[one.reason](self, one)

    def completed(self, one: Closed) -> bool:
        """Its time is over, and nothing of its run goes on."""
        entry = self.facts.entries.get(one.lease.run)
        goes_on = entry is not None and entry.run in self.facts.arrivals.settled and entry.groups
        return one.time >= one.lease.interval[1] and not goes_on

    def renewed(self, one: Closed) -> bool:
        """A lease of the same pod starts at that instant: the one before is over, or its payer's window is."""
        if (one.lease.mark, one.time) not in self.begun:
            return False
        envelope = self.facts.inputs.envelopes.get(one.lease.payer) if one.lease.payer else None
        window_closed = envelope is not None and payable(envelope)[1] <= one.time
        return one.time == one.lease.interval[1] or window_closed

    def _shrinks(self, one: Closed) -> bool:
        """Given back above what the run desires, or shed after a failure."""
        run, entry = self.facts.inputs.runs.get(one.lease.run), self.facts.entries.get(one.lease.run)
        if run is None or run.elastic is None or entry is None or entry.width is None:
            return False
        return one.lease.run in self.failed or entry.width >= max(run.elastic.minimum, run.elastic.desired)

    def promoted(self, one: Closed) -> bool:
        """A spare whose slots a pod of its group took over."""
        lease = one.lease
        return lease.role == SPARE and (lease.run, lease.group, lease.node, lease.slots, one.time) in self.swapped


_OBSERVED = (COMPLETED, WORKLOAD_FAILED, RUN_DELETED)
_RULES: dict[str, Callable[[Evidence, Closed], bool]] = {
    COMPLETED: Evidence.completed,
    RENEW: Evidence.renewed,
    SWAP: Evidence.promoted,
    NODE_FAILURE: lambda evidence, one: one.lease.run in evidence.failed,
    SWAP_DECLINED: lambda evidence, one: one.lease.run in evidence.failed,
    RECLAIMED_BY_SPARE: lambda evidence, one: one.lease.run in evidence.evicted,
    WORKLOAD_FAILED: lambda _, __: False,
    RUN_DELETED: lambda evidence, one: one.lease.run not in evidence.facts.inputs.runs,
}


def evidence_of(facts: Facts) -> Evidence:
    """Collects what explains closures."""
    begun: set[tuple[Mark, int]] = set()
    swapped: set[Place] = set()
    for one in facts.ledger.closed:
        begun.add((one.lease.mark, one.lease.interval[0]))
    for entry in facts.entries.values():
        for group, pod in entry.pods:
            begun.update((entry.mark(group, pod), start) for start in (pod.start, *(new.at for new in pod.renewals)))
            if pod.reason == SWAP:
                swapped.add((entry.run, group.index, pod.node, pod.slots, pod.start))
    failed = {
        one.lease.run for one in facts.closed if one.reason in (NODE_FAILURE, SWAP_DECLINED) and _lost(facts, one)
    }
    return Evidence(
        facts=facts,
        cut=frozenset(id(one) for one in _cut(facts)),
        begun=frozenset(begun),
        failed=frozenset(failed),
        swapped=frozenset(swapped),
        evicted=frozenset(_evicted(facts)),
    )


def _cut(facts: Facts) -> list[Closed]:
    """Leases that a cut takes, closed with its reason and seed."""
    return [
        one
        for taking in takings(facts)
        for one in taking.closed
        if (one.reason, one.seed) == (REASON_OF[taking.cut.kind], seed_for(facts, taking.cut))
    ]


def _lost(facts: Facts, one: Closed) -> bool:
    node = facts.inputs.nodes.get(one.lease.node)
    return node is None or node.lost


def _evicted(facts: Facts) -> set[Key]:
    """Runs that had a guest on the slots of a spare that was taken over or is gone."""
    freed = {
        (one.lease.node, slot): one.lease.run
        for one in facts.closed
        if one.lease.role == SPARE
        for slot in one.lease.slots
    }
    return {
        one.lease.run
        for one in facts.closed
        if one.reason == RECLAIMED_BY_SPARE
        and any(freed.get((one.lease.node, slot), one.lease.run) != one.lease.run for slot in one.lease.slots)
    }
