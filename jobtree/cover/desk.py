"""The desk: what the cover of all runs of a catalog shares, prepared once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant
from jobtree.cover.offer import Denial, Offer
from jobtree.cover.reach import Reach, reach_of
from jobtree.ledger.charging import CapsOf, caps_by_envelope
from jobtree.ledger.family import Family, family_of
from jobtree.ledger.held import registered_owners
from jobtree.model.budget import Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import CoverOrder
from jobtree.model.run import Funding, TreeQuota
from jobtree.model.selector import Selector


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """All that the answer to a run depends on: runs that ask alike share one answer.

    ``run`` is None unless the run has a borrow limit of its own to be charged.
    """

    owner: Owner
    flavor: str
    selector: Selector
    gpus_per_pod: int
    funding: Funding
    quotas: tuple[TreeQuota, ...]
    run: Key | None


Answer = tuple[tuple[Offer, ...], tuple[Denial, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """``shelf`` holds the envelopes of a flavor and owner, sorted by key."""

    as_of: Instant
    cover_order: CoverOrder
    registered: frozenset[Owner]
    family: Family
    caps: CapsOf
    reach: Reach
    shelf: Mapping[tuple[str, Owner], tuple[Envelope, ...]]
    answers: dict[Asking, Answer] = field(default_factory=dict, repr=False, compare=False)


def open_desk(catalog: Catalog, *, as_of: Instant) -> Desk:
    """Costs O(envelopes log envelopes + caps + nodes)."""
    shelf: dict[tuple[str, Owner], tuple[Envelope, ...]] = {}
    for _, envelope in sorted(catalog.envelopes.items()):
        place = (envelope.flavor, envelope.owner)
        shelf[place] = (*shelf.get(place, ()), envelope)
    return Desk(
        as_of=as_of,
        cover_order=catalog.fleet.planning.cover_order,
        registered=registered_owners(catalog),
        family=family_of(catalog.budgets),
        caps=caps_by_envelope(catalog),
        reach=reach_of(catalog),
        shelf=shelf,
    )
