"""The last events of a simulation, for whoever has to find out what went wrong."""

from collections import deque

from jobtree.base.instant import Instant, format_instant
from jobtree.deciding import Left
from jobtree.simulate.agenda import Arrives, Compile, Deleted, Ends, Event, Lost, Returns
from jobtree.simulate.moment import Moment

LENGTH = 40


class Trail:
    """A watcher that remembers; it must watch first."""

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=LENGTH)

    def begins(self, standing: Left) -> None:
        """Who runs already."""
        running = sorted({str(lease.run) for lease in standing.history.leases})
        if running:
            self.lines.append(f"under way: {', '.join(running)}")

    def event(self, at: Instant, event: Event) -> None:
        """Anything but a compile, which says itself what it did."""
        if not isinstance(event, Compile):
            self.lines.append(f"{format_instant(at)} {_told(event)}")

    def compiled(self, moment: Moment) -> None:
        """A compile, and which runs it moved."""
        opened = sorted({str(lease.run) for lease in moment.opened})
        closed = sorted({f"{one.lease.run} ({one.closure.reason.value})" for one in moment.plan.closures})
        begins = f", begins {', '.join(opened)}" if opened else ""
        ends = f", ends {', '.join(closed)}" if closed else ""
        self.lines.append(f"{format_instant(moment.at)} compile{begins}{ends}")


def _told(event: Event) -> str:
    match event:
        case Arrives(run=run):
            return f"{run} is asked for"
        case Ends(run=run, end=end):
            return f"{run} ends: {end.value}"
        case Deleted(run=run):
            return f"{run} is deleted"
        case Lost(node=node):
            return f"{node} is lost"
        case Returns(node=node):
            return f"{node} returns"
        case Compile(why=why):
            return f"a compile is due: {why}"
