"""Where a claim would sit, and whom it would take: the domain where least is missing (semantics.md 8).

A choice looks at what is free and what cuts could free, and changes nothing; the lottery itself is not held here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from jobtree.base.identity import Domain
from jobtree.model.contention import CUT_ORDER, CutUnit, Need, NodeGpus
from jobtree.model.lease import Lease
from jobtree.model.plan import Placement
from jobtree.model.run import Run
from jobtree.plan.lone import Lone
from jobtree.plan.seat import Seating
from jobtree.plan.standing import Hold
from jobtree.resolve.candidates import Cuttable, in_sequence, within
from jobtree.resolve.cuts import intended
from jobtree.resolve.ground import Ground
from jobtree.resolve.needs import missing, with_room_for_spares
from jobtree.resolve.occupancy import Occupancy


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


def choose(prepared: Lone, seen: Occupancy, everyone: Sequence[Cuttable]) -> Attempt | None:
    """The earliest kind of cut that is enough, where least is missing; None if the run does not fit whoever is cut.

    A placement for each domain and kind of cut.
    """
    start = seen.interval.start
    for last in range(len(CUT_ORDER) + 1):
        usable = [one for one in everyone if one.unit.kind in CUT_ORDER[:last]]
        free = seen.free(prepared.nodes, frozenset(lease for one in usable for lease in (*one.leases, *one.tenants)))
        seating = prepared.seat(start, free)
        if seating is not None and not last:
            return _spread(prepared, seen, seating)
        if seating is not None:
            found = _in_one_domain(prepared, seen, free, usable)
            return found or _with_cuts(_spread(prepared, seen, _thrifty(prepared, seen, free) or seating), usable)
    return None


def _in_one_domain(prepared: Lone, seen: Occupancy, free: Sequence[int], usable: Sequence[Cuttable]) -> Attempt | None:
    """The attempt in the one domain that lacks least, and of these where least is cut of the latest kinds."""
    start, options = seen.interval.start, []
    for number, domain in enumerate(prepared.sites.domains):
        inside = frozenset(node.name for node in prepared.nodes if node.domain == domain)
        seating = prepared.seat(start, free, inside)
        if seating is not None:
            found = _in_nodes(prepared, seen, seating, inside & prepared.payable(start))
            options.append((sum(map(missing, found.needs)), number, found))
    least = min((lacks for lacks, _, _ in options), default=0)
    ranked = [
        (_cut_by_kind(cut), number, cut)
        for lacks, number, found in options
        if lacks == least
        for cut in [_with_cuts(found, usable)]
    ]
    return min(ranked, key=lambda option: option[:2])[2] if ranked else None


def _cut_by_kind(found: Attempt) -> tuple[int, ...]:
    """GPUs that would be cut, the latest kind first, with dice that always fall on the first side."""
    outcome = intended(found.needs, found.units)
    kept = () if outcome is None else outcome.kept
    return tuple(sum(one.unit.gpus for one in kept if one.unit.kind is kind) for kind in reversed(CUT_ORDER))


def _with_cuts(found: Attempt, usable: Sequence[Cuttable]) -> Attempt:
    """The attempt with who can be cut for it: never in a domain that lacks nothing."""
    if found.run.spares:
        gone = frozenset(lease for one in usable for lease in (*one.leases, *one.tenants))
        nodes = found.lone.nodes
        most = {node.name: gpus for node, gpus in zip(nodes, found.occupancy.free(nodes, gone), strict=True)}
        found = replace(found, needs=with_room_for_spares(found.needs, most))
    scope = frozenset(on.node for need in found.needs if missing(need) for on in need.free)
    return replace(found, cuttables=tuple(_useful(found.needs, within(usable, scope))))


def _thrifty(prepared: Lone, seen: Occupancy, free: Sequence[int]) -> Seating | None:
    """Seats over several domains of which one alone is cut, and only as much as the rest does not hold; or None.

    O(domains x log pods) placements.
    """
    per_pod = prepared.demand.run.gpus_per_pod
    uncut = seen.free(prepared.nodes)
    best: tuple[int, Seating] | None = None
    for domain in prepared.sites.domains:
        extra = [
            (with_cuts // per_pod - without // per_pod) if node.domain == domain else 0
            for node, with_cuts, without in zip(prepared.nodes, free, uncut, strict=True)
        ]
        low, high = 0, sum(extra)
        found = prepared.seat(seen.interval.start, _raised(uncut, extra, high, per_pod)) if high else None
        while found is not None and high - low > 1:
            middle = (low + high) // 2
            fewer = prepared.seat(seen.interval.start, _raised(uncut, extra, middle, per_pod))
            low, high, found = (middle, high, found) if fewer is None else (low, middle, fewer)
        if found is not None and (best is None or high < best[0]):
            best = (high, found)
    return None if best is None else best[1]


def _raised(uncut: Sequence[int], extra: Sequence[int], pods: int, per_pod: int) -> list[int]:
    """What is free with so many pods more, on the first nodes that can have them."""
    raised = []
    for without, more in zip(uncut, extra, strict=True):
        taken = min(more, pods)
        pods -= taken
        raised.append((without // per_pod + taken) * per_pod if taken else without)
    return raised


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
