"""Small fleets of a few shapes, and an oracle that says by brute force who may be cut for a claim in one of them.

The oracle is written from semantics.md 6 to 8 and docs/lottery.md, and knows nothing of ``jobtree/resolve``. It reads
nodes and the leases of an output tree as plain data, and tries every set of cuts and every way to draw. Where the
documents leave a choice open (which of two equal domains, which spare first) it allows all of them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations, permutations, product
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
        runs = [_run(owner, f"r{place}", SHAPES[shape]) for place, (shape, owner) in enumerate(self.runs)]
        return World(
            {
                "fleet.yaml": [fleet(OWNERS, **planning)],
                "topology.yaml": [pool(fabric, count, gpus, fabric) for fabric, count, gpus in self.layout],
                "budgets.yaml": [_budget(owner) for owner in OWNERS],
                "runs.yaml": [*runs, *([_claim(asked)] if asked else [])],
            }
        )

    def floor(self, asked: Asked, pods: frozenset["Pod"]) -> "Floor":
        """The nodes as the claim sees them, and the least width of each run."""
        domains = [one for one in self.layout if asked.domain in (None, one[0])]
        gpus = {at: {f"{at}-{place + 1:02}": each for place in range(count)} for at, count, each in domains}
        named = {f"{namespace(owner)}/r{place}": SHAPES[shape] for place, (shape, owner) in enumerate(self.runs)}
        minimum = {run: 1 if "malleable" in spec else width for run, (width, _, spec) in named.items()}
        return Floor(asked=asked, gpus=gpus, pods=pods, minimum=minimum)


CLAIM = f"{namespace(OWNERS[0])}/r9"
ELASTIC = {"malleable": {"minTotalGPUs": 1, "maxTotalGPUs": 2, "stepGPUs": 1}}
IDLE = {"funding": {"allowOpportunistic": True}}
SHAPES: Mapping[str, tuple[int, str, Mapping[str, Any]]] = {
    "plain": (2, "6h", {}),
    "single": (1, "6h", {}),
    "spare": (1, "6h", {"spares": 1}),
    "malleable": (2, "6h", ELASTIC),
    "unfunded": (2, "12h", IDLE),
    "idler": (1, "12h", IDLE),
    "coasting": (2, "12h", {**IDLE, **ELASTIC}),
}
"""GPUs without spares, hours, the rest of the spec. What lasts 12 hours outlasts every budget, and is unfunded."""


def _budget(owner: str) -> dict[str, Any]:
    window = {"start": "2026-03-01T00:00:00Z", "end": "2026-03-02T20:00:00Z"}
    envelope = {"name": "e", "flavor": FLAVOR, "selector": {"region": "west"}, "concurrency": 64, **window}
    return document("Budget", "budget", {"owner": owner, "envelopes": [envelope]}, namespace(owner))


def _run(owner: str, name: str, shape: tuple[int, str, Mapping[str, Any]], per_pod: int = 1) -> dict[str, Any]:
    gpus, duration, spec = shape
    asked = {"gpuType": FLAVOR, "totalGPUs": gpus, "gpusPerPod": per_pod}
    body = {"owner": owner, "resources": asked, "runtime": {"duration": duration}, **spec}
    return document("Run", name, body, namespace(owner), creationTimestamp=f"2026-03-02T08:0{name[1]}:00Z")


def _claim(asked: Asked) -> dict[str, Any]:
    bound = {"locality": {"selector": {"fabric.domain": asked.domain}}} if asked.domain else {}
    return _run(OWNERS[0], "r9", (asked.pods * asked.per_pod, "2h", bound), asked.per_pod)


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
    files = [data for path, data in sorted(tree.items()) if "/leases/" in path]
    return frozenset(_pod(one["spec"]) for data in files for one in yaml.load_all(data, yaml.CSafeLoader))


def _pod(spec: Mapping[str, Any]) -> Pod:
    return Pod(
        run="{namespace}/{name}".format(**spec["runRef"]),
        owner=spec["owner"],
        group=spec["group"],
        spare=spec["role"] == "Spare",
        funded=bool(spec.get("paidBy")),
        node=spec["slice"]["node"],
        slots=tuple(spec["slice"]["slots"]),
        since=spec["interval"]["start"],
    )


NOBODY: frozenset[Pod] = frozenset()


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
    def own(self) -> frozenset[Pod]:
        """Those that no smaller part has taken."""
        return self.pods - lost_with(self.smaller)


def lost_with(cut: Iterable[Part]) -> frozenset[Pod]:
    """Everything that ends."""
    return frozenset(pod for part in cut for pod in part.pods)


def parts_of(pods: frozenset[Pod], minimum: Mapping[str, int]) -> tuple[Part, ...]:
    """Everything that could be cut, whoever needs it. No run here names another with ``with``."""
    runs = sorted({pod.run for pod in pods})
    return tuple(part for run in runs for part in _parts(frozenset(pod for pod in pods if pod.run == run), minimum))


def _parts(own: frozenset[Pod], minimum: Mapping[str, int]) -> tuple[Part, ...]:
    smaller: list[Part] = []
    for pod in sorted(own, key=lambda pod: (pod.group, pod.node)):
        kind = "DropSpare" if pod.spare else "Shrink" if pod.funded else "ReclaimUnfunded"
        if pod.spare or pod.group >= minimum[pod.run]:  # a group of these worlds has one GPU where there is a minimum
            smaller.append(Part(kind=kind, owner=pod.owner, run=pod.run, group=pod.group, pods=frozenset([pod])))
    kind = "Lottery" if all(pod.funded for pod in own) else "ReclaimUnfunded"
    return (*smaller, Part(kind=kind, owner=pod.owner, run=pod.run, group=0, pods=own, smaller=tuple(smaller)))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A claim's pods by domain, and the parts that may be cut for it; structural ones in an order that is allowed."""

    floor: "Floor"
    pods: Mapping[str, int]
    parts: tuple[Part, ...]

    @property
    def deficit(self) -> dict[str, int]:
        """GPUs that each domain lacks, in whole pods."""
        lacking = {domain: pods - self.floor.supply(domain) for domain, pods in self.pods.items()}
        return {domain: pods * self.floor.asked.per_pod for domain, pods in lacking.items() if pods > 0}

    def met(self, cut: Iterable[Part]) -> bool:
        """Whether the claim fits once these are gone."""
        gone = lost_with(cut)
        return all(self.floor.supply(domain, gone) >= pods for domain, pods in self.pods.items())

    @cached_property
    def minimal(self) -> tuple[frozenset[Part], ...]:
        """Every set of cuts that is enough, and of which no smaller part is."""
        sets = (frozenset(cut) for size in range(len(self.parts) + 1) for cut in combinations(self.parts, size))
        enough = [cut for cut in sets if self.met(cut) and all(cut.issuperset(part.smaller) for part in cut)]
        return tuple(cut for cut in enough if not any(other < cut for other in enough))

    @cached_property
    def ends(self) -> tuple[tuple[Fraction, frozenset[Part]], ...]:
        """Every way to cut, with its chance, after what was unnecessary has been returned."""
        return tuple((chance, self._kept(order)) for chance, order in self._cuts((), Fraction(1), 0))

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

    @cached_property
    def odds(self) -> dict[str, Fraction]:
        """The chance of each candidate run to lose something in a lottery; empty where none is needed."""
        if not any(part.kind in DRAWN for _, cut in self.ends for part in cut):
            return {}
        chances = {part.run: Fraction() for part in self.parts if part.kind in DRAWN}
        for chance, cut in self.ends:
            for run in sorted({part.run for part in cut if part.kind in DRAWN}):
                chances[run] += chance
        return chances


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The nodes that a claim may use, by domain, and what holds their GPUs for as long as it would last."""

    asked: Asked
    gpus: Mapping[str, Mapping[str, int]]
    pods: frozenset[Pod]
    minimum: Mapping[str, int]

    def supply(self, domain: str, gone: frozenset[Pod] = NOBODY) -> int:
        """Whole pods of the claim that fit into the domain without these."""
        held = Counter[str]()
        for pod in self.pods - gone:
            held[pod.node] += len(pod.slots)
        return sum((gpus - held[node]) // self.asked.per_pod for node, gpus in self.gpus[domain].items())

    def fits(self, gone: frozenset[Pod] = NOBODY) -> bool:
        """Whether the claim does, split by domain as need be."""
        return sum(self.supply(domain, gone) for domain in self.gpus) >= self.asked.pods

    def cases(self) -> tuple[Case, ...]:
        """How the claim may come to its GPUs; none where it fits already or never will."""
        everything = parts_of(self.pods, self.minimum)
        for last in range(1, len(KINDS) + 1):
            usable = tuple(part for part in everything if part.kind in KINDS[:last])
            if self.fits(lost_with(usable)):
                return () if self.fits() else tuple(self._least(usable))
        return ()

    def _least(self, usable: tuple[Part, ...]) -> Iterator[Case]:
        """Fewest domains; then the least that is missing (semantics.md 6, and level 2 of 7)."""
        room = [range(min(self.supply(domain, lost_with(usable)), self.asked.pods) + 1) for domain in self.gpus]
        splits = [split for split in product(*room) if sum(split) == self.asked.pods]
        fewest = min(sum(map(bool, split)) for split in splits)
        wanted = [dict(zip(self.gpus, split, strict=True)) for split in splits if sum(map(bool, split)) == fewest]
        cases = [Case(floor=self, pods={at: pods for at, pods in one.items() if pods}, parts=()) for one in wanted]
        least = min(sum(case.deficit.values()) for case in cases)
        for case in cases:
            if sum(case.deficit.values()) == least:
                yield from _in_order(replace(case, parts=_useful(case, usable)))


def _useful(case: Case, usable: tuple[Part, ...]) -> tuple[Part, ...]:
    """Parts with GPUs where some are missing, without which less would fit there if all others were cut."""
    supply = case.floor.supply
    nodes = {node for domain in case.deficit for node in case.floor.gpus[domain]}
    there = [part for part in usable if any(pod.node in nodes for pod in part.pods)]
    everything = lost_with(there)
    most = {domain: supply(domain, everything) for domain in case.deficit}
    helping = [part for part in there if any(supply(at, everything - part.own) < most[at] for at in most)]
    return tuple(part for part in there if part in helping or any(part in other.smaller for other in helping))


def _in_order(case: Case) -> Iterator[Case]:
    """The case with its structural parts in every order: any of spares, of groups the highest number first."""
    drawn = tuple(part for part in case.parts if part.kind in DRAWN)
    for order in permutations(part for part in case.parts if part.kind not in DRAWN):
        shrunk = [part.group for part in order if part.kind == "Shrink"]
        if shrunk == sorted(shrunk, reverse=True):
            yield replace(case, parts=(*order, *drawn))
