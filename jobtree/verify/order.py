"""Checks on time: decisions, dependencies, co-starts, deadlines, horizon, durations (semantics.md 7 and 9)."""

from collections.abc import Iterator

from jobtree.verify.budgets import spell
from jobtree.verify.facts import Facts
from jobtree.verify.lease import BEGUN
from jobtree.verify.plan import FINISHED, REFUSE, RESERVE, RUNNING, START, Entry, Pod
from jobtree.verify.runs import Key, Run
from jobtree.verify.units import show
from jobtree.verify.violation import Violation


def decision_complete(facts: Facts) -> Iterator[Violation]:
    """Every run of the inputs has exactly one decision; other decisions are only those of earlier plans."""
    keys = [entry.run for entry in facts.plan.entries]
    for key in facts.inputs.runs:
        if key not in facts.entries:
            yield Violation("decision-complete", f"{spell(key)} has no decision")
    if len(set(keys)) < len(keys):
        twice = sorted({spell(key) for key in keys if keys.count(key) > 1})
        yield Violation("decision-complete", f"more than one decision for {', '.join(twice)}")
    elif keys != sorted(keys):
        yield Violation("decision-complete", "the decisions are not sorted by run")
    for entry in facts.entries.values():
        run = facts.inputs.runs.get(entry.run)
        if run is None:
            yield Violation("decision-complete", f"{entry.name} is decided ({entry.decision}), but is no run")
        elif entry.run not in facts.arrivals.settled and run.owner != entry.owner:
            yield Violation("decision-complete", f"{entry.name} belongs to {run.owner}, not to {entry.owner}")


def dependency(facts: Facts) -> Iterator[Violation]:
    """A run starts when all its upstreams are expected to have ended; a refused upstream refuses it too."""
    for entry, run in facts.fresh():
        for key in run.after:
            upstream = facts.entries.get(key)
            if upstream is None or upstream.interval is None:
                told = "has no decision" if upstream is None else "is refused"
                yield Violation("dependency", f"{entry.name} is placed, but its upstream {spell(key)} {told}")
            elif entry.interval and entry.interval[0] < upstream.interval[1]:
                told = f"its upstream {upstream.name} is expected to end at {show(upstream.interval[1])}"
                yield Violation("dependency", f"{entry.name} starts at {show(entry.interval[0])}, but {told}")


def co_start(facts: Facts) -> Iterator[Violation]:
    """Runs that must go together start in the same instant and cluster, or are all refused."""
    for members in co_started(facts.inputs.runs):
        entries = [facts.entries[key] for key in members if key in facts.entries and key not in facts.arrivals.settled]
        starts = sorted({_when(entry) for entry in entries})
        names = ", ".join(spell(key) for key in members)
        if len(starts) > 1:
            yield Violation("co-start", f"{names} must start together, found {', '.join(starts)}")
        clusters = sorted({group.domain[:2] for entry in entries for group in entry.groups})
        if len(clusters) > 1:
            found = " and ".join(map(spell, clusters))
            yield Violation("co-start", f"{names} must sit in one cluster, found {found}")


def deadline(facts: Facts) -> Iterator[Violation]:
    """A run is expected to end by its deadline."""
    for entry, run in facts.fresh():
        if run.deadline is not None and entry.interval and entry.interval[1] > run.deadline:
            told = f"ends at {show(entry.interval[1])}, after its deadline {show(run.deadline)}"
            yield Violation("deadline", f"{entry.name} {told}")


def horizon(facts: Facts) -> Iterator[Violation]:
    """The horizon is the fleet's; starts are at its first instant, reservations within, running runs around it.

    Pods begin with their run, or later by growing, taking over a spare or being renewed.
    """
    as_of = facts.plan.as_of
    end = as_of + facts.inputs.fleet.horizon
    if facts.plan.horizon != (as_of, end):
        found = f"{show(facts.plan.horizon[0])} to {show(facts.plan.horizon[1])}"
        yield Violation("horizon", f"the horizon is {show(as_of)} to {show(end)}, found {found}")
    for entry in facts.entries.values():
        if entry.interval is not None and not _in_time(entry, as_of, end):
            told = f"{show(entry.interval[0])} to {show(entry.interval[1])}"
            yield Violation("horizon", f"{entry.name} cannot be {entry.decision} at {show(as_of)} with {told}")
        for _, pod in entry.pods:
            if not _begins(entry, pod, as_of):
                told = f"begins at {show(pod.start)} ({pod.reason})"
                yield Violation("horizon", f"{pod.role} {pod.rank} on {pod.node} of {entry.name} {told}")


def duration(facts: Facts) -> Iterator[Violation]:
    """A new run is expected to take what its document, or else the fleet, says."""
    for entry, run in facts.fresh():
        assert entry.interval is not None
        held = entry.interval[1] - entry.interval[0]
        if held != facts.seconds(run):
            yield Violation("duration", f"{entry.name} holds its GPUs for {held} s, expected {facts.seconds(run)} s")


def _in_time(entry: Entry, as_of: int, end: int) -> bool:
    assert entry.interval is not None
    start, over = entry.interval
    return {
        START: start == as_of,
        RESERVE: as_of < start < end,
        RUNNING: start <= as_of < over,
        FINISHED: over <= as_of,
    }[entry.decision]


def _begins(entry: Entry, pod: Pod, as_of: int) -> bool:
    assert entry.interval is not None
    if pod.reason == BEGUN:
        return pod.start == entry.interval[0]
    return entry.decision == RUNNING and entry.interval[0] <= pod.start <= as_of


def _when(entry: Entry) -> str:
    return REFUSE if entry.interval is None else show(entry.interval[0])


def co_started(runs: dict[Key, Run]) -> Iterator[tuple[Key, ...]]:
    """Sets of runs linked by ``with``, transitively, in key order."""
    links: dict[Key, dict[Key, None]] = {}
    for run in runs.values():
        for other in run.together:
            links.setdefault(run.key, {})[other] = None
            links.setdefault(other, {})[run.key] = None
    seen: set[Key] = set()
    for start in sorted(links):
        if start not in seen:
            members, queue = {start}, [start]
            for here in queue:
                fresh = [there for there in links[here] if there not in members]
                members.update(fresh)
                queue.extend(fresh)
            seen |= members
            yield tuple(sorted(members))
