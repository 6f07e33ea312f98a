"""How long the odds of a lottery and a whole cut take, on made-up contention of any size.

    python bench/odds.py [--units 200] [--pods 100] [--cut-units 700] [--cut-nodes 2000] [--seed 1]

The first fleet has two nodes of 8 GPUs for each unit, all held, and a claim for many pods of 8: its odds are sampled.
A second one is so small that its odds are exact. The third is cut once: kinds, groups and spares are mixed, and two
thirds of what is held is needed. Everything is drawn from SHA-256 of the seed. No file is read or written.
"""

import argparse
import hashlib
import resource
import time
from collections.abc import Sequence
from typing import Any

from jobtree.base.identity import Domain, Key, Owner
from jobtree.model.contention import CutKind, CutUnit, Need, NodeGpus
from jobtree.resolve.commitment import seed_of
from jobtree.resolve.cuts import cut
from jobtree.resolve.dice import SeededDice
from jobtree.resolve.odds import error_of, odds

HERE = Domain("west", "main", "f000")
PER_NODE = 8


def need(nodes: int, pods: int) -> tuple[Need, ...]:
    """Pods of 8 GPUs on nodes of which nothing is free."""
    free = tuple(NodeGpus(node=f"n{number:05d}", gpus=0) for number in range(nodes))
    return (Need(domain=HERE, pods=pods, per_pod=PER_NODE, free=free),)


def unit(number: int, kind: CutKind, nodes: Sequence[int], owners: int) -> CutUnit:
    """A unit that holds whole nodes; owners get fewer units the higher their number."""
    team = number % (1 + number % owners)
    frees = tuple(NodeGpus(node=f"n{node:05d}", gpus=PER_NODE) for node in nodes)
    name = f"team-{team:02d}/run-{number:05d}"
    return CutUnit(
        owner=Owner(f"org:team-{team:02d}"),
        name=name,
        kind=kind,
        runs=(Key(*name.split("/")),),
        gpus=PER_NODE * len(frees),
        frees=frees,
    )


def pairs(units: int) -> tuple[CutUnit, ...]:
    """Units of two nodes each, all of them drawn."""
    return tuple(unit(number, CutKind.LOTTERY, (2 * number, 2 * number + 1), 20) for number in range(units))


def mixed(units: int, nodes: int, seed: int) -> tuple[CutUnit, ...]:
    """Units of all kinds that share the nodes among them."""
    kinds = tuple(CutKind)
    fall = hashlib.shake_256(str(seed).encode()).digest(units)
    return tuple(
        unit(number, kinds[fall[number] % len(kinds)], range(number, nodes, units), 40) for number in range(units)
    )


def timed(what: str, work: Any) -> Any:
    """Prints how long the work took; returns what it made."""
    begun = time.perf_counter()
    made = work()
    print(f"{time.perf_counter() - begun:8.3f} s  {what}")
    return made


def main() -> None:
    """Times odds and a whole cut."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("units", 200), ("pods", 100), ("cut-units", 700), ("cut-nodes", 2_000), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    needs, units = need(2 * options.units, options.pods), pairs(options.units)
    seed = seed_of("bench/claim", "", "", str(options.seed))
    found = timed(
        f"odds of {options.units} units on {2 * options.units} nodes for {options.pods} pods",
        lambda: odds(needs, units),
    )
    print(f"{'':12}{found[0].samples} samples, error of the first at most {error_of(found[0])}")
    few = pairs(12)
    small = timed("exact odds of 12 units for 6 pods", lambda: odds(need(24, 6), few))
    print(f"{'':12}the first is {small[0].chance}, {small[0].samples} samples")
    wanted, all_kinds = 2 * options.cut_nodes // 3, mixed(options.cut_units, options.cut_nodes, options.seed)
    outcome = timed(
        f"one whole cut of {options.cut_units} units on {options.cut_nodes} nodes for {wanted} pods",
        lambda: cut(need(options.cut_nodes, wanted), all_kinds, lambda kind: SeededDice(seed, kind.value)),
    )
    print(f"{'':12}{len(outcome.kept)} units stay cut, {len(outcome.lotteries)} lotteries")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MiB at the peak")


if __name__ == "__main__":
    main()
