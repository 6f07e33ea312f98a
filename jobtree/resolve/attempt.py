"""Whether a claim fits at an instant if others are cut, and whom it takes (semantics.md 8).

An attempt looks at one run and one instant, and changes nothing. It finds the earliest kind of cut that is enough, the
domain where least is missing, what is missing there, and who could be cut for it; the lottery itself is not held here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from jobtree.base.identity import Domain
from jobtree.base.instant import Instant, Interval
from jobtree.cover.offer import Coverage, Tier
from jobtree.ledger.books import charged_leases
from jobtree.ledger.classes import classes_at
from jobtree.model.contention import CUT_ORDER, CutUnit, Need, NodeGpus
from jobtree.model.history import History
from jobtree.model.lease import FundingClass, Lease
from jobtree.model.plan import Placement
from jobtree.model.reservation import Promise
from jobtree.model.run import Run
from jobtree.plan.carry import leases_of
from jobtree.plan.lone import Lone, lone, suitable_sites
from jobtree.plan.seat import Seating
from jobtree.plan.sites import Sites
from jobtree.plan.standing import Hold
from jobtree.resolve.candidates import Cuttable, Herd, cuttables, in_sequence, within
from jobtree.resolve.ground import Ground
from jobtree.resolve.occupancy import Occupancy, occupancy


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How a claim would come to its GPUs at ``occupancy.interval.start``.

    ``needs`` and ``units`` are those of the domains where least is missing; no unit is of a later kind than necessary.
    ``allowed`` are the nodes that it may use; ``recalls``: its owner's envelopes pay only because family use yields.
    """

    run: Run
    lone: Lone
    occupancy: Occupancy
    needs: tuple[Need, ...]
    allowed: frozenset[str]
    cuttables: tuple[Cuttable, ...] = ()
    recalls: bool = False

    @property
    def units(self) -> tuple[CutUnit, ...]:
        """Candidates in canonical order."""
        return tuple(one.unit for one in self.cuttables)

    @property
    def deficit(self) -> tuple[tuple[Domain, int], ...]:
        """GPUs that each domain lacks, in whole pods: free GPUs elsewhere do not reduce it."""
        return tuple((need.domain, missing(need) * need.per_pod) for need in self.needs)

    def seat(self, ground: Ground, blocks: Iterable[Hold], cut: Iterable[Lease]) -> Placement | None:
        """Where the run sits once these leases have been cut; None if it does not fit then."""
        gone = frozenset(cut)
        start, free = self.occupancy.interval.start, self.occupancy.free(self.lone.nodes, gone)
        seating = self.lone.seat(start, free, self.allowed)
        if seating is None:
            return None
        remaining = [lease for lease in ground.history.leases if lease not in gone]
        return self.lone.place(seating, [*remaining, *(block.as_lease for block in blocks)])


def missing(need: Need) -> int:
    """Pods that the need lacks with nothing cut."""
    return max(0, need.pods - sum(max(0, on.gpus) // need.per_pod for on in need.free))


def attempt(ground: Ground, herd: Herd, run: Run, start: Instant, blocks: Sequence[Hold]) -> Attempt | None:
    """The attempt at one instant; None if the run cannot be paid there, or does not fit whoever is cut.

    First as its payers stand, then with its owner's own envelopes alone, from which family is recalled. Costs one look
    at all leases and blocks, and for each kind of cut a placement for each domain.
    """
    return _on_sites(ground, herd, run, start, blocks, suitable_sites(ground.catalog, run))


def as_promised(ground: Ground, herd: Herd, promise: Promise, start: Instant, blocks: Sequence[Hold]) -> Attempt | None:
    """The attempt of a run that was promised: in the domains that it was promised, else wherever it fits."""
    run = ground.catalog.run_of[promise.run]
    domains = {node.domain for node in ground.catalog.nodes if node.name in promise.nodes}
    sites = suitable_sites(ground.catalog, run, domains)
    return _on_sites(ground, herd, run, start, blocks, sites) or attempt(ground, herd, run, start, blocks)


def _on_sites(
    ground: Ground, herd: Herd, run: Run, start: Instant, blocks: Sequence[Hold], sites: Sites
) -> Attempt | None:
    interval = Interval(start, Instant(start + run.duration))
    coverage = ground.coverages[run.key]
    for recalls in (False, True) if ground.has_family_use else (False,):
        payers = _own_offers(coverage) if recalls else coverage
        books = ground.books(recalled=start if recalls else None)
        prepared = lone(ground.catalog, run, payers, sites=sites, books=books, as_of=ground.as_of)
        if not prepared.pays(start):
            continue
        seen = occupancy(prepared.nodes, ground.history.leases, blocks, interval=interval)
        found = _attempt(ground, herd, prepared, seen, recalls=recalls)
        if found is not None:
            return found
    return None


def _own_offers(coverage: Coverage) -> Coverage:
    return replace(coverage, offers=tuple(offer for offer in coverage.offers if offer.tier is Tier.OWN))


def _attempt(ground: Ground, herd: Herd, prepared: Lone, seen: Occupancy, *, recalls: bool) -> Attempt | None:
    run, start = prepared.demand.run, seen.interval.start
    unfunded = _unfunded(ground, prepared, seen, recalls=recalls)
    everyone = cuttables(herd, run, unfunded, seen, [node.name for node in prepared.nodes])
    for last in range(len(CUT_ORDER) + 1):
        usable = [one for one in everyone if one.unit.kind in CUT_ORDER[:last]]
        free = seen.free(prepared.nodes, frozenset(lease for one in usable for lease in (*one.leases, *one.tenants)))
        seating = prepared.seat(start, free)
        if seating is not None:
            found = (_least_missing(prepared, seen, free) if last else None) or _spread(prepared, seen, seating)
            scope = frozenset(on.node for need in found.needs for on in need.free)
            cut = tuple(_useful(found.needs, within(usable, scope)))
            return replace(found, cuttables=cut, recalls=recalls)
    return None


def _least_missing(prepared: Lone, seen: Occupancy, free: Sequence[int]) -> Attempt | None:
    """The attempt in the one domain that lacks least; None if no domain holds the run alone."""
    start, options = seen.interval.start, []
    for number, domain in enumerate(prepared.sites.domains):
        inside = frozenset(node.name for node in prepared.nodes if node.domain == domain)
        seating = prepared.seat(start, free, inside)
        if seating is not None:
            found = _in_nodes(prepared, seen, seating, inside & prepared.payable(start))
            options.append((sum(map(missing, found.needs)), number, found))
    return min(options, key=lambda option: option[:2])[2] if options else None


def _spread(prepared: Lone, seen: Occupancy, seating: Seating) -> Attempt:
    """The attempt in the domains of a seating."""
    used = {prepared.nodes[seat.node].domain for seat in seating.seats}
    inside = frozenset(node.name for node in prepared.nodes if node.domain in used)
    return _in_nodes(prepared, seen, seating, inside & prepared.payable(seen.interval.start))


def _in_nodes(prepared: Lone, seen: Occupancy, seating: Seating, allowed: frozenset[str]) -> Attempt:
    """Pods by domain, spares included, against what is free there with nobody cut."""
    pods: dict[Domain, int] = {}
    for seat in seating.seats:
        domain = prepared.nodes[seat.node].domain
        pods[domain] = pods.get(domain, 0) + seat.pods
    free: dict[Domain, list[NodeGpus]] = {domain: [] for domain in pods}
    for node in prepared.nodes:
        if node.name in allowed and node.domain in free:
            free[node.domain].append(NodeGpus(node=node.name, gpus=len(seen.open_slots(node))))
    per_pod = prepared.demand.run.gpus_per_pod
    needs = (
        Need(domain=domain, pods=pods[domain], per_pod=per_pod, free=tuple(free[domain])) for domain in sorted(pods)
    )
    return Attempt(run=prepared.demand.run, lone=prepared, occupancy=seen, needs=tuple(needs), allowed=allowed)


def _useful(needs: Iterable[Need], units: Sequence[Cuttable]) -> Iterator[Cuttable]:
    """Units without which less would fit even if all others were cut: a cut that frees nothing is none."""
    per_pod = {on.node: need.per_pod for need in needs for on in need.free}
    level = {on.node: on.gpus for need in needs for on in need.free}
    for one in units:
        for on in one.unit.frees:
            level[on.node] += on.gpus
    kept: list[Cuttable] = []
    named: set[str] = set()
    for one in reversed(units):
        pods = [(level[on.node], level[on.node] - on.gpus, per_pod[on.node]) for on in one.unit.frees]
        if one.unit.name in named or any(with_it // each > without // each for with_it, without, each in pods):
            kept.append(one)
            named.update(one.unit.after)
        else:
            level |= {on.node: level[on.node] - on.gpus for on in one.unit.frees}
    return in_sequence(kept[::-1])


def _unfunded(ground: Ground, prepared: Lone, seen: Occupancy, *, recalls: bool) -> frozenset[Lease]:
    """Leases that nobody would pay for at the claim's start, with the claim in its place (semantics.md 4)."""
    start, history = seen.interval.start, ground.history
    closed = charged_leases(History(closures=history.closures, past=history.past))
    leases = [*ground.ahead.leases, *closed]
    if recalls:
        leases += _hypothetical(prepared, seen)
    classes = classes_at(ground.catalog, leases, start)
    return frozenset(leases[at] for at, funding in classes.items() if funding is FundingClass.UNFUNDED)


def _hypothetical(prepared: Lone, seen: Occupancy) -> tuple[Lease, ...]:
    """The claim's leases if everybody else were gone: its payers, whoever is cut for it."""
    free = [node.gpus - len(seen.blocked.get(node.name, ())) for node in prepared.nodes]
    seating = prepared.seat(seen.interval.start, free)
    run = prepared.demand.run
    return () if seating is None else leases_of(run.key, run.owner, prepared.place(seating, ()))
