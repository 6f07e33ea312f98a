"""What happened in one compile of a simulation, for whoever watches it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from jobtree.base.instant import Instant
from jobtree.base.progress import Progress
from jobtree.deciding import Left, Question
from jobtree.model.catalog import Catalog
from jobtree.model.lease import Lease
from jobtree.model.plan import Plan
from jobtree.resolve.ground import Ground
from jobtree.simulate.agenda import Event

Policy = Callable[[Ground, Progress], Plan]
"""Who decides: ``resolve.decide.decide``, or another scheduler on the same ground."""

Digest = Callable[[Instant], str]
"""The digest of the documents as they stand at an instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A compile: what was asked, on which ground, what was decided, and what is left to the next.

    ``opened`` and ``closed`` are the leases that began and ended with it, closures are those of the plan.
    """

    at: Instant
    catalog: Catalog
    question: Question
    ground: Ground
    plan: Plan
    before: Left
    left: Left
    opened: tuple[Lease, ...]


class Watcher(Protocol):
    """Who looks at everything that happens, and raises ``Violated`` where it must not."""

    def begins(self, standing: Left) -> None:
        """What stands when the simulation begins."""

    def event(self, at: Instant, event: Event) -> None:
        """Something happened in the world."""

    def compiled(self, moment: Moment) -> None:
        """A compile decided."""


class Watchers:
    """Several who watch, one after the other; nobody by default."""

    def __init__(self, *watchers: Watcher) -> None:
        self._watchers = watchers

    def begins(self, standing: Left) -> None:
        """Tells all of them."""
        for watcher in self._watchers:
            watcher.begins(standing)

    def event(self, at: Instant, event: Event) -> None:
        """Tells all of them."""
        for watcher in self._watchers:
            watcher.event(at, event)

    def compiled(self, moment: Moment) -> None:
        """Tells all of them."""
        for watcher in self._watchers:
            watcher.compiled(moment)
