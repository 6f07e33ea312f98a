"""Checks on who pays: one payer at a time, in its window, by right of family or lending (semantics.md 5)."""

from collections.abc import Iterator

from jobtree.verify.budgets import Envelope, spell
from jobtree.verify.claims import BORROWED, SHARED, Claim
from jobtree.verify.facts import Facts
from jobtree.verify.lease import GROW
from jobtree.verify.plan import Entry
from jobtree.verify.runs import Run
from jobtree.verify.units import show
from jobtree.verify.violation import Violation


def one_payer(facts: Facts) -> Iterator[Violation]:
    """At every instant of its time each new pod has one payer, which exists."""
    for entry, run, claim in _new(facts):
        told = f"{_pod(entry, claim)} from {show(claim.interval[0])} to {show(claim.interval[1])}"
        if claim.interval[0] >= claim.interval[1]:
            yield Violation("one-payer", f"terms of {told} overlap or are empty")
        if claim.payer is None and not (run.opportunistic and claim.pod.reason != GROW):
            yield Violation("one-payer", f"nobody pays for {told}")
        elif claim.payer is not None and claim.payer not in facts.inputs.envelopes:
            yield Violation("one-payer", f"payer {spell(claim.payer)} of {told} is no envelope")


def window(facts: Facts) -> Iterator[Violation]:
    """A payer's window covers its term, allows the promise, and closes where another payer takes over."""
    for entry, _, claim, envelope in _paid(facts):
        start, end = claim.payable
        told = f"payer {spell(envelope.key)} of {entry.name}"
        if claim.interval[0] < start or claim.interval[1] > end:
            term = f"{show(claim.interval[0])} to {show(claim.interval[1])}"
            yield Violation("window", f"{told} may pay from {_bound(start)} to {_bound(end)}, not {term}")
        if not envelope.promises_early and facts.plan.as_of < start:
            yield Violation("window", f"{told} takes no reservations before {show(start)}")
        if entry.interval and claim.interval[1] not in (entry.interval[1], end):
            yield Violation(
                "window", f"{told} stops at {show(claim.interval[1])}, but its window closes at {_bound(end)}"
            )


def family(facts: Facts) -> Iterator[Violation]:
    """Family pays only out of envelopes that are shared with it."""
    for entry, run, claim, envelope in _paid(facts):
        if claim.relation == SHARED and not envelope.shared:
            told = f"{spell(envelope.key)} of {envelope.owner} is not shared with family"
            yield Violation("family", f"{told}, but pays for {entry.name} of {run.owner}")


def lending(facts: Facts) -> Iterator[Violation]:
    """Whoever is neither owner nor family pays as a listed sponsor, under its lending policy."""
    for entry, run, claim, envelope in _paid(facts):
        if claim.relation != BORROWED:
            continue
        told = f"{entry.name} borrows from {spell(envelope.key)}"
        if not run.borrows:
            yield Violation("lending", f"{told}, but does not allow borrowing")
        if envelope.owner not in run.sponsors:
            yield Violation("lending", f"{told}, but does not list {envelope.owner} as a sponsor")
        if not envelope.lends(run.owner):
            yield Violation("lending", f"{told}, which does not lend to {run.owner}")


def registry(facts: Facts) -> Iterator[Violation]:
    """Owners of new runs and of their payers are registered for namespace and file."""
    owners = facts.inputs.fleet.owners
    budgets = {budget.key: budget for budget in facts.inputs.budgets}
    for entry, run in facts.fresh():
        owner = owners.get(run.owner)
        if owner is None or run.key[0] not in owner.namespaces or not owner.admits_path(run.path):
            told = f"{run.owner} is not registered for namespace {run.key[0]} and file {run.path}"
            yield Violation("registry", f"{entry.name} is placed, but {told}")
    for name, key in sorted({(entry.name, claim.payer[:2]) for entry, _, claim in _new(facts) if claim.payer}):
        budget = budgets.get((key[0], key[1]))
        holder = owners.get(budget.owner) if budget else None
        if budget and (
            holder is None
            or not holder.admits_path(budget.path)
            or (holder.namespaces and budget.key[0] not in holder.namespaces)
        ):
            told = f"{budget.owner} is not registered for budget {spell(budget.key)} in {budget.path}"
            yield Violation("registry", f"{name} is paid, but {told}")


def _new(facts: Facts) -> Iterator[tuple[Entry, Run, Claim]]:
    """Terms of pods that this plan placed."""
    for entry in facts.entries.values():
        run = facts.inputs.runs.get(entry.run)
        for claim in facts.claims[entry.run] if run else ():
            if run is not None and claim.new:
                yield entry, run, claim


def _paid(facts: Facts) -> Iterator[tuple[Entry, Run, Claim, Envelope]]:
    """New terms with their payers, one for each kind of term: the same payer for the same time is looked at once."""
    seen = set()
    for entry, run, claim in _new(facts):
        envelope = facts.inputs.envelopes.get(claim.payer) if claim.payer else None
        if envelope is not None and (entry.run, claim.payer, claim.interval) not in seen:
            seen.add((entry.run, claim.payer, claim.interval))
            yield entry, run, claim, envelope


def _pod(entry: Entry, claim: Claim) -> str:
    return f"{claim.pod.role} {claim.pod.rank} of group {claim.group} of {entry.name}"


def _bound(instant: int) -> str:
    return "ever" if instant < -(1 << 59) else show(instant)
