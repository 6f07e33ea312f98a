"""Budgets as the checker reads them: envelopes, caps, and the family that parent links make (semantics.md 3 and 5)."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from jobtree.verify.field import Field
from jobtree.verify.units import FOREVER, Interval

EnvelopeKey = tuple[str, str, str]
"""Namespace, budget, envelope."""


def spell(key: tuple[str, ...]) -> str:
    """A key as people write it."""
    return "/".join(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """GPUs at once and GPU-seconds in all; None is unlimited."""

    gpus: int | None
    gpu_seconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An allowance. ``lends_to`` None: it lends nothing; empty: to anyone."""

    key: EnvelopeKey
    owner: str
    flavor: str
    selector: dict[str, str]
    window: Interval
    limits: Limits
    shared: bool
    lends_to: tuple[str, ...] | None
    lending: Limits
    promises_early: bool
    admits_early: bool

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether a node with these labels is one it may pay for."""
        return selects(self.selector, labels)

    def lends(self, owner: str) -> bool:
        """Whether its lending policy admits this owner."""
        if self.lends_to is None:
            return False
        return not self.lends_to or any(_admits(entry, owner) for entry in self.lends_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """An aggregate cap as written. ``members`` are envelope references; None: the owner's subtree."""

    budget: tuple[str, str]
    owner: str
    name: str
    flavor: str
    members: tuple[EnvelopeKey, ...] | None
    limits: Limits

    def __str__(self) -> str:
        return f"{spell(self.budget)}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One Budget document."""

    key: tuple[str, str]
    owner: str
    path: str
    parents: tuple[str, ...]
    envelopes: tuple[Envelope, ...]
    caps: tuple[Cap, ...]


def selects(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Every label of the selector is there, with its value; ``*`` is any value."""
    return all(name in labels and value in ("*", labels[name]) for name, value in selector.items())


def read_budget(key: tuple[str, str], spec: Field, path: str) -> Budget:
    """Reads the spec of a Budget document."""
    owner = spec["owner"].text()
    return Budget(
        key=key,
        owner=owner,
        path=path,
        parents=spec["parents"].texts(),
        envelopes=tuple(_envelope(key, owner, entry) for entry in spec["envelopes"]),
        caps=tuple(_cap(key, owner, entry) for entry in spec["aggregateCaps"]),
    )


def _envelope(budget: tuple[str, str], owner: str, entry: Field) -> Envelope:
    lending, early = entry["lending"], entry["preActivation"]
    return Envelope(
        key=(*budget, entry["name"].text()),
        owner=owner,
        flavor=entry["flavor"].text(),
        selector=entry["selector"].labels(),
        window=(entry["start"].instant(-FOREVER), entry["end"].instant(FOREVER)),
        limits=_limits(entry, "concurrency", "maxGPUHours"),
        shared=entry["sharing"].text("family") == "family",
        lends_to=lending["to"].texts() if lending["allow"].flag(default=False) else None,
        lending=_limits(lending, "maxConcurrency", "maxGPUHours"),
        promises_early=early["allowReservations"].flag(default=True),
        admits_early=early["allowAdmission"].flag(default=False),
    )


def _cap(budget: tuple[str, str], owner: str, entry: Field) -> Cap:
    subtree = entry["subtree"].flag(default=False)
    return Cap(
        budget=budget,
        owner=owner,
        name=entry["name"].text(),
        flavor=entry["flavor"].text(),
        members=None if subtree else tuple(_member(budget, item) for item in entry["envelopes"]),
        limits=_limits(entry, "maxConcurrency", "maxGPUHours"),
    )


def _member(budget: tuple[str, str], item: Field) -> EnvelopeKey:
    match item.text().split("/"):
        case [name]:
            return (*budget, name)
        case [namespace, other, name]:
            return (namespace, other, name)
    raise item.wrong("an envelope or namespace/budget/envelope")


def _limits(entry: Field, gpus: str, hours: str) -> Limits:
    bound = entry[hours].integer_or_none()
    return Limits(gpus=entry[gpus].integer_or_none(), gpu_seconds=None if bound is None else bound * 3_600)


def _admits(entry: str, owner: str) -> bool:
    return owner.startswith(entry[:-1]) if entry.endswith("*") else owner == entry


class Kin:
    """Who is family to whom. Read from parent links alone; colons in owners mean nothing here."""

    def __init__(self, budgets: tuple[Budget, ...]) -> None:
        self._up: dict[str, dict[str, None]] = {}
        self._down: dict[str, dict[str, None]] = {}
        for budget in budgets:
            for parent in budget.parents:
                self._up.setdefault(budget.owner, {})[parent] = None
                self._down.setdefault(parent, {})[budget.owner] = None
        self._known: dict[str, dict[str, tuple[int, int]]] = {}

    def relation(self, owner: str, other: str) -> tuple[int, int] | None:
        """(1, distance) for parents and siblings, (2, distance) for further family, None for strangers."""
        if owner not in self._known:
            self._known[owner] = self._relatives(owner)
        return self._known[owner].get(other)

    def descendants(self, owner: str) -> set[str]:
        """The owner and everybody below it."""
        return set(self._walk([owner], self._down))

    def _relatives(self, owner: str) -> dict[str, tuple[int, int]]:
        family = self._walk(self._walk([owner], self._up), self._down)
        parents = self._up.get(owner, {})
        near = set(parents).union(*(self._down[parent] for parent in parents))
        steps = self._steps(owner)
        return {other: (1 if other in near else 2, steps[other]) for other in family if other != owner}

    def _walk(self, starts: list[str], links: dict[str, dict[str, None]]) -> list[str]:
        seen = dict.fromkeys(starts)
        queue = deque(starts)
        while queue:
            for other in links.get(queue.popleft(), {}):
                if other not in seen:
                    seen[other] = None
                    queue.append(other)
        return list(seen)

    def _steps(self, owner: str) -> dict[str, int]:
        steps, queue = {owner: 0}, deque([owner])
        while queue:
            here = queue.popleft()
            for other in (*self._up.get(here, {}), *self._down.get(here, {})):
                if other not in steps:
                    steps[other] = steps[here] + 1
                    queue.append(other)
        return steps
