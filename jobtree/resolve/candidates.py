"""Who can be cut for a claim, and what that frees (semantics.md 8).

Never the claim's own tree, nor whoever starts with it; nobody within the protection of its start, unless it started
unfunded; a ``with`` set whole or not at all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.ledger.lives import Life, State, lives
from jobtree.model.catalog import Catalog
from jobtree.model.contention import CUT_ORDER, CutKind, CutUnit, NodeGpus
from jobtree.model.history import History
from jobtree.model.lease import Lease, Role
from jobtree.model.run import Elastic, Run
from jobtree.plan.carry import by_run
from jobtree.plan.unit import join
from jobtree.resolve.occupancy import Occupancy


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuttable:
    """A unit with the leases that end if it is cut, later terms included. ``tenants`` sit on its spares, and go too.

    ``unit`` is what remains of it after the units that it comes after, ``alone`` is all of it: a whole run ends with
    all its leases, whatever has been cut of it before.
    """

    unit: CutUnit
    alone: CutUnit
    leases: tuple[Lease, ...]
    tenants: tuple[Lease, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Herd:
    """Runs that hold leases, by key; ``place`` is the order of their admission.

    ``sets`` are runs that go together, each with at least one that holds leases, whoever else has ended or waits.
    """

    catalog: Catalog
    leases: Mapping[Key, tuple[Lease, ...]]
    lives: Mapping[Key, Life]
    sets: tuple[tuple[Key, ...], ...]
    place: Mapping[Key, int]


def herd(catalog: Catalog, history: History, spared: frozenset[Key] = frozenset()) -> Herd:
    """Running runs, with their ``with`` sets, but for those of which one is spared. O(leases + runs)."""
    cuttable = (lease for lease in history.leases if lease.run in catalog.run_of and lease.run not in spared)
    leases = by_run(cuttable)
    known = {key: life for key, life in lives(history).items() if life.state is State.RUNNING}
    place = {run.key: number for number, run in enumerate(sorted(catalog.runs, key=lambda run: run.rank))}
    pairs = [(run.key, other) for run in catalog.runs for other in run.together]
    whole = join(catalog.run_of, pairs)
    sets = tuple(members for members in whole if spared.isdisjoint(members) and not leases.keys().isdisjoint(members))
    return Herd(catalog=catalog, leases=leases, lives=known, sets=sets, place=place)


def protected_until(run: Run, life: Life, catalog: Catalog) -> Instant:
    """The first instant at which the run may be cut. Nothing protects work that began unfunded."""
    if not life.funded_start:
        return life.start
    return Instant(life.start + max(catalog.fleet.planning.protection, run.checkpoint or 0))


def cuttables(
    herd: Herd, claim: Run, unfunded: frozenset[Lease], occupancy: Occupancy, scope: Iterable[str]
) -> tuple[Cuttable, ...]:
    """Every unit that could free something on the nodes of the scope at the occupancy's start, in canonical order.

    Structural kinds come in the order of cutting: spares and width of the run admitted last go first, and the highest
    group numbers of all runs before any lower ones. O(leases on the scope + groups log groups).
    """
    nodes, exempt = frozenset(scope), _exempt(herd, claim)
    scene = _Scene(
        herd=herd,
        occupancy=occupancy,
        nodes=nodes,
        unfunded=unfunded,
        tenants=_tenants(herd, occupancy.interval.start),
        exempt=exempt,
    )
    found: list[Cuttable] = []
    for members in herd.sets:
        runs = [herd.catalog.run_of[key] for key in members if key in herd.leases]
        if exempt.isdisjoint(members) and any(_touches(herd.leases[run.key], nodes) for run in runs):
            found += _units(scene, runs)
    return within(sorted(found, key=lambda one: _order(one, herd)), nodes)


def _exempt(herd: Herd, claim: Run) -> frozenset[Key]:
    """Runs that hold leases, and go with the claim or with one of its tree."""
    return frozenset(
        key
        for members in herd.sets
        if claim.key in members
        or any(_same_tree(herd.catalog.run_of[key], claim) for key in members if key in herd.leases)
        for key in members
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    herd: Herd
    occupancy: Occupancy
    nodes: frozenset[str]
    unfunded: frozenset[Lease]
    tenants: Mapping[Lease, tuple[Lease, ...]]
    exempt: frozenset[Key]

    def scoped(self, one: Cuttable) -> Cuttable:
        """With what the unit frees on the nodes: slots that nobody else holds either; nothing below an exempt guest."""
        tenants = tuple(lease for spare in one.leases for lease in self.tenants.get(spare, ()))
        if not self.exempt.isdisjoint(lease.run for lease in tenants):
            return one
        slots: dict[str, list[int]] = {}
        for lease in one.leases:
            if lease.node in self.nodes:
                slots.setdefault(lease.node, []).extend(lease.slots)
        cut = frozenset((*one.leases, *tenants))
        counts = {node: self.occupancy.freed_by(node, slots[node], cut) for node in sorted(slots)}
        frees = tuple(NodeGpus(node=node, gpus=gpus) for node, gpus in counts.items() if gpus)
        return replace(one, alone=replace(one.alone, frees=frees), tenants=tenants)


def _units(scene: _Scene, runs: Sequence[Run]) -> list[Cuttable]:
    """Spares and groups of each run that is not protected; and then the whole set, if nobody in it is."""
    herd, start = scene.herd, scene.occupancy.interval.start
    exposed = [run for run in runs if protected_until(run, herd.lives[run.key], herd.catalog) <= start]
    pieces = [scene.scoped(piece) for run in exposed for piece in _pieces(run, herd.leases[run.key], scene.unfunded)]
    if len(exposed) < len(runs):
        return pieces
    everything = [lease for run in runs for lease in herd.leases[run.key]]
    funded = any(_is_funded(run, herd.leases[run.key], scene.unfunded) for run in runs)
    kind = CutKind.LOTTERY if funded else CutKind.RECLAIM_UNFUNDED
    name = "+".join(str(run.key) for run in runs)
    after = tuple(piece.alone.name for piece in pieces)
    whole = scene.scoped(_cuttable(name, kind, tuple(run.key for run in runs), tuple(everything), after=after))
    return [*pieces, whole]


def within(units: Iterable[Cuttable], nodes: frozenset[str]) -> tuple[Cuttable, ...]:
    """The units as far as they free something on these nodes, each after those of them that it names."""
    narrowed = []
    for one in units:
        frees = tuple(on for on in one.alone.frees if on.node in nodes)
        if frees:
            narrowed.append(replace(one, alone=replace(one.alone, frees=frees)))
    return tuple(in_sequence(narrowed))


def in_sequence(units: Sequence[Cuttable]) -> Iterator[Cuttable]:
    """Each unit with what it still frees after those of the list that it names; without what then frees nothing.

    Its guests on its own spares end with these.
    """
    by_name = {one.alone.name: one for one in units}
    for one in units:
        before = [by_name[name] for name in one.alone.after if name in by_name]
        guests = {lease for piece in before for lease in piece.tenants}.intersection(one.leases)
        freed: dict[str, int] = {}
        for on in (on for piece in before for on in piece.alone.frees):
            freed[on.node] = freed.get(on.node, 0) + on.gpus
        left = (replace(on, gpus=on.gpus - freed.get(on.node, 0)) for on in one.alone.frees)
        unit = replace(
            one.alone,
            frees=tuple(on for on in left if on.gpus > 0),
            gpus=one.alone.gpus - sum(piece.alone.gpus for piece in before) - _gpus(guests),
            after=tuple(piece.alone.name for piece in before),
        )
        if unit.frees:
            yield replace(one, unit=unit)


def _pieces(run: Run, leases: Sequence[Lease], unfunded: frozenset[Lease]) -> Iterator[Cuttable]:
    """What a run can lose without ending: groups above its minimum, and its spares while it is funded."""
    steps = removable(run.elastic, leases)
    for groups in steps:
        own = tuple(lease for lease in leases if lease.group in groups)
        kind = CutKind.RECLAIM_UNFUNDED if any(lease in unfunded for lease in own) else CutKind.SHRINK
        yield _cuttable(f"{run.key}#{max(groups)}", kind, (run.key,), own)
    if _is_funded(run, leases, unfunded):
        above = frozenset(group for groups in steps for group in groups)
        yield from _spares(run.key, [lease for lease in leases if lease.group not in above])


def _is_funded(run: Run, leases: Sequence[Lease], unfunded: frozenset[Lease]) -> bool:
    """Whether somebody pays for all of the run that it cannot lose: what is above its minimum does not count."""
    above = frozenset(group for groups in removable(run.elastic, leases) for group in groups)
    return not any(lease in unfunded for lease in leases if lease.group not in above)


def removable(elastic: Elastic | None, leases: Iterable[Lease]) -> tuple[tuple[int, ...], ...]:
    """Groups that a run can lose, step by step, highest first, and keep its minimum and its grid (semantics.md 3)."""
    if elastic is None:
        return ()
    sizes: dict[int, int] = {}
    pods = {(lease.group, lease.rank): len(lease.slots) for lease in leases if lease.role is not Role.SPARE}
    for (group, _), gpus in pods.items():
        sizes[group] = sizes.get(group, 0) + gpus
    width, step, steps = sum(sizes.values()), list[int](), list[tuple[int, ...]]()
    for group in sorted(sizes, reverse=True):
        step.append(group)
        gpus = sum(sizes[one] for one in step)
        if width - gpus < elastic.minimum:
            break
        if gpus >= elastic.step:
            steps.append(tuple(sorted(step)))
            width, step = width - gpus, []
    return tuple(steps)


def _spares(run: Key, leases: Iterable[Lease]) -> Iterator[Cuttable]:
    pods: dict[tuple[int, int], list[Lease]] = {}
    for lease in leases:
        if lease.role is Role.SPARE:
            pods.setdefault((lease.group, lease.rank), []).append(lease)
    for (group, index), terms in pods.items():
        yield _cuttable(f"{run}#{group}/s{index}", CutKind.DROP_SPARE, (run,), tuple(terms))


def _cuttable(
    name: str, kind: CutKind, runs: tuple[Key, ...], leases: tuple[Lease, ...], after: tuple[str, ...] = ()
) -> Cuttable:
    owner = leases[0].owner
    unit = CutUnit(owner=owner, name=name, kind=kind, runs=runs, gpus=_gpus(leases), frees=(), after=after)
    return Cuttable(unit=unit, alone=unit, leases=leases)


def _gpus(leases: Iterable[Lease]) -> int:
    """GPUs of their pods: one has a lease for each of its payers in turn."""
    return sum({(one.run, one.group, one.role, one.rank): len(one.slots) for one in leases}.values())


def _same_tree(run: Run, claim: Run) -> bool:
    return run.tree is not None and run.tree == claim.tree


def _touches(leases: Iterable[Lease], nodes: frozenset[str]) -> bool:
    return any(lease.node in nodes for lease in leases)


def _tenants(herd: Herd, start: Instant) -> Mapping[Lease, tuple[Lease, ...]]:
    """By spare lease: all leases of the runs that sit on its slots."""
    guests: dict[tuple[str, int], Key] = {}
    for key, leases in herd.leases.items():
        for lease in leases:
            if lease.role is Role.OPPORTUNISTIC and lease.interval.end > start:
                guests.update({(lease.node, slot): key for slot in lease.slots})
    found: dict[Lease, tuple[Lease, ...]] = {}
    for leases in herd.leases.values() if guests else ():
        for lease in leases:
            if lease.role is Role.SPARE:
                there = dict.fromkeys(guests[lease.node, slot] for slot in lease.slots if (lease.node, slot) in guests)
                if there:
                    found[lease] = tuple(guest for key in there for guest in herd.leases[key])
    return found


def _order(one: Cuttable, herd: Herd) -> tuple[int, tuple[int, ...], tuple[str, str]]:
    run = herd.catalog.run_of[one.unit.runs[0]]
    group = max(lease.group for lease in one.leases)
    late = -herd.place[run.key]
    match one.unit.kind:
        case CutKind.DROP_SPARE:
            return (1, (late, -group, -max(lease.rank for lease in one.leases)), ("", ""))
        case CutKind.SHRINK:
            return (2, (-group, late), ("", ""))
        case kind:
            return (CUT_ORDER.index(kind), (), (one.unit.owner, one.unit.name))
