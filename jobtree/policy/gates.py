"""Typed rules on a plan, and on what a change does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from jobtree.base.identity import Owner
from jobtree.base.instant import Instant, parse_instant
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a change makes of a fleet, as of an instant: the runs that it moves, and both catalogs."""

    runs: Sequence[Subject]
    before: Catalog
    after: Catalog
    as_of: Instant


def harmful(demand: ChangeDemand, change: Change) -> Iterator[Breach]:
    """What a change does too much of. O(changed runs), or O(n^2) for n envelopes of one owner and flavor."""
    match demand:
        case MaxDelay():
            yield from _delays(demand, change.runs)
        case MaxBudgetGrowth():
            yield from _growth(demand, change)


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


def _growth(demand: MaxBudgetGrowth, change: Change) -> Iterator[Breach]:
    """From now on, at no instant more than the share above what the base has had open until then."""
    old, new = (_lines(catalog) for catalog in (change.before, change.after))
    for line in sorted(new):
        had, has = _worst(old.get(line, []), new[line], demand.share, change.as_of)
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


def _lines(catalog: Catalog) -> Mapping[Line, list[Envelope]]:
    found: dict[Line, list[Envelope]] = {}
    for envelope in catalog.envelopes.values():
        found.setdefault((envelope.owner, envelope.flavor), []).append(envelope)
    return found


def _worst(old: Sequence[Envelope], new: Sequence[Envelope], share: Fraction, as_of: Instant) -> tuple[int, int]:
    """GPUs before (at most until then) and after, at the first instant of most growth.

    A window that follows another is no growth, one that is long over or far ahead is no excuse for it.
    """
    starts = {envelope.window.start for envelope in (*old, *new)}
    steps = sorted(start for start in starts if start is not None and start > as_of)
    peak, worst = 0, (0, 0)
    for instant in (as_of, *steps):
        peak, has = max(peak, _open(old, instant)), _open(new, instant)
        if has - peak * (1 + share) > worst[1] - worst[0] * (1 + share):
            worst = peak, has
    return worst


def _open(envelopes: Sequence[Envelope], instant: Instant) -> int:
    return sum(envelope.concurrency for envelope in envelopes if envelope.window.holds(instant))
