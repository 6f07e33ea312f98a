"""A fault: one way to spoil a right plan, and the invariant that must be named."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from jobtree.verify.checker import CHECKS, Check, verify
from jobtree.verify.violation import Violation
from tests.unit.verify.chain import chained, head_of, opened
from tests.unit.verify.publish import dump, input_files, sealed, write_json
from tests.unit.verify.world import World, honest

Json = dict[str, Any]
Files = dict[str, bytes]


@dataclass
class Case:
    """What verify is given, before the fault and after it."""

    world: World
    inputs: Files = field(default_factory=dict)
    tree: Files = field(default_factory=dict)
    previous: Files | None = None
    ledger: Files = field(default_factory=dict)

    def verify(self, checks: tuple[Check, ...] = CHECKS) -> tuple[Violation, ...]:
        return verify(self.inputs, self.tree, previous=self.previous, ledger=self.ledger, checks=checks)

    def plan_json(self) -> Json:
        plan: Json = json.loads(self.tree["plan.json"])
        return plan


@dataclass(frozen=True)
class Fault:
    """``stage``: what the fault spoils.

    ``world``: documents or decisions, and all that follows from them is made anew, so that nothing else is wrong.
    ``earlier``: the same, with the right tree as the one before.
    ``stated``: what plan.json says about its decisions. ``tree``: emitted files, sealed again. ``bytes``: anything.
    ``ledger``: lines of the ledger, chained again and locked.
    """

    name: str
    invariant: str
    stage: str
    spoil: Callable[[Any], None]
    world: Callable[[], World] = honest

    def case(self) -> Case:
        case = Case(self.world())
        if self.stage == "world":
            self.spoil(case.world)
        if self.stage == "earlier":
            case.previous = dict(right()[1])
            self.spoil(case.world)
        case.inputs = input_files(case.world.documents)
        plan = case.world.stated(case.inputs)
        if self.stage == "stated":
            self.spoil(plan)
        case.previous = case.previous or case.world.previous()
        case.tree, case.ledger = case.world.tree(case.inputs, plan), case.world.ledger()
        if self.stage == "tree":
            self.spoil(case.tree)
            case.tree = sealed(case.inputs, case.tree)
        if self.stage == "ledger":
            self._spoil_lines(case)
        if self.stage == "bytes":
            self.spoil(case)
        return case

    def _spoil_lines(self, case: Case) -> None:
        lines = opened(case.ledger)
        self.spoil(lines)
        case.ledger = chained(lines)
        with edit_json(case.tree, "plan.lock.json") as lock:
            lock["key"]["ledger"]["after"] = head_of(case.ledger)
        case.tree = sealed(case.inputs, case.tree)


@cache
def right() -> tuple[Files, Files]:
    """Inputs and tree without a fault."""
    return honest().files()


class Table:
    """Faults by name, in the order in which they are written."""

    def __init__(self, world: Callable[[], World] = honest) -> None:
        self.faults: dict[str, Fault] = {}
        self.world = world

    def add(self, invariant: str, stage: str = "world") -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
        """Registers the decorated function under its own name, in words."""

        def register(spoil: Callable[[Any], None]) -> Callable[[Any], None]:
            name = spoil.__name__.replace("_", " ")
            assert name not in self.faults
            self.faults[name] = Fault(name, invariant, stage, spoil, self.world)
            return spoil

        return register


def edit_manifest(tree: Files, path: str) -> "ManifestEditor":
    return ManifestEditor(tree, path)


@dataclass
class ManifestEditor:
    """Opens a manifest file as a list of objects and writes it back: ``with edit_manifest(tree, path) as objects``."""

    tree: Files
    path: str
    objects: list[Json] = field(default_factory=list)

    def __enter__(self) -> list[Json]:
        self.objects = list(yaml.load_all(self.tree[self.path], Loader=yaml.CSafeLoader))
        return self.objects

    def __exit__(self, *_: object) -> None:
        self.tree[self.path] = dump(self.objects)


def edit_json(tree: Files, path: str) -> "JsonEditor":
    return JsonEditor(tree, path)


@dataclass
class JsonEditor:
    """Opens a JSON file and writes it back."""

    tree: Files
    path: str
    value: Json = field(default_factory=dict)

    def __enter__(self) -> Json:
        self.value = json.loads(self.tree[self.path])
        return self.value

    def __exit__(self, *_: object) -> None:
        self.tree[self.path] = write_json(self.value)


def every(*tables: Table) -> Iterator[Fault]:
    for table in tables:
        yield from table.faults.values()
