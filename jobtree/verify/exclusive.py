"""Checks on slots in time: each one is held, and promised, to one pod at a time (semantics.md 5 and 8)."""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter, itemgetter

from jobtree.verify.budgets import spell
from jobtree.verify.facts import Facts
from jobtree.verify.lease import OPPORTUNISTIC, SPARE
from jobtree.verify.plan import RESERVE, Entry, Pod
from jobtree.verify.runs import Key
from jobtree.verify.units import show
from jobtree.verify.violation import Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A pod on a slot, or the promise of one. ``yields``: runs that it may cut when its time comes."""

    start: int
    end: int
    entry: Entry
    pod: Pod
    yields: frozenset[str]

    @property
    def promised(self) -> bool:
        """Whether it is a reservation's."""
        return self.entry.decision == RESERVE


def slot_exclusive(facts: Facts) -> Iterator[Violation]:
    """No two leases hold a slot at the same instant, but a spare and one guest; no pod lists a slot twice."""
    for slot, first, second in _collisions(facts):
        if not (first.promised or second.promised):
            yield Violation("slot-exclusive", f"slot {slot} is held by {_both(first, second)}")


def reservation_free(facts: Facts) -> Iterator[Violation]:
    """A reservation's slots are free for as long as it expects to hold them, or held by runs that it may cut."""
    for slot, first, second in _collisions(facts):
        if first.promised or second.promised:
            yield Violation("reservation-free", f"slot {slot} is promised to {_both(first, second)}")


def opportunistic(facts: Facts) -> Iterator[Violation]:
    """A guest sits unpaid on slots that a spare of another run holds when it starts."""
    spares = _spares(facts)
    for entry in facts.entries.values():
        for group, pod in entry.pods:
            if pod.role != OPPORTUNISTIC:
                continue
            told = f"guest {pod.rank} of group {group.index} of {entry.name} on {pod.node}"
            if pod.payer or any(renewal.payer for renewal in pod.renewals):
                yield Violation("opportunistic", f"{told} is paid for")
            hosts = [spares.get((pod.node, ordinal)) for ordinal in pod.slots]
            is_new = entry.mark(group, pod) in facts.arrivals.new
            if is_new and not all(host and host[0] != entry.run and host[1] <= pod.start < host[2] for host in hosts):
                yield Violation("opportunistic", f"{told} does not sit on spare slots of another run")


def _spares(facts: Facts) -> dict[tuple[str, int], tuple[Key, int, int]]:
    """Who holds a slot in reserve, and from when to when."""
    found = {}
    for entry in facts.entries.values():
        if entry.interval is not None and entry.decision != RESERVE:
            for pod in (pod for group in entry.groups for pod in group.spares):
                for ordinal in pod.slots:
                    found[pod.node, ordinal] = (entry.run, pod.start, entry.interval[1])
    return found


def _collisions(facts: Facts) -> Iterator[tuple[str, Hold, Hold]]:
    """Overlapping holds of a slot that may not overlap, once for each pair of runs. Costs O(n log n)."""
    seen: set[tuple[Key, Key]] = set()
    for (node, ordinal), line in sorted(_lines(facts).items(), key=itemgetter(0)):
        line.sort(key=attrgetter("start", "end"))
        alive: list[Hold] = []
        for hold in line:
            alive = [other for other in alive if other.end > hold.start]
            clash = next((other for other in alive if not _may_overlap(other, hold)), None)
            if clash is None:
                alive.append(hold)
                continue
            if (clash.entry.run, hold.entry.run) not in seen:
                seen.add((clash.entry.run, hold.entry.run))
                yield f"{node}#{ordinal}", clash, hold
            if hold.end > clash.end:
                alive[alive.index(clash)] = hold


def _lines(facts: Facts) -> dict[tuple[str, int], list[Hold]]:
    lines: dict[tuple[str, int], list[Hold]] = {}
    for entry in facts.entries.values():
        if entry.interval is not None:
            yields = frozenset(entry.conflict_set if entry.decision == RESERVE else ())
            for _, pod in entry.pods:
                hold = Hold(start=pod.start, end=entry.interval[1], entry=entry, pod=pod, yields=yields)
                for ordinal in pod.slots:
                    lines.setdefault((pod.node, ordinal), []).append(hold)
    return lines


def _may_overlap(first: Hold, second: Hold) -> bool:
    if first.promised != second.promised:
        promise, lease = (first, second) if first.promised else (second, first)
        return spell(lease.entry.run) in promise.yields
    roles = sorted((first.pod.role, second.pod.role))
    return roles == [OPPORTUNISTIC, SPARE] and first.entry is not second.entry and not first.promised


def _both(first: Hold, second: Hold) -> str:
    if first.entry is second.entry:
        return f"two pods of {first.entry.name} from {show(second.start)}"
    return f"{first.entry.name} until {show(first.end)} and by {second.entry.name} from {show(second.start)}"
