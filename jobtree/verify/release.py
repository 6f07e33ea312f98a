"""The first instants at which runs could start, were everything else free; None for never (semantics.md 5 and 9)."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from jobtree.verify.facts import Facts
from jobtree.verify.kinds import Kinds
from jobtree.verify.lease import WORKLOAD_FAILED
from jobtree.verify.leftover import Leftover
from jobtree.verify.offers import Desk, Offer
from jobtree.verify.order import co_started
from jobtree.verify.plan import FINISHED
from jobtree.verify.runs import Key, Run
from jobtree.verify.tariff import Opening
from jobtree.verify.units import FOREVER

FAILED = "Failed"


class Releases:
    """``first``, by run that is free to start: seconds from the plan's instant, None if nothing could start it."""

    def __init__(self, facts: Facts, free: Sequence[Run], desk: Desk, kinds: Kinds, leftover: Leftover) -> None:
        self._facts, self._desk, self._kinds, self._leftover = facts, desk, kinds, leftover
        self._free = {run.key: run for run in free}
        self._left_behind = frozenset(_left_behind(facts))
        self.first: dict[Key, int | None] = {}
        self._solve()

    def _solve(self) -> None:
        units = self._units()
        while units:
            unknown = {run.key for unit in units for run in unit}
            ready = [unit for unit in units if not any(key in unknown for key in _upstreams(unit))]
            for unit in ready:
                first = self._first(unit)
                self.first.update((run.key, first) for run in unit)
            if not ready:
                self.first.update(dict.fromkeys(unknown))
                return
            done = {run.key for unit in ready for run in unit}
            units = [unit for unit in units if unit[0].key not in done]

    def _units(self) -> list[tuple[Run, ...]]:
        sets = [
            tuple(self._free[key] for key in keys if key in self._free) for keys in co_started(self._facts.inputs.runs)
        ]
        joined = {run.key for unit in sets for run in unit}
        return [unit for unit in sets if unit] + [(run,) for run in self._free.values() if run.key not in joined]

    def _first(self, unit: tuple[Run, ...]) -> int | None:
        members = {run.key for run in unit}
        if any(key in members for run in unit for key in run.after) or any(map(self._is_lost, unit)):
            return None
        ends = [self._end(key) for key in _upstreams(unit)]
        known = [end for end in ends if end is not None]
        if len(known) < len(ends):
            return None
        return max([0, *known, *map(self._opens, unit)])

    def _end(self, key: Key) -> int | None:
        if key in self._free:
            start = self.first[key]
            return None if start is None else start + self._facts.seconds(self._free[key])
        entry = self._facts.entries.get(key)
        if entry is None or entry.interval is None or (entry.decision == FINISHED and _has_failed(self._facts, key)):
            return None
        return entry.interval[1] - self._facts.plan.as_of

    def _opens(self, run: Run) -> int:
        offers = self._desk.offers(run)
        if run.opportunistic or not offers:
            return 0
        return max(0, min(offer.window[0] for offer in offers) - self._facts.plan.as_of)

    def _is_lost(self, run: Run) -> bool:
        return run.key in self._left_behind or self._is_too_wide(run) or self._is_unpayable(run)

    def _is_too_wide(self, run: Run) -> bool:
        """Whether no cluster, or no domain where it must stay in one, holds all its pods where somebody may pay."""
        payers = None if run.opportunistic else [offer.envelope for offer in self._desk.offers(run)]
        pods = self._kinds.pods(run, self._facts.per_pod(run), payers)
        room: dict[tuple[str, ...], int] = {}
        for domain, count in pods.items():
            place = domain[:2] if run.spread else domain
            room[place] = room.get(place, 0) + count
        return max(room.values(), default=0) < narrowest(run, self._facts.per_pod(run))

    def _is_unpayable(self, run: Run) -> bool:
        """Whether all payers together allow fewer GPUs than it needs, at once or over its time."""
        need = narrowest(run, self._facts.per_pod(run)) * self._facts.per_pod(run)
        return not run.opportunistic and sum(self._carries(offer, run, need) for offer in self._desk.offers(run)) < need

    def _carries(self, offer: Offer, run: Run, need: int) -> int:
        rate = self._facts.inputs.fleet.spare_rate if run.spares else Fraction(1)
        seconds = self._facts.seconds(run) * rate
        most = need
        for charge in offer.charges:
            gpus = self._facts.accounts.of[charge.account].limits.gpus
            left = self._leftover.seconds(charge.account)
            if gpus is not None:
                most = min(most, gpus)
            if left is not None and charge.window in (offer.window, (-FOREVER, FOREVER)) and left < need * seconds:
                most = min(most, int(left / seconds))
        return most


def narrowest(run: Run, per_pod: int) -> int:
    """Pods of the narrowest width at which it may start, its spares included."""
    width = run.widths()[0]
    groups = run.group_sizes(width)
    return width // per_pod + run.spares * (len(groups) if groups else 1)


def opening(offer: Offer, as_of: int) -> Opening:
    """When the offer may pay, in seconds from the plan's instant."""
    return offer.window[0] - as_of, offer.window[1] - as_of


def _has_failed(facts: Facts, key: Key) -> bool:
    """Whether a run that is over failed: its last leases say so, or what was observed of one without leases."""
    closed = facts.over.get(key, [])
    if not closed:
        return facts.plan.observed.runs.get(key, ("", None))[0] == FAILED
    last = max(one.time for one in closed)
    return any(one.time == last and one.reason == WORKLOAD_FAILED for one in closed)


def _left_behind(facts: Facts) -> Iterator[Key]:
    """Runs that never started although their ``with`` set did."""
    begun = facts.arrivals.settled | facts.over.keys()
    for keys in co_started(facts.inputs.runs):
        if any(key in begun for key in keys):
            yield from (key for key in keys if key not in begun)


def _upstreams(unit: Iterable[Run]) -> set[Key]:
    members = {run.key for run in unit}
    return {key for run in unit for key in run.after} - members
