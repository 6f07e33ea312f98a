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
    """All that an answer depends on: runs that ask alike share one.

    Own and family envelopes are asked apart from sponsors, because only these look at ``funding``; None asks the kin.
    ``run`` is None unless the run has a borrow limit of its own to be charged.
    """

    owner: Owner
    flavor: str
    selector: Selector
    gpus_per_pod: int
    quotas: tuple[TreeQuota, ...]
    funding: Funding | None = None
    run: Key | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Offers and denials, each in the order of semantics.md 5."""

    offers: tuple[Offer, ...] = ()
    denials: tuple[Denial, ...] = ()


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

    def home(self, flavor: str, owner: Owner) -> int:
        """The kinds of node that the owner's own envelopes of the flavor select, as bits of ``reach``."""
        home = 0
        for envelope in self.shelf.get((flavor, owner), ()):
            home |= self.reach.bits(flavor, envelope.selector)
        return home


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
