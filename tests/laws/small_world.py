"""Every small fleet of a few shapes, and an oracle that says by brute force who may be cut for a claim in it.

The oracle is written from semantics.md 6 to 8 and docs/lottery.md and knows nothing of ``jobtree/resolve``. It reads the
nodes of the world and the leases of an output tree as plain data, and tries every set of cuts and every way to draw.
Where the documents leave a choice open (which of two equal domains, which spare first) it allows all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, permutations, product
from math import prod
from typing import Any

import yaml

from tests.worlds import FLAVOR, World, document, fleet, namespace, pool

OWNERS = ("org:a", "org:b")
KINDS = ("ReclaimUnfunded", "DropSpare", "Shrink", "Lottery")
DRAWN = ("ReclaimUnfunded", "Lottery")
ONE = (("f1", 2, 2),)
TWO = (("f1", 2, 1), ("f2", 2, 1))
Layout = tuple[tuple[str, int, int], ...]
"""By domain: its name, nodes, GPUs of each. ONE and TWO have four GPUs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A claim: so many pods of so many GPUs, in one domain if that is named. It belongs to ``org:a``."""

    pods: int
    per_pod: int = 1
    domain: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What runs before a claim comes: shape and owner of each run, in the order of admission."""

    layout: Layout
    runs: tuple[tuple[str, str], ...]

    def world(self, asked: Asked | None = None, protection: str = "0s") -> World:
        """The documents, with the claim or without it."""
        planning = {"activation": {"lead": "15m", "protection": protection}}
        runs = [_run(owner, f"r{place}", *_shape(shape)) for place, (shape, owner) in enumerate(self.runs)]
        return World(
            {
                "fleet.yaml": [fleet(OWNERS, **planning)],
                "topology.yaml": [pool(fabric, count, gpus, fabric) for fabric, count, gpus in self.layout],
                "budgets.yaml": [_budget(owner) for owner in OWNERS],
                "runs.yaml": [*runs, *([_claim(asked)] if asked else [])],
            }
        )

    @property
    def minimum(self) -> Mapping[str, int]:
        """The least width of each run."""
        return {
            f"{namespace(owner)}/r{place}": 1 if shape in ("malleable", "coasting") else 2
            for place, (shape, owner) in enumerate(self.runs)
        }


CLAIM = f"{namespace(OWNERS[0])}/r9"
SHAPES: Mapping[str, dict[str, Any]] = {
    "plain": {},
    "single": {},
    "spare": {"spares": 1},
    "malleable": {"malleable": {"minTotalGPUs": 1, "maxTotalGPUs": 2, "stepGPUs": 1}},
    "unfunded": {"funding": {"allowOpportunistic": True}},
    "idler": {"funding": {"allowOpportunistic": True}},
    "coasting": {
        "funding": {"allowOpportunistic": True},
        "malleable": {"minTotalGPUs": 1, "maxTotalGPUs": 2, "stepGPUs": 1},
    },
}
"""Each holds two GPUs, spare included; a ``single`` and an ``idler`` hold one. What may be unfunded outlasts all budgets."""


def settings() -> Iterator[Setting]:
    """All of them: see test_small_world.py."""
    pairs = ("unfunded", "spare", "malleable", "plain")
    for layout in (ONE, TWO):
        for shapes in (*((one,) for one in pairs), *product(pairs, repeat=2)):
            yield from _owned(layout, shapes)
    for layout in (ONE, TWO):
        for shapes in (("idler",) * 3, ("idler", "idler", "single"), ("idler", "single", "single"), ("single",) * 3):
            yield from _owned(layout, shapes)
        for shapes in (("coasting", "coasting"), ("single", "single")):
            yield from _owned(layout, shapes)


def _owned(layout: Layout, shapes: Sequence[str]) -> Iterator[Setting]:
    for owners in product(OWNERS, repeat=len(shapes)):
        yield Setting(layout=layout, runs=tuple(zip(shapes, owners, strict=True)))


def claims(layout: Layout) -> tuple[Asked, ...]:
    """Every size; pods of two GPUs where a node has two, and a domain of its own where there are two."""
    sizes = [Asked(pods=pods) for pods in (1, 2, 3, 4)]
    if layout == ONE:
        return (*sizes, Asked(pods=1, per_pod=2), Asked(pods=2, per_pod=2))
    return (*sizes, Asked(pods=2, domain="f1"), Asked(pods=1, domain="f2"))


def _budget(owner: str) -> dict[str, Any]:
    window = {"start": "2026-03-01T00:00:00Z", "end": "2026-03-02T20:00:00Z"}
    envelope = {"name": "e", "flavor": FLAVOR, "selector": {"region": "west"}, "concurrency": 64, **window}
    return document("Budget", "budget", {"owner": owner, "envelopes": [envelope]}, namespace(owner))


def _shape(shape: str) -> tuple[int, str, dict[str, Any]]:
    """GPUs, hours, and the rest of the spec."""
    gpus = 1 if shape in ("single", "idler", "spare") else 2
    return gpus, "12h" if "funding" in SHAPES[shape] else "6h", SHAPES[shape]


def _run(owner: str, name: str, gpus: int, duration: str, spec: Mapping[str, Any], pod: int = 1) -> dict[str, Any]:
    asked = {"gpuType": FLAVOR, "totalGPUs": gpus, "gpusPerPod": pod}
    body = {"owner": owner, "resources": asked, "runtime": {"duration": duration}, **spec}
    return document("Run", name, body, namespace(owner), creationTimestamp=f"2026-03-02T08:0{name[1]}:00Z")


def _claim(asked: Asked) -> dict[str, Any]:
    bound = {"locality": {"selector": {"fabric.domain": asked.domain}}} if asked.domain else {}
    return _run(OWNERS[0], "r9", asked.pods * asked.per_pod, "2h", bound, asked.per_pod)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """A lease as a file of the tree has it."""

    run: str
    owner: str
    group: int
    spare: bool
    funded: bool
    node: str
    slots: tuple[int, ...]
    since: str


def pods_of(tree: Mapping[str, bytes]) -> frozenset[Pod]:
    """All leases of a tree."""
    files = [data for path, data in tree.items() if "/leases/" in path]
    return frozenset(
        _pod(one["metadata"]["namespace"], one["spec"]) for data in files for one in yaml.safe_load_all(data)
    )


def _pod(space: str, spec: Mapping[str, Any]) -> Pod:
    return Pod(
        run=f"{space}/{spec['runRef']['name']}",
        owner=spec["owner"],
        group=spec["group"],
        spare=spec["role"] == "Spare",
        funded=bool(spec.get("paidBy")),
        node=spec["slice"]["node"],
        slots=tuple(spec["slice"]["slots"]),
        since=spec["interval"]["start"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is cut together: ``pods`` are all that end with it. ``smaller`` parts of its run must have gone before."""

    kind: str
    owner: str
    run: str
    group: int
    pods: frozenset[Pod]
    smaller: tuple["Part", ...] = ()

    @property
    def gpus(self) -> int:
        """Those that no smaller part has taken."""
        gone = frozenset(pod for part in self.smaller for pod in part.pods)
        return sum(len(pod.slots) for pod in self.pods - gone)


def parts_of(pods: frozenset[Pod], minimum: Mapping[str, int]) -> tuple[Part, ...]:
    """Everything that could be cut, whoever needs it. No run here names another with ``with``."""
    found: list[Part] = []
    for run in sorted({pod.run for pod in pods}):
        own = frozenset(pod for pod in pods if pod.run == run)
        smaller = tuple(_smaller(own, minimum[run]))
        kind = "Lottery" if all(pod.funded for pod in own) else "ReclaimUnfunded"
        owner = min(pod.owner for pod in own)
        found += [*smaller, Part(kind=kind, owner=owner, run=run, group=0, pods=own, smaller=smaller)]
    return tuple(found)


def _smaller(own: frozenset[Pod], minimum: int) -> Iterator[Part]:
    for pod in sorted(own, key=lambda pod: (pod.group, pod.node)):
        part = Part(kind="DropSpare", owner=pod.owner, run=pod.run, group=pod.group, pods=frozenset([pod]))
        if pod.spare:
            yield part
        elif pod.group >= minimum:  # groups of these worlds have one GPU each
            yield replace(part, kind="Shrink" if pod.funded else "ReclaimUnfunded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A claim's pods by domain, and the parts that may be cut for it; structural ones in an order that is allowed."""

    floor: "Floor"
    pods: Mapping[str, int]
    parts: tuple[Part, ...]

    @property
    def deficit(self) -> dict[str, int]:
        """GPUs that each domain lacks, in whole pods."""
        lacking = {domain: pods - self.floor.supply(domain, ()) for domain, pods in self.pods.items()}
        return {domain: pods * self.floor.asked.per_pod for domain, pods in lacking.items() if pods > 0}

    def met(self, cut: Sequence[Part]) -> bool:
        """Whether the claim fits once these are gone."""
        return all(self.floor.supply(domain, cut) >= pods for domain, pods in self.pods.items())

    def minimal(self) -> Iterator[frozenset[Part]]:
        """Every set of cuts that is enough, and of which no smaller part is."""
        found: list[frozenset[Part]] = []
        for size in range(len(self.parts) + 1):
            for cut in combinations(self.parts, size):
                if all(set(part.smaller) <= set(cut) for part in cut) and self.met(cut):
                    if not any(smaller <= set(cut) for smaller in found):
                        found.append(frozenset(cut))
        return iter(found)

    def ends(self) -> Iterator[tuple[Fraction, frozenset[Part]]]:
        """Every way to cut, with its chance, after what was unnecessary has been returned."""
        for chance, order in self._cuts((), Fraction(1), 0):
            yield chance, self._kept(order)

    def _cuts(self, cut: tuple[Part, ...], chance: Fraction, stage: int) -> Iterator[tuple[Fraction, tuple[Part, ...]]]:
        if self.met(cut):
            yield chance, cut
            return
        left = [part for part in self.parts if part.kind == KINDS[stage] and part not in cut]
        ready = [part for part in left if set(part.smaller) <= set(cut)]
        if not ready:
            yield from self._cuts(cut, chance, stage + 1)
        elif KINDS[stage] not in DRAWN:
            yield from self._cuts((*cut, ready[0]), chance, stage)
        else:
            owners = {part.owner for part in ready}
            for part in ready:
                mine = sum(other.owner == part.owner for other in ready)
                yield from self._cuts((*cut, part), chance / (len(owners) * mine), stage)

    def _kept(self, order: tuple[Part, ...]) -> frozenset[Part]:
        kept = list(order)
        for part in reversed(order):
            rest = [other for other in kept if other != part]
            if self.met(rest) and not any(part in other.smaller for other in rest):
                kept = rest
        return frozenset(kept)

    def odds(self) -> dict[str, Fraction]:
        """The chance of each candidate run to lose something in a lottery; empty where none is needed."""
        ends = tuple(self.ends())
        if not any(part.kind in DRAWN for _, cut in ends for part in cut):
            return {}
        chances = {part.run: Fraction() for part in self.parts if part.kind in DRAWN}
        for chance, cut in ends:
            for run in {part.run for part in cut if part.kind in DRAWN}:
                chances[run] += chance
        return chances

    def remedies(self) -> dict[tuple[str, str], int]:
        """GPUs by kind and run: what is cut, or what may be where a lottery decides."""
        found: dict[tuple[str, str], int] = {}
        for part in self.parts if self.odds() else next(self.ends())[1]:
            found[part.kind, part.run] = found.get((part.kind, part.run), 0) + part.gpus
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The nodes that a claim may use, by domain, and what holds their GPUs for as long as it would last."""

    asked: Asked
    gpus: Mapping[str, Mapping[str, int]]
    pods: frozenset[Pod]
    minimum: Mapping[str, int]

    def supply(self, domain: str, cut: Sequence[Part]) -> int:
        """Whole pods of the claim that fit into the domain."""
        gone = frozenset(pod for part in cut for pod in part.pods)
        held = [(pod.node, len(pod.slots)) for pod in self.pods - gone]
        free = {node: gpus - sum(n for on, n in held if on == node) for node, gpus in self.gpus[domain].items()}
        return sum(gpus // self.asked.per_pod for gpus in free.values())

    def fits(self, cut: Sequence[Part] = ()) -> bool:
        """Whether the claim does, split by domain as need be."""
        return sum(self.supply(domain, cut) for domain in self.gpus) >= self.asked.pods

    def cases(self) -> tuple[Case, ...]:
        """How the claim may come to its GPUs; none where it fits already or never will."""
        everything = parts_of(self.pods, self.minimum)
        for last in range(1, len(KINDS) + 1):
            usable = tuple(part for part in everything if part.kind in KINDS[:last])
            if self.fits(usable):
                return () if self.fits() else tuple(self._least(usable))
        return ()

    def _least(self, usable: tuple[Part, ...]) -> Iterator[Case]:
        """Fewest domains; then the least that is missing (semantics.md 6, and level 2 of 7)."""
        room = [range(min(self.supply(domain, usable), self.asked.pods) + 1) for domain in self.gpus]
        splits = [split for split in product(*room) if sum(split) == self.asked.pods]
        fewest = min(sum(map(bool, split)) for split in splits)
        cases = [
            Case(
                floor=self, pods={domain: pods for domain, pods in zip(self.gpus, split, strict=True) if pods}, parts=()
            )
            for split in splits
            if sum(map(bool, split)) == fewest
        ]
        least = min(sum(case.deficit.values()) for case in cases)
        for case in cases:
            if sum(case.deficit.values()) == least:
                yield from _in_order(replace(case, parts=_useful(case, usable)))


def _useful(case: Case, usable: tuple[Part, ...]) -> tuple[Part, ...]:
    """Parts with GPUs in the scope; of them those that some minimal cut has."""
    nodes = {node for domain in case.pods for node in case.floor.gpus[domain]}
    there = tuple(part for part in usable if any(pod.node in nodes for pod in part.pods))
    chosen = {part for cut in replace(case, parts=there).minimal() for part in cut}
    return tuple(part for part in there if part in chosen)


def _in_order(case: Case) -> Iterator[Case]:
    """The case with its structural parts in every order: any of spares, of groups the highest number first."""
    drawn = tuple(part for part in case.parts if part.kind in DRAWN)
    for order in permutations(part for part in case.parts if part.kind not in DRAWN):
        shrunk = [part.group for part in order if part.kind == "Shrink"]
        if shrunk == sorted(shrunk, reverse=True):
            yield replace(case, parts=(*order, *drawn))


def floor_of(setting: Setting, asked: Asked, pods: frozenset[Pod]) -> Floor:
    """The nodes of a setting as its claim sees them."""
    gpus = {
        fabric: {f"{fabric}-{number + 1:02}": each for number in range(count)}
        for fabric, count, each in setting.layout
        if asked.domain in (None, fabric)
    }
    return Floor(asked=asked, gpus=gpus, pods=pods, minimum=setting.minimum)


__all__ = [
    "CLAIM",
    "KINDS",
    "ONE",
    "TWO",
    "Asked",
    "Case",
    "Floor",
    "Setting",
    "claims",
    "floor_of",
    "pods_of",
    "settings",
]
