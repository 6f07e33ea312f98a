"""What happens when: events in the order of their instants, and of their kinds where these are equal."""

from dataclasses import dataclass, field
from heapq import heappop, heappush

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.simulate.job import End


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """A run ends as was foreseen in this epoch of it."""

    run: Key
    end: End
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """The document of a run is gone."""

    run: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """A node that was lost takes pods again."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A node is lost, with every pod on it."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrives:
    """A run is asked for."""

    run: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Compile:
    """A compile is due: on the grid, or because something was promised for this instant."""

    why: str


Event = Ends | Deleted | Returns | Lost | Arrives | Compile
_ORDER = (Ends, Deleted, Returns, Lost, Arrives, Compile)


@dataclass(slots=True)
class Agenda:
    """Events that lie ahead. Taking one costs O(log events)."""

    _heap: list[tuple[Instant, int, int, Event]] = field(default_factory=list)
    _number: int = 0

    def add(self, at: Instant, event: Event) -> None:
        """Events of one kind and instant come in the order in which they were added."""
        self._number += 1
        heappush(self._heap, (at, _ORDER.index(type(event)), self._number, event))

    def next(self, until: Instant) -> tuple[Instant, Event] | None:
        """Takes the next event before an instant; None when there is none."""
        if not self._heap or self._heap[0][0] >= until:
            return None
        at, _, _, event = heappop(self._heap)
        return at, event
