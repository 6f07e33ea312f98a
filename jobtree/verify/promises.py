"""Check on promises: a published start does not slip in silence (semantics.md 7, level 1)."""

from collections.abc import Iterator

from jobtree.verify.facts import Facts
from jobtree.verify.field import Field
from jobtree.verify.units import show
from jobtree.verify.violation import FormatError, Violation


def promise(facts: Facts) -> Iterator[Violation]:
    """A run that an earlier tree promised an instant starts by then (or at once, if that is past), or JT520 names it.

    Needs the earlier tree; without it nothing is known of promises.
    """
    for manifest in facts.previous.manifests if facts.previous else ():
        if manifest.kind != "Reservation":
            continue
        try:
            spec = Field(manifest.value, manifest.name)["spec"]
            run = (spec["runRef"]["namespace"].text(), spec["runRef"]["name"].text())
            promised = spec["earliestStart"].instant()
        except FormatError as error:
            yield Violation("promise", f"the earlier promise {manifest.name} cannot be read: {error}")
            continue
        entry = facts.entries.get(run)
        if entry is None or not entry.planned or entry.interval is None:
            continue
        if entry.interval[0] <= max(promised, facts.plan.as_of):
            continue
        if not any(entry.name in warning for warning in facts.plan.warnings):
            told = f"was promised {show(promised)} and is now planned for {show(entry.interval[0])}"
            yield Violation("promise", f"{entry.name} {told}, and no JT520 says so")
