"""Runs among each other: upstreams, runs that start together, sponsors (semantics.md 9).

``after`` is acyclic, and stays so when runs that start together are taken as one; all runs that start together can be
in one cluster. Codes: JT311, JT312, JT315, JT316, JT317.
"""

from collections.abc import Iterator, Mapping, Sequence

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.base.identity import Key
from jobtree.load.draft import Draft, Reference
from jobtree.load.graph import connected, find_cycle, find_cycles
from jobtree.load.link_registry import Registry
from jobtree.load.placed import Placed
from jobtree.load.places import Places
from jobtree.load.shape import suggestion
from jobtree.model.run import Run

Drafts = Mapping[Key, Draft]
_SHOWN = 12


def link_references(drafts: Drafts) -> Iterator[Diagnostic]:
    """Every run that is named exists in the same namespace."""
    names: dict[str, list[str]] = {}
    for key in sorted(drafts):
        names.setdefault(key.namespace, []).append(key.name)
    seen: set[tuple[Location, Key]] = set()
    for key in sorted(drafts):
        draft = drafts[key]
        for reference in (*draft.after, *draft.together):
            if reference.run not in drafts and (reference.where, reference.run) not in seen:
                seen.add((reference.where, reference.run))
                hint = suggestion(reference.run.name, tuple(names.get(reference.run.namespace, ())))
                yield error("JT312", f"no run {reference.run}", reference.where, help=hint)


def link_order(drafts: Drafts) -> Iterator[Diagnostic]:
    """No run waits for itself, neither directly nor through runs that start with it."""
    after = {key: _known(draft.after, drafts) for key, draft in drafts.items()}
    cycles = find_cycles(after)
    for cycle in cycles:
        shown = [key.name for key in cycle] if len(cycle) <= _SHOWN else [*(k.name for k in cycle[:_SHOWN]), "..."]
        path = " -> ".join([*shown, cycle[0].name])
        where = _edge(drafts[cycle[0]], cycle[1 % len(cycle)])
        yield error("JT315", f"a run waits for itself: {path}", where, help="remove one of these after entries")
    if cycles:
        return
    sets = connected({key: _known(draft.together, drafts) for key, draft in drafts.items() if draft.together})
    leader = {key: members[0] for members in sets for key in members}
    yield from _together_and_after(drafts, leader)


def _together_and_after(drafts: Drafts, leader: Mapping[Key, Key]) -> Iterator[Diagnostic]:
    merged: dict[Key, list[Key]] = {}
    direct = False
    for key in sorted(drafts):
        for reference in drafts[key].after:
            mine, theirs = leader.get(key, key), leader.get(reference.run, reference.run)
            if mine == theirs and key != reference.run:
                direct = True
                message = f"{key.name} starts after {reference.run.name} and together with it"
                yield error("JT316", message, reference.where, help="remove it from after or from with")
            elif reference.run in drafts:
                merged.setdefault(mine, []).append(theirs)
    cycle = None if direct else find_cycle(merged)
    if cycle is not None:
        shown = [key.name for key in cycle] if len(cycle) <= _SHOWN else [*(k.name for k in cycle[:_SHOWN]), "..."]
        path = " -> ".join([*shown, cycle[0].name])
        where, target = _merged_edge(drafts, leader, cycle)
        message = f"runs that start together wait for each other: {path}"
        yield error("JT316", message, where, notes=(f"through {target.name}",), help="break the cycle")


def _merged_edge(drafts: Drafts, leader: Mapping[Key, Key], cycle: tuple[Key, ...]) -> tuple[Location, Key]:
    """An after entry that leads from the first set of the cycle to the next."""
    first, second = cycle[0], cycle[1 % len(cycle)]
    edges = (
        (reference.where, reference.run)
        for key in sorted(drafts)
        if leader.get(key, key) == first
        for reference in drafts[key].after
        if leader.get(reference.run, reference.run) == second
    )
    return next(edges)


def link_clusters(runs: Mapping[Key, Placed[Run]], places: Places) -> Iterator[Diagnostic]:
    """Runs that start together share at least one cluster that each of them can use."""
    for members in connected({key: run.value.together for key, run in runs.items() if run.value.together}):
        known = [key for key in members if key in runs]
        clusters = {key: places.clusters(runs[key].value.flavor, runs[key].value.selector) for key in known}
        if not known or not all(clusters.values()):
            continue  # a run that no node fits has its own warning
        if not set.intersection(*(set(found) for found in clusters.values())):
            notes = tuple(f"{key.name}: {', '.join('/'.join(c) for c in clusters[key])}" for key in known)
            message = f"{', '.join(key.name for key in known)} start together but share no cluster"
            yield error("JT317", message, runs[known[0]].named_at, notes=notes, help="let their selectors agree")


def link_sponsors(runs: Sequence[Placed[Run]], registry: Registry) -> Iterator[Diagnostic]:
    """Sponsors are registered owners."""
    for run in runs:
        for index, sponsor in enumerate(run.value.funding.sponsors):
            if sponsor not in registry.entries:
                hint = suggestion(sponsor, tuple(registry.entries)) or "sponsors are owners of the registry"
                where = run.at("funding", "sponsors", index)
                yield error("JT311", f"sponsor {sponsor} is nobody", where, help=hint)


def _known(references: tuple[Reference, ...], drafts: Drafts) -> tuple[Key, ...]:
    return tuple(sorted({reference.run for reference in references if reference.run in drafts}))


def _edge(draft: Draft, target: Key) -> Location:
    return next(reference.where for reference in draft.after if reference.run == target)
