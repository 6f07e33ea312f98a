"""What is out of the question for a run, told before anybody is looked at closely: most runs that wait go no further.

The close look (``resolve.attempt``) costs as much as all leases; these questions cost a few array operations.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval
from jobtree.model.lease import Lease
from jobtree.model.run import Run
from jobtree.plan.slot_times import SlotTimes, only
from jobtree.plan.standing import NOBODY, Hold
from jobtree.resolve.candidates import Herd, protected_until
from jobtree.resolve.ground import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Slots that nobody can give up (``kept``), and slots that nobody gives up now (``held``).

    ``first_exposed`` is the first instant at which somebody may be cut at all; None if there is nobody.
    """

    kept: SlotTimes
    held: SlotTimes
    first_exposed: Instant | None
    has_family_use: bool
    as_of: Instant

    def could_begin(self, run: Run) -> bool:
        """Whether there might be free slots for it now."""
        return self.held.could_seat(run, only(self.as_of))

    def could_claim(self, run: Run, starts: Interval) -> bool:
        """Whether cuts, or a recall, might let it begin at one of these instants."""
        exposed = self.first_exposed is not None and self.first_exposed < starts.end
        return (exposed or self.has_family_use) and self.kept.could_seat(run, starts)


def reach_of(ground: Ground, crowd: Herd, blocks: Sequence[tuple[Key, Hold]]) -> Reach:
    """``blocks`` are slots that nobody else may touch, and whose they are. O(slots held + nodes log nodes)."""
    exposed = {key: protected_until(crowd.catalog.run_of[key], crowd.lives[key], crowd.catalog) for key in crowd.leases}
    held = [(NOBODY, _hold(lease, lease.interval.end)) for lease in ground.history.leases]
    kept = [(NOBODY, _hold(lease, exposed.get(lease.run, lease.interval.end))) for lease in ground.history.leases]
    return Reach(
        kept=SlotTimes.of(ground.catalog.nodes, [*kept, *blocks]),
        held=SlotTimes.of(ground.catalog.nodes, [*held, *blocks]),
        first_exposed=min(exposed.values(), default=None),
        has_family_use=ground.has_family_use,
        as_of=ground.as_of,
    )


def _hold(lease: Lease, firm_until: Instant) -> Hold:
    """The lease as what cannot be had for a start before the instant: then its run may be cut."""
    interval = Interval(lease.interval.start, min(lease.interval.end, firm_until))
    return Hold(node=lease.node, slots=lease.slots, interval=interval)
