"""Typed rules on a plan, and on what a change does."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from jobtree.base.identity import Owner
from jobtree.base.instant import parse_instant
from jobtree.base.quantity import format_duration
from jobtree.model.budget import Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.judgement import Breach
from jobtree.model.policy import ChangeDemand, MaxBudgetGrowth, MaxDelay, MaxWait, Subject

Line = tuple[Owner, str]
"""An owner and a flavor."""


def long_waits(demand: MaxWait, runs: Sequence[Subject]) -> Iterator[Breach]:
    """Reservations that start too late. What is refused waits for nothing, and has its reason."""
    for run in runs:
        entry = run.data
        if entry["decision"] == "reserve" and entry["width"] >= demand.from_gpus:
            wait = int(entry["waitSeconds"])
            if wait > demand.seconds:
                yield Breach(
                    object=run.name,
                    message="waits too long",
                    note=f"{format_duration(wait)}; the rule allows {format_duration(demand.seconds)}",
                    help=f"`jobtree explain {run.name}` says what it waits for",
                    where=run.where,
                )


def harmful(demand: ChangeDemand, runs: Sequence[Subject], before: Catalog, after: Catalog) -> Iterator[Breach]:
    """What a change does too much of. O(changed runs), or O(n log n) for n envelopes."""
    match demand:
        case MaxDelay():
            yield from _delays(demand, runs)
        case MaxBudgetGrowth():
            yield from _growth(demand, before, after)


def _delays(demand: MaxDelay, runs: Sequence[Subject]) -> Iterator[Breach]:
    for run in runs:
        old, new = run.data["before"], run.data["after"]
        if old is None or new is None or old["at"] is None or new["decision"] == "finished":
            continue
        told = _delay(old, new, demand)
        if told is not None:
            hint = "give its budget what it needs, or make the change later"
            yield Breach(
                object=run.name, message="is delayed too much by the change", note=told, help=hint, where=run.where
            )


def _delay(old: Mapping[str, Any], new: Mapping[str, Any], demand: MaxDelay) -> str | None:
    if new["at"] is None:
        return f"it was to start at {old['at']}, and is no longer placed"
    late = parse_instant(new["at"]) - parse_instant(old["at"])
    if late <= demand.seconds:
        return None
    allowed = format_duration(demand.seconds)
    return f"{old['at']} becomes {new['at']}: {format_duration(late)} later; the rule allows {allowed}"


def _growth(demand: MaxBudgetGrowth, before: Catalog, after: Catalog) -> Iterator[Breach]:
    old, new = _peaks(before), _peaks(after)
    for line in sorted(new):
        had, has = old.get(line, 0), new[line]
        if has > had * (1 + demand.share):
            owner, flavor = line
            most = int(had * (1 + demand.share))
            share = f": {(has - had) * 100 / had:.1f} % more" if had else ""
            yield Breach(
                object=owner,
                message=f"gets too much more {flavor} at once",
                note=f"{had:,} GPUs become {has:,}{share}; the rule allows {most:,}",
                help=f"let envelopes of {flavor} that are open together have {most:,} GPUs in sum",
            )


def _peaks(catalog: Catalog) -> Mapping[Line, int]:
    """GPUs of each owner and flavor at the instant at which its open envelopes have most."""
    found: dict[Line, list[Envelope]] = {}
    for envelope in catalog.envelopes.values():
        found.setdefault((envelope.owner, envelope.flavor), []).append(envelope)
    return {line: _peak(envelopes) for line, envelopes in found.items()}


def _peak(envelopes: Sequence[Envelope]) -> int:
    """A sweep over the instants at which windows open and close; those that close do so first."""
    opened = [(one.window.start, one.concurrency) for one in envelopes if one.window.start is not None]
    closed = [(one.window.end, -one.concurrency) for one in envelopes if one.window.end is not None]
    always = sum(one.concurrency for one in envelopes if one.window.start is None)
    return max(accumulate((gpus for _, gpus in sorted(opened + closed)), initial=always))
