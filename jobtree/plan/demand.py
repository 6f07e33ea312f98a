"""What one run asks for, prepared once: shapes by width, nodes it may use, and who may pay for which of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval, Window
from jobtree.cover.offer import Coverage, Offer
from jobtree.ledger.account import AccountLabel, Charge
from jobtree.ledger.charging import quota_charges
from jobtree.model.run import Run
from jobtree.plan.arrays import Flags, Ints
from jobtree.plan.sites import Sites


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A width in pods. ``groups`` None: the run may be split by domain, each part being a group."""

    width: int
    pods: int
    groups: tuple[int, ...] | None
    spares: int
    one_domain: bool

    @property
    def pods_with_spares(self) -> int:
        """The fewest pods it takes: spares per group, and at least one group."""
        return self.pods + self.spares * (len(self.groups) if self.groups else 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bid:
    """An offer with its accounts as rows of the component's account profile. ``nodes`` has shape (nodes,)."""

    offer: Offer
    nodes: Flags
    charges: tuple[tuple[int, Window], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Demand:
    """A run, its shapes widest first, and its latest start (horizon and deadline).

    ``open_nodes``: usable nodes of the flavor that its selector and some offer match, shape (nodes,).
    ``idle_nodes``: the same without regard to offers, for an unfunded start.
    ``zone_of``: nodes with equal numbers are matched by the same offers. ``dues``: charged whoever pays, nobody too.
    """

    run: Run
    shapes: tuple[Shape, ...]
    latest: Instant
    open_nodes: Flags
    idle_nodes: Flags
    bids: tuple[Bid, ...]
    dues: tuple[tuple[int, Window], ...]
    zone_of: Ints

    @property
    def key(self) -> Key:
        """The run's key."""
        return self.run.key

    @property
    def weight(self) -> int:
        """GPUs x expected seconds (semantics.md 7, level 3)."""
        return self.run.total_gpus * self.run.duration

    def interval(self, start: Instant) -> Interval:
        """From a start to the expected end."""
        return Interval(start, Instant(start + self.run.duration))


def shape(run: Run, width: int) -> Shape:
    """A run's shape at a width (semantics.md 6)."""
    per_pod = run.gpus_per_pod
    groups = None if run.group_size is None else tuple(size // per_pod for size in run.groups(width))
    return Shape(width=width, pods=width // per_pod, groups=groups, spares=run.spares, one_domain=not run.spread)


def demand(
    run: Run, coverage: Coverage, *, sites: Sites, rows: Mapping[AccountLabel, int], horizon: Interval
) -> Demand:
    """Prepares a run. ``rows`` numbers the limited accounts; a charge on an account without a row limits nothing."""
    bids = tuple(
        Bid(
            offer=offer,
            nodes=sites.selected(offer.selector),
            charges=_limited(offer.charges, rows),
        )
        for offer in coverage.offers
    )
    payers = tuple(offer.selector for offer in coverage.offers)
    latest = horizon.end - 1 if run.deadline is None else min(horizon.end - 1, run.deadline - run.duration)
    return Demand(
        run=run,
        shapes=tuple(shape(run, width) for width in run.start_widths),
        latest=Instant(latest),
        open_nodes=sites.paid_for(run, payers),
        idle_nodes=sites.open_to(run),
        bids=bids,
        dues=_limited(quota_charges(run), rows),
        zone_of=sites.zones(payers),
    )


def _limited(charges: Iterable[Charge], rows: Mapping[AccountLabel, int]) -> tuple[tuple[int, Window], ...]:
    return tuple((rows[charge.label], charge.window) for charge in charges if charge.label in rows)
