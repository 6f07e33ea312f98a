"""Checks on those who are cut: whole units, never the claim's own, never within protection (semantics.md 8)."""

from collections import Counter
from collections.abc import Iterator

from jobtree.verify.budgets import spell
from jobtree.verify.facts import Facts
from jobtree.verify.lease import BEGUN, Mark
from jobtree.verify.order import co_started
from jobtree.verify.plan import REFUSE, RESERVE, START
from jobtree.verify.runs import Key
from jobtree.verify.scope import REASON_OF, Taking, scope_of, seed_for, takings, was_open
from jobtree.verify.units import show
from jobtree.verify.violation import Violation


def cut_whole(facts: Facts) -> Iterator[Violation]:
    """All that a cut names is closed, with its reason, and with it whatever must go together; all that is counted."""
    taken = takings(facts)
    for cut in facts.plan.cuts:
        if scope_of(cut) is None:
            yield Violation("cut-whole", f"{cut} ({cut.kind}) names no such unit of {', '.join(map(spell, cut.runs))}")
    left = _left(facts)
    times = Counter(taking.cut.unit for taking in taken)
    for taking in taken:
        if times[taking.cut.unit] > 1:
            yield Violation("cut-whole", f"{taking.cut} is stated {times[taking.cut.unit]} times")
        for fault in _closing_faults(facts, taking, left):
            yield Violation("cut-whole", f"{taking.cut} {fault}")
        for run in taking.scope.runs if taking.scope.whole else ():
            entry = facts.entries.get(run)
            if run in facts.inputs.runs and (entry is None or entry.decision not in (START, RESERVE, REFUSE)):
                yield Violation("cut-whole", f"{taking.cut} leaves {spell(run)} without a new decision")


def cut_exempt(facts: Facts) -> Iterator[Violation]:
    """A claim's own tree, and those that go with it, are never cut for it; partners are cut together."""
    together = {key: members for members in co_started(facts.inputs.runs) for key in members}
    left, trees = _left(facts), {run.key: run.tree for run in facts.inputs.runs.values() if run.tree}
    for taking in takings(facts):
        claim = taking.cut.claim
        for run in taking.scope.runs:
            if run in together.get(claim, (claim,)) or (run in trees and trees[run] == trees.get(claim)):
                yield Violation("cut-whole", f"{taking.cut} takes from {spell(run)}, which is of the claim's own")
            for partner in together.get(run, ()) if taking.scope.whole else ():
                if partner in left and partner not in taking.scope.runs:
                    yield Violation("cut-whole", f"{taking.cut} leaves {spell(partner)}, which goes with {spell(run)}")


def protection(facts: Facts) -> Iterator[Violation]:
    """No run that started funded is cut within the fleet's protection of its start, or its checkpoint interval."""
    fleet = facts.inputs.fleet
    for taking in takings(facts):
        for key in taking.scope.runs:
            run, started = facts.inputs.runs.get(key), _funded_start(facts, key)
            own = run.checkpoint if run is not None and run.checkpoint is not None else fleet.checkpoint
            until = None if started is None else started + max(fleet.protection, own or 0)
            if until is not None and facts.plan.as_of < until:
                told = f"takes from {spell(key)}, which is protected until {show(until)}"
                yield Violation("cut-whole", f"{taking.cut} {told}")


def _closing_faults(facts: Facts, taking: Taking, left: dict[Key, list[Mark]]) -> Iterator[str]:
    wanted = (REASON_OF[taking.cut.kind], seed_for(facts, taking.cut))
    if not taking.closed:
        yield "closes no lease"
    for one in taking.closed:
        if (one.reason, one.seed) != wanted:
            yield f"closes {spell(one.lease.name)} as {one.reason}({one.seed}), expected {wanted[0]}({wanted[1]})"
    for mark in (mark for run in taking.scope.runs for mark in left.get(run, ())):
        if taking.scope.covers(mark):
            yield f"leaves {mark[2]} {mark[3]} of group {mark[1]} of {spell(mark[0])}"
    gpus = sum(len(one.lease.slots) for one in taking.closed if was_open(one.lease, facts.plan.as_of))
    if gpus != taking.cut.gpus:
        yield f"is stated with {taking.cut.gpus} GPUs, but closes {gpus}"


def _left(facts: Facts) -> dict[Key, list[Mark]]:
    """Pods of earlier plans that go on, by run."""
    found: dict[Key, list[Mark]] = {}
    for entry in facts.entries.values():
        for mark in (entry.mark(group, pod) for group, pod in entry.pods if entry.decision != RESERVE):
            if mark not in facts.arrivals.new:
                found.setdefault(entry.run, []).append(mark)
    return found


def _funded_start(facts: Facts, run: Key) -> int | None:
    """When the run's last incarnation began, if anybody paid for it then."""
    begun: dict[int, bool] = {}
    for one in facts.over.get(run, ()):
        if one.lease.reason == BEGUN:
            begun[one.lease.interval[0]] = begun.get(one.lease.interval[0], False) or one.lease.payer is not None
    entry = facts.entries.get(run)
    for group, pod in entry.pods if entry and entry.decision != RESERVE else ():
        if entry is not None and pod.reason == BEGUN and entry.mark(group, pod) not in facts.arrivals.new:
            begun[pod.start] = begun.get(pod.start, False) or pod.payer is not None
    last = max(begun, default=None)
    return last if last is not None and begun[last] else None
