"""Needs and units in few words, and as the JSON of the vectors."""

from collections.abc import Mapping, Sequence
from typing import Any

from jobtree.base.identity import Domain, Key, Owner
from jobtree.model.contention import CutKind, CutUnit, Need, NodeGpus

RECLAIM, SPARE, SHRINK, LOTTERY = CutKind
HERE = Domain("west", "main", "f1")


def gpus(on: Mapping[str, int]) -> tuple[NodeGpus, ...]:
    return tuple(NodeGpus(node=node, gpus=count) for node, count in sorted(on.items()))


def need(pods: int, free: Mapping[str, int], per_pod: int = 8, domain: Domain = HERE) -> Need:
    return Need(domain=domain, pods=pods, per_pod=per_pod, free=gpus(free))


def unit(
    name: str,
    frees: Mapping[str, int],
    kind: CutKind = LOTTERY,
    *,
    owner: str = "",
    after: Sequence[str] = (),
    runs: Sequence[str] = (),
) -> CutUnit:
    """``owner`` is the namespace of the name where none is given; ``a/x+b/y#1`` touches the runs a/x and b/y."""
    touched = runs or name.split("#")[0].split("+")
    return CutUnit(
        owner=Owner(owner or "org:" + name.split("/")[0]),
        name=name,
        kind=kind,
        runs=tuple(Key(*run.split("/")) for run in touched),
        gpus=sum(frees.values()),
        frees=gpus(frees),
        after=tuple(after),
    )


def nodes(count: int, free: int = 0) -> dict[str, int]:
    return {f"n{number}": free for number in range(count)}


def elastic(name: str, groups: Sequence[Mapping[str, int]], kind: CutKind = LOTTERY) -> tuple[CutUnit, ...]:
    """A malleable run: group 0 is its minimum, those above it go first, the highest number before all."""
    above = [
        unit(f"{name}#{index}", frees, kind, after=[f"{name}#{index + 1}"] if index + 1 < len(groups) else [])
        for index, frees in enumerate(groups)
        if index
    ]
    return (*above, unit(name, groups[0], kind, after=[one.name for one in above]))


def need_json(one: Need) -> dict[str, Any]:
    domain = [one.domain.region, one.domain.cluster, one.domain.fabric]
    return {"domain": domain, "pods": one.pods, "perPod": one.per_pod, "free": {on.node: on.gpus for on in one.free}}


def unit_json(one: CutUnit) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "owner": one.owner,
        "name": one.name,
        "runs": [str(run) for run in one.runs],
        "gpus": one.gpus,
        "frees": {on.node: on.gpus for on in one.frees},
        "after": list(one.after),
    }


def need_of(data: Mapping[str, Any]) -> Need:
    return need(data["pods"], data["free"], data["perPod"], Domain(*data["domain"]))


def unit_of(data: Mapping[str, Any]) -> CutUnit:
    made = unit(
        data["name"],
        data["frees"],
        CutKind(data["kind"]),
        owner=data["owner"],
        after=data["after"],
        runs=data["runs"],
    )
    assert made.gpus == data["gpus"]
    return made


def _case(needs: Sequence[Need], *units: CutUnit) -> tuple[tuple[Need, ...], tuple[CutUnit, ...]]:
    return tuple(needs), units


def _spread(names: Sequence[str], kind: CutKind = LOTTERY, first: int = 0) -> tuple[CutUnit, ...]:
    return tuple(unit(name, {f"n{first + number}": 8}, kind) for number, name in enumerate(names))


CASES = {
    "two owners, one and three units": _case([need(2, nodes(4))], *_spread(["a/x", "b/x", "b/y", "b/z"])),
    "sizes differ, and small ones come back": _case(
        [need(4, nodes(6))],
        unit("a/big", {f"n{number}": 8 for number in range(4)}),
        unit("b/s", {"n4": 8}),
        unit("c/s", {"n5": 8}),
        unit("c/t", {"n0": 0, "n4": 0}),
    ),
    "halves of nodes": _case(
        [need(1, {"n0": -2, "n1": 1})],
        unit("a/x", {"n0": 5}),
        unit("a/y", {"n1": 4}),
        unit("b/x", {"n0": 5}),
        unit("b/y", {"n1": 3}),
    ),
    "malleable groups and their run": _case(
        [need(3, nodes(5))],
        *elastic("a/m", [{"n0": 8}, {"n1": 8}, {"n2": 8}]),
        *_spread(["b/x", "c/x"], first=3),
    ),
    "both lotteries, and what lies between": _case(
        [need(4, nodes(9))],
        unit("a/u", {"n0": 8}, RECLAIM),
        *elastic("b/u", [{"n1": 4}, {"n1": 4}], RECLAIM),
        unit("c/g#1/s0", {"n2": 4}, SPARE),
        unit("c/g#0/s0", {"n2": 4}, SPARE),
        unit("d/m#2", {"n3": 4}, SHRINK),
        unit("d/m#1", {"n3": 2}, SHRINK),
        unit("d/m", {"n3": 2, "n4": 8}, after=["d/m#2", "d/m#1"]),
        unit("e/p+e/q", {"n5": 8, "n6": 8}),
        unit("f/x", {"n7": 8}),
        unit("f/y", {"n8": 4}, after=["f/gone"]),
    ),
    "two needs at once": _case(
        [need(1, {"n0": 0, "n1": 0}), need(2, {"m0": 0, "m1": 4}, 4, Domain("west", "main", "f2"))],
        unit("a/x", {"n0": 8}),
        unit("a/y", {"m0": 4}),
        unit("b/x", {"n1": 8, "m0": 4}),
        unit("b/y", {"m1": 4}),
    ),
    "unfunded work is enough": _case([need(1, nodes(3))], *_spread(["a/x", "b/x"], RECLAIM), unit("c/x", {"n2": 8})),
    "met already": _case([need(1, {"n0": 8})], unit("a/x", {"n0": 8})),
    "never enough": _case([need(3, nodes(2))], *_spread(["a/x", "b/x"])),
}
"""Small contests: needs and units."""
