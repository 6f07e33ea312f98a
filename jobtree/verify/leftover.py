"""What is left of nodes and accounts beside everything that stands: leases, and runs whose places are given."""

from collections.abc import Iterable, Iterator

from jobtree.verify.accounts import AccountKey
from jobtree.verify.claims import Claim
from jobtree.verify.facts import Facts
from jobtree.verify.funding import funded_spans
from jobtree.verify.lease import GROW, OPPORTUNISTIC, SPARE
from jobtree.verify.plan import RUNNING, Entry, Pod
from jobtree.verify.runs import Key
from jobtree.verify.sweep import Meter
from jobtree.verify.tariff import Curve

Taken = tuple[int, int, int]
"""From and until when, in seconds from the plan's instant, and how many GPUs."""


class Leftover:
    """``given`` runs stand like those that hold leases; growth of this very plan does not."""

    def __init__(self, facts: Facts, given: frozenset[Key]) -> None:
        self._facts = facts
        self._standing = [entry for entry in facts.entries.values() if entry.decision == RUNNING or entry.run in given]
        self._nodes = self._taken_nodes()
        self._accounts: dict[AccountKey, list[Taken]] = {}
        self._seconds: dict[AccountKey, int] = {}
        self._charge()

    def of_node(self, name: str) -> Curve:
        """Free GPUs of a node over time."""
        return _level(self._facts.inputs.nodes[name].gpus, self._nodes.get(name, ()))

    def of_account(self, key: AccountKey) -> Curve | None:
        """GPUs that an account can still carry over time; None without a limit."""
        limit = self._facts.accounts.of[key].limits.gpus
        return None if limit is None else _level(limit, self._accounts.get(key, ()))

    def seconds(self, key: AccountKey) -> int | None:
        """GPU-seconds that an account can still be charged; None without a limit."""
        limit = self._facts.accounts.of[key].limits.gpu_seconds
        return None if limit is None else max(0, limit - self._seconds.get(key, 0))

    def _taken_nodes(self) -> dict[str, list[Taken]]:
        now, leased = self._facts.plan.as_of, [entry for entry in self._standing if not self._is_ahead(entry)]
        spared = dict(_slots(leased, SPARE))
        ends: dict[tuple[str, int], int] = {}
        taken: dict[str, list[Taken]] = {}
        for pod, end in self._pods(leased):
            for slot in pod.slots:
                ends[pod.node, slot] = max(end, ends.get((pod.node, slot), end))
                if pod.role != OPPORTUNISTIC or spared.get((pod.node, slot), 0) < end:
                    taken.setdefault(pod.node, []).append((max(0, pod.start - now), end - now, 1))
        for pod, end in self._pods([entry for entry in self._standing if self._is_ahead(entry)]):
            for slot in pod.slots:
                start = max(pod.start, ends.get((pod.node, slot), pod.start))
                if start < end:
                    taken.setdefault(pod.node, []).append((start - now, end - now, 1))
        return taken

    def _is_ahead(self, entry: Entry) -> bool:
        return entry.interval is not None and entry.interval[0] > self._facts.plan.as_of

    def _pods(self, entries: Iterable[Entry]) -> Iterator[tuple[Pod, int]]:
        for entry in entries:
            for group, pod in entry.pods:
                grown = pod.reason == GROW and entry.mark(group, pod) in self._facts.arrivals.new
                if entry.interval is not None and not grown:
                    yield pod, entry.interval[1]

    def _charge(self) -> None:
        facts, now = self._facts, self._facts.plan.as_of
        held = [
            *facts.spent,
            *(claim for entry in self._standing for claim in facts.claims[entry.run] if _counts(claim)),
        ]
        meter = Meter(held, now)
        for span in funded_spans(held, now, facts.accounts):
            for charge in span.claim.charges:
                taken = (span.interval[0] - now, span.interval[1] - now, span.claim.gpus)
                self._accounts.setdefault(charge.account, []).append(taken)
            meter.add(span.claim, span.interval)
        self._seconds = meter.charged


def _counts(claim: Claim) -> bool:
    return not (claim.new and claim.pod.reason == GROW)


def _slots(entries: Iterable[Entry], role: str) -> Iterator[tuple[tuple[str, int], int]]:
    for entry in entries:
        for _, pod in entry.pods:
            if pod.role == role and entry.interval is not None:
                yield from (((pod.node, slot), entry.interval[1]) for slot in pod.slots)


def _level(whole: int, taken: Iterable[Taken]) -> Curve:
    """What is left, and never less than nothing."""
    changes: dict[int, int] = {0: 0}
    for start, end, gpus in taken:
        changes[start] = changes.get(start, 0) - gpus
        changes[end] = changes.get(end, 0) + gpus
    times, level, values = sorted(changes), whole, []
    for time in times:
        level += changes[time]
        values.append(max(0, level))
    return Curve(times, values)
