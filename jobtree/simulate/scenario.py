"""A scenario: everything that a simulation depends on, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.deciding import Left
from jobtree.model.catalog import Catalog
from jobtree.simulate.faults import Faults, Work, work_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """``catalog`` holds all runs, those that are yet to come too: a run arrives at its admission instant.

    ``standing`` is what an earlier compile left: leases, promises, the ledger; nothing where the fleet begins empty.
    ``works`` are real durations that are known, such as those of a trace; all others are drawn. A compile comes every
    ``every`` seconds, and when something is due.
    """

    catalog: Catalog
    since: Instant
    until: Instant
    seed: int = 1
    every: int = 900
    faults: Faults = Faults()
    works: Mapping[Key, Work] = field(default_factory=dict)
    standing: Left = Left()

    def work(self, key: Key) -> Work:
        """What a run really takes."""
        known = self.works.get(key)
        return work_of(self.catalog.run_of[key], self.faults, self.seed) if known is None else known

    def arrival(self, key: Key) -> Instant:
        """When a run is asked for."""
        admitted = self.catalog.run_of[key].admitted
        return self.since if admitted is None else Instant(max(self.since, admitted))
