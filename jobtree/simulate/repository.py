"""The repository as it grows: documents of runs come, and go when nobody needs them any more (ADR 32)."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import replace

from jobtree.base.identity import Domain, EnvelopeKey, Key
from jobtree.load.overlay import as_observed
from jobtree.model.catalog import Catalog
from jobtree.model.history import Observed
from jobtree.model.lease import ClosedLease, closing_order
from jobtree.model.run import Run
from jobtree.simulate.forward import brought_forward


class Repository:
    """Documents that are there. A run that is over leaves when no other run names it and no tree counts its hours.

    Who keeps a repository deletes such documents too, and no decision depends on them: ``charges_hours`` says which
    leases of the ledger still count.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._all = catalog
        self._present: list[Key] = []
        self._namers: dict[Key, int] = {}
        self._over: dict[Key, None] = {}
        self._last: Catalog | None = None
        self._hours = _counted(catalog)
        for run in catalog.runs:
            self._count(run, 1)

    def arrive(self, run: Key) -> None:
        """The document of a run is merged."""
        insort(self._present, run)

    def remove(self, run: Key) -> None:
        """The document of a run is deleted."""
        at = bisect_left(self._present, run)
        if at < len(self._present) and self._present[at] == run:
            self._present.pop(at)
            self._over.pop(run, None)
            self._count(self._all.run_of[run], -1)

    def over(self, run: Key) -> None:
        """The run is over: its document may go."""
        self._over[run] = None

    def tidy(self) -> frozenset[Key]:
        """Removes documents that nobody needs; which they were."""
        gone: list[Key] = []
        while ready := [key for key in self._over if self._is_free(key)]:
            for key in ready:
                self.remove(key)
            gone += ready
        return frozenset(gone)

    def kept(self, past: Iterable[ClosedLease], gone: frozenset[Key]) -> tuple[ClosedLease, ...]:
        """The part of the ledger on which decisions depend once these runs are gone."""
        present = [one for one in past if self._is_there(one.lease.run) and one.lease.run not in gone]
        over = [
            one
            for one in past
            if (not self._is_there(one.lease.run) or one.lease.run in gone)
            and one.lease.payer is not None
            and one.lease.payer.envelope in self._hours
        ]
        return tuple(sorted((*present, *brought_forward(self._all, over)), key=closing_order))

    def catalog(self, observed: Observed) -> tuple[Catalog, tuple[str, ...]]:
        """What is there, with nodes as they were observed; and which objects differ from the last time. O(catalog)."""
        runs = tuple(self._all.run_of[key] for key in self._present)
        now = as_observed(replace(self._all, runs=runs), observed)
        before, self._last = self._last, now
        return now, () if before is None else _changed(before, now)

    def _is_there(self, run: Key) -> bool:
        at = bisect_left(self._present, run)
        return at < len(self._present) and self._present[at] == run

    def _is_free(self, key: Key) -> bool:
        return not self._namers.get(key) and not self._all.run_of[key].quotas

    def _count(self, run: Run, by: int) -> None:
        for other in (*run.after, *run.together):
            self._namers[other] = self._namers.get(other, 0) + by


def _counted(catalog: Catalog) -> frozenset[EnvelopeKey]:
    """Envelopes whose elapsed hours limit something."""
    own = [
        key
        for key, envelope in catalog.envelopes.items()
        if envelope.max_gpu_seconds is not None or envelope.lending.max_gpu_seconds is not None
    ]
    caps = [cap for budget in catalog.budgets for cap in budget.caps if cap.max_gpu_seconds is not None]
    return frozenset([*own, *(key for cap in caps for key in cap.envelopes)])


def _changed(before: Catalog, now: Catalog) -> tuple[str, ...]:
    """As ``resolve.changes.changed`` says it of the digests of both; budgets and fleet do not change in between."""
    runs = before.run_of.keys() ^ now.run_of.keys()
    domains: Mapping[Domain, None] = {
        old.domain: None for old, new in zip(before.nodes, now.nodes, strict=True) if old.usable != new.usable
    }
    return tuple(sorted([*(f"Run {key}" for key in runs), *(f"nodes of {domain}" for domain in domains)]))
