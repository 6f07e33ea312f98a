"""Checks on what is over: the ledger's chain, and closures that are one line each (semantics.md 3; docs/ledger.md)."""

from collections import Counter
from collections.abc import Iterator

from jobtree.verify.budgets import spell
from jobtree.verify.evidence import evidence_of
from jobtree.verify.facts import Facts
from jobtree.verify.ledger import Line
from jobtree.verify.plan import FINISHED, Closing, Entry
from jobtree.verify.units import show
from jobtree.verify.violation import Violation


def ledger_chain(facts: Facts) -> Iterator[Violation]:
    """No byte of the ledger has changed: each line has the hash of the one before, the lock that of the last."""
    yield from facts.ledger.faults
    before, after = facts.lock.heads()
    if after != facts.ledger.head:
        yield Violation("ledger-chain", f"the lock ends with line {after}, the ledger with {facts.ledger.head}")
    if facts.ledger.after(before) is None:
        yield Violation("ledger-chain", f"the lock begins after line {before}, which the ledger does not have")


def closures(facts: Facts) -> Iterator[Violation]:
    """Every closure of plan.json is one line of the ledger, of a lease that was there; every lottery is one too."""
    stated = [(entry.time, entry.mark[:4], entry.start) for entry in facts.plan.closures]
    if stated != sorted(set(stated)):
        yield Violation("closures", "the closures of plan.json are not sorted by time and pod, each once")
    lines = {spell(line.closed.lease.name): line for line in facts.appended if line.closed}
    for entry in facts.plan.closures:
        line = lines.pop(entry.lease, None)
        if line is None:
            yield Violation("closures", f"the ledger has no new line for {entry.lease}, which plan.json closes")
        else:
            yield from _line_faults(facts, entry, line)
    for name in lines:
        yield Violation("closures", f"the ledger closes {name}, which plan.json does not")
    drawn = Counter(line.lottery for line in facts.appended if line.lottery)
    if drawn != Counter(facts.plan.lotteries):
        told = f"{drawn.total()} lotteries, plan.json {len(facts.plan.lotteries)}, or they differ"
        yield Violation("closures", f"the new lines of the ledger tell of {told}")


def closure_reason(facts: Facts) -> Iterator[Violation]:
    """Every closure has its reason in this plan: an end, a successor, a cut, a failure, or what was observed."""
    evidence = evidence_of(facts)
    for one in facts.closed:
        told = f"{one.lease} of {spell(one.lease.run)}"
        if one.time > facts.plan.as_of:
            yield Violation("closures", f"{told} is closed at {show(one.time)}, after the plan's instant")
        elif not evidence.explains(one):
            yield Violation("closures", f"{told} is closed as {one.reason} at {show(one.time)}, but nothing says why")
    for entry in facts.entries.values():
        if entry.decision == FINISHED and not _is_over(facts, entry):
            yield Violation("closures", f"{entry.name} is said to be over, but the ledger does not say so")


def _line_faults(facts: Facts, entry: Closing, line: Line) -> Iterator[Violation]:
    one = line.closed
    assert one is not None
    wanted = (one.lease.mark, one.lease.interval[0], one.time, one.reason, one.seed)
    if wanted != (entry.mark, entry.start, entry.time, entry.reason, entry.seed):
        yield Violation("closures", f"plan.json and the ledger disagree about how {entry.lease} ended")
    earlier = facts.past.manifests.get(one.lease.name)
    if earlier is not None:
        if {name: value for name, value in line.value.value.items() if name != "status"} != earlier.value:
            yield Violation("closures", f"the ledger has another {entry.lease} than the earlier tree")
    elif facts.past.known and not facts.observes:
        yield Violation("closures", f"{entry.lease} is closed, but is no lease of the earlier tree")


def _is_over(facts: Facts, entry: Entry) -> bool:
    """Whether the ledger's last leases of the run begin and end as the entry says."""
    over = facts.over.get(entry.run, [])
    if entry.interval is None or (not over and entry.run in facts.plan.observed.runs):
        return entry.interval is not None
    instant = facts.plan.observed.runs.get(entry.run, ("", None))[1]
    ends = {max((one.time for one in over), default=None), max((one.held[1] for one in over), default=None), instant}
    return entry.interval[0] in {one.lease.interval[0] for one in over} and entry.interval[1] in ends
