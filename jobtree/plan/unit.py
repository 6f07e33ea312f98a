"""Units: runs that start in the same instant or not at all, in dependency order (semantics.md 9)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.identity import Key
from jobtree.model.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Runs joined by ``with``, by key. ``upstreams``: the runs of other units that must end before it starts."""

    runs: tuple[Run, ...]
    upstreams: tuple[Key, ...]

    @property
    def key(self) -> Key:
        """The first key of its runs."""
        return self.runs[0].key

    @property
    def contradictory(self) -> bool:
        """Whether a run waits for the end of one that it starts with."""
        return any(run.key in other.after for run in self.runs for other in self.runs)


def units_of(runs: Sequence[Run], links: Iterable[Run]) -> tuple[Unit, ...]:
    """Joins runs by ``with``, transitively and both ways, also through other ``links``; sorted by key."""
    run_of = {run.key: run for run in runs}
    linked = {run.key: run for run in (*links, *runs)}
    sets = join(linked, [(run.key, other) for run in linked.values() for other in run.together])
    members = ([run_of[key] for key in keys if key in run_of] for keys in sets)
    return tuple(sorted((_unit(runs) for runs in members if runs), key=lambda unit: unit.key))


def join(keys: Iterable[Key], pairs: Iterable[tuple[Key, Key]]) -> tuple[tuple[Key, ...], ...]:
    """Connected parts, each sorted, by first key. Pairs with an unknown key are ignored. O(pairs), nearly."""
    ordered = sorted(keys)
    number_of = {key: number for number, key in enumerate(ordered)}
    head = list(range(len(ordered)))

    def find(number: int) -> int:
        while head[number] != number:
            head[number] = head[head[number]]
            number = head[number]
        return number

    for one, other in pairs:
        if one in number_of and other in number_of:
            here, there = find(number_of[one]), find(number_of[other])
            head[max(here, there)] = min(here, there)
    parts: dict[int, list[Key]] = {}
    for number, key in enumerate(ordered):
        parts.setdefault(find(number), []).append(key)
    return tuple(tuple(part) for part in parts.values())


def followers(units: Sequence[Unit]) -> Mapping[Key, tuple[Unit, ...]]:
    """Unit key to the units that wait for one of its runs."""
    unit_of = {run.key: unit.key for unit in units for run in unit.runs}
    found: dict[Key, list[Unit]] = {unit.key: [] for unit in units}
    for unit in units:
        for upstream in sorted({unit_of[key] for key in unit.upstreams if key in unit_of}):
            found[upstream].append(unit)
    return {key: tuple(waiting) for key, waiting in found.items()}


def _unit(runs: Sequence[Run]) -> Unit:
    members = {run.key for run in runs}
    upstreams = sorted({key for run in runs for key in run.after} - members)
    return Unit(runs=tuple(sorted(runs, key=lambda run: run.key)), upstreams=tuple(upstreams))
