"""Seats: where pods sit and which route of payers carries them, before slots and ranks are handed out."""

from dataclasses import dataclass

from jobtree.base.instant import Instant, Interval, Window
from jobtree.cover.offer import Offer
from jobtree.model.lease import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One payer, or nobody, for one stretch of time: it becomes one lease per pod.

    ``charges``: what the lease uses up, as rows of the component's account profile; tree quotas count unpaid work too.
    """

    offer: Offer | None
    charges: tuple[tuple[int, Window], ...]
    interval: Interval


Route = tuple[Leg, ...]
"""Legs without a gap from start to end; more than one leg means Renew at each boundary. Empty: not paid yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """``pods`` pods of one group and role on one node (an index of the component's sites), paid by one route."""

    group: int
    role: Role
    node: int
    pods: int
    route: Route = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seating:
    """All seats of one run, by group, active ones first. ``width`` counts active GPUs."""

    start: Instant
    width: int
    seats: tuple[Seat, ...]
