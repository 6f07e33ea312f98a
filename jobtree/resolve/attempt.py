"""Whether a claim fits at an instant if others are cut, and whom it takes (semantics.md 8).

An attempt looks at one run and one instant, and changes nothing: who could pay, what others hold, who could be cut.
Where it would sit then is ``resolve.choice``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval
from jobtree.cover.offer import Coverage, Tier
from jobtree.ledger.lives import lives
from jobtree.model.lease import Lease
from jobtree.model.reservation import Promise
from jobtree.model.run import Run
from jobtree.plan.carry import leases_of
from jobtree.plan.lone import Lone, suitable_sites
from jobtree.plan.sites import Sites
from jobtree.plan.standing import Hold
from jobtree.resolve.candidates import Herd, cuttables
from jobtree.resolve.choice import Attempt, choose
from jobtree.resolve.ground import Ground, released
from jobtree.resolve.occupancy import Occupancy, occupancy


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One question: a run, an instant, what is out of reach, where it may sit, and who may be cut (None: anybody)."""

    run: Run
    start: Instant
    blocks: Sequence[Hold]
    sites: Sites
    named: frozenset[Key] | None = None


def attempt(ground: Ground, herd: Herd, run: Run, start: Instant, blocks: Sequence[Hold]) -> Attempt | None:
    """The attempt at one instant; None if the run cannot be paid there, or does not fit whoever is cut.

    First as its payers stand, then with its owner's own envelopes alone, from which family is recalled. Costs one look
    at all leases and blocks, and for each kind of cut a placement for each domain.
    """
    sites = suitable_sites(ground.catalog, run)
    return _attempted(ground, herd, _Asked(run=run, start=start, blocks=blocks, sites=sites))


def as_promised(ground: Ground, herd: Herd, promise: Promise, start: Instant, blocks: Sequence[Hold]) -> Attempt | None:
    """The attempt of a run that was promised: in its domains and with its conflict set, else as for any other.

    None also while an upstream is in its way: it may have been cut, or it takes longer than was expected.
    """
    run = ground.catalog.run_of[promise.run]
    free_at = released(run, lives(ground.history), ground.as_of)
    if free_at is None or free_at > start:
        return None
    domains = {node.domain for node in ground.catalog.nodes if node.name in promise.nodes}
    named = frozenset(promise.contention.conflict_set) if promise.contention is not None else frozenset()
    asked = _Asked(run=run, start=start, blocks=blocks, sites=suitable_sites(ground.catalog, run, domains), named=named)
    return _attempted(ground, herd, asked) or attempt(ground, herd, run, start, blocks)


def _attempted(ground: Ground, herd: Herd, asked: _Asked) -> Attempt | None:
    start, coverage = asked.start, ground.coverages[asked.run.key]
    interval = Interval(start, Instant(start + asked.run.duration))
    for recalls in (False, True) if ground.has_family_use else (False,):
        payers = _own_offers(coverage) if recalls else coverage
        prepared = ground.lone(asked.run, payers, asked.sites, recalled=start if recalls else None)
        if not prepared.pays(start):
            continue
        seen = occupancy(prepared.nodes, ground.history.leases, asked.blocks, interval=interval)
        unfunded = _unfunded(ground, prepared, seen, recalls=recalls)
        everyone = cuttables(herd, asked.run, unfunded, seen, [node.name for node in prepared.nodes])
        named = asked.named
        found = choose(prepared, seen, [one for one in everyone if named is None or named.issuperset(one.unit.runs)])
        if found is not None:
            return replace(found, recalls=recalls)
    return None


def _own_offers(coverage: Coverage) -> Coverage:
    return replace(coverage, offers=tuple(offer for offer in coverage.offers if offer.tier is Tier.OWN))


def _unfunded(ground: Ground, prepared: Lone, seen: Occupancy, *, recalls: bool) -> frozenset[Lease]:
    """Leases that nobody would pay for at the claim's start, with the claim in its place (semantics.md 4)."""
    new = _hypothetical(prepared, seen) if recalls else ()
    return ground.statement.unfunded_at(seen.interval.start, new)


def _hypothetical(prepared: Lone, seen: Occupancy) -> tuple[Lease, ...]:
    """The claim's leases if everybody else were gone: its payers, whoever is cut for it."""
    free = [node.gpus - len(seen.blocked.get(node.name, ())) for node in prepared.nodes]
    seating = prepared.seat(seen.interval.start, free)
    run = prepared.demand.run
    return () if seating is None else leases_of(run.key, run.owner, prepared.place(seating, ()))
