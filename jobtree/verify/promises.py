"""Check on promises: a published start does not slip in silence (semantics.md 7, level 1)."""

from collections.abc import Iterator

from jobtree.verify.facts import Facts
from jobtree.verify.units import show
from jobtree.verify.violation import Violation


def promise(facts: Facts) -> Iterator[Violation]:
    """A run that an earlier tree promised an instant starts by then (or at once, if that is past), or JT520 names it.

    Needs the earlier tree; without it nothing is known of promises.
    """
    for fault in facts.past.unread:
        yield Violation("promise", fault)
    for run, earlier in facts.past.promises.items():
        entry = facts.entries.get(run)
        if entry is None or not entry.planned or entry.interval is None:
            continue
        if entry.interval[0] <= max(earlier.start, facts.plan.as_of):
            continue
        if not any(entry.name in warning for warning in facts.plan.warnings):
            told = f"was promised {show(earlier.start)} and is now planned for {show(entry.interval[0])}"
            yield Violation("promise", f"{entry.name} {told}, and no JT520 with a note says so")
