"""How long a sweep takes that decides what replaces nodes that were lost at once, on a made-up fleet of any size.

    python bench/failures.py [--nodes 1000] [--runs 700] [--lost 5] [--seed 1]

Everything is drawn from SHA-256 of the seed, so equal arguments give equal fleets. Nodes have 8 GPUs, pods 4; groups
have two pods and a spare, and some spares have a tenant. Prints what was written and the seconds of each step, and
fails if a second sweep would write again. No file is read or written.
"""

import argparse
import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from jobtree.base.identity import Domain, EnvelopeKey, Key, Owner
from jobtree.base.instant import ALWAYS, Instant, Interval
from jobtree.ledger.classes import classes_at
from jobtree.model.budget import Budget, Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import Fleet, OwnerEntry
from jobtree.model.lease import Lease, LeaseReason, Payer, Role
from jobtree.model.run import Elastic, Run
from jobtree.model.selector import Selector
from jobtree.model.topology import Node
from jobtree.runtime.observe import NodeGone, observe
from jobtree.runtime.sweep import sweep
from jobtree.runtime.world import World, apply_all, lease_order
from jobtree.runtime.writes import Close

FLAVOR, OWNER, POD, GPUS = "H100-80GB", Owner("org:all"), 4, 8
START, NOW, END = Instant(0), Instant(3_600), Instant(360_000)
ENVELOPE = EnvelopeKey("team", "team", "all")


class Dice:
    """A sequence that depends on the seed alone."""

    def __init__(self, seed: int) -> None:
        self.seed, self.drawn = seed, 0

    def choose(self, options: Sequence[Any]) -> Any:
        """One of the options."""
        self.drawn += 1
        digest = hashlib.sha256(f"{self.seed}/{self.drawn}".encode()).digest()
        return options[int.from_bytes(digest[:8]) % len(options)]


def run(dice: Dice, number: int) -> Run:
    """One or two groups of two pods with a spare each; a third is elastic, a seventh lodges on spares."""
    key, pods = Key("team", f"run-{number:05d}"), dice.choose((2, 2, 2, 2, 2, 2, 2, 4))
    shape = dice.choose(("fixed", "fixed", "elastic", "fixed", "elastic", "fixed", "tenant"))
    elastic = Elastic(minimum=2 * POD, maximum=8 * POD, step=2 * POD, desired=8 * POD) if shape == "elastic" else None
    gpus = POD if shape == "tenant" else pods * POD
    spares = 0 if shape == "tenant" else 1
    return Run(
        key=key, owner=OWNER, flavor=FLAVOR, total_gpus=gpus, gpus_per_pod=POD, group_gpus=min(gpus, 2 * POD),
        elastic=elastic, spares=spares, duration=END,
    )  # fmt: skip


def leases_of(of: Run, halves: list[tuple[str, int]]) -> Iterator[Lease]:
    """Leases of all pods of the run, each on the next half of a node."""
    for group, gpus in enumerate(of.groups(of.total_gpus)):
        roles = [(rank, Role.ACTIVE) for rank in range(gpus // POD)] + [(0, Role.SPARE)] * of.spares
        for rank, role in roles:
            node, first = halves.pop()
            yield Lease(
                run=of.key,
                owner=OWNER,
                group=group,
                rank=rank,
                role=role,
                node=node,
                slots=tuple(range(first, first + POD)),
                payer=Payer(envelope=ENVELOPE, owner=OWNER),
                interval=Interval(START, END),
                reason=LeaseReason.START,
            )


def fleet(options: argparse.Namespace) -> World:
    """Runs until the nodes are full, their pods scattered; a tenant sits on the last spare before it."""
    dice = Dice(options.seed)
    halves = [(f"n{number:05d}", first) for number in range(options.nodes) for first in (0, POD)]
    halves.sort(key=lambda _: dice.choose(range(1 << 30)))
    runs: list[Run] = []
    leases: list[Lease] = []
    for number in range(options.runs):
        one = run(dice, number)
        spares = [lease for lease in leases[-2:] if lease.role is Role.SPARE]
        if not one.spares and spares:
            guest = replace(spares[-1], run=one.key, group=0, rank=0, role=Role.OPPORTUNISTIC, payer=None)
            runs.append(one)
            leases.append(guest)
        elif one.spares and len(halves) >= 2 * one.total_gpus // POD:
            runs.append(one)
            leases += leases_of(one, halves)
    return World(leases=tuple(sorted(leases, key=lease_order)), runs=tuple(runs))


def catalog(options: argparse.Namespace, runs: tuple[Run, ...]) -> Catalog:
    """One budget that is large enough."""
    labels = (("cluster", "main"), ("fabric.domain", "f"), ("gpu.flavor", FLAVOR), ("region", "west"))
    nodes = [
        Node(name=f"n{number:05d}", domain=Domain("west", "main", "f"), flavor=FLAVOR, gpus=GPUS, labels=labels)
        for number in range(options.nodes)
    ]
    envelope = Envelope(
        key=ENVELOPE, owner=OWNER, flavor=FLAVOR, selector=Selector((("region", "west"),)), window=ALWAYS,
        concurrency=GPUS * options.nodes,
    )  # fmt: skip
    budget = Budget(key=Key("team", "team"), owner=OWNER, envelopes=(envelope,))
    owners = (OwnerEntry(name=OWNER),)
    return Catalog(fleet=Fleet(name="bench", owners=owners), nodes=tuple(nodes), budgets=(budget,), runs=runs)


def main() -> None:
    """Loses nodes of one fleet and prints what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("nodes", 1_000), ("runs", 700), ("lost", 5), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    world = fleet(options)
    inputs = catalog(options, world.runs)
    used = sorted({lease.node for lease in world.leases})
    dice = Dice(options.seed)
    lost = sorted({used[dice.choose(range(len(used)))] for _ in range(options.lost)})
    before = time.perf_counter()
    world = observe(world, [NodeGone(node=node, at=NOW) for node in lost])
    by_index = classes_at(inputs, world.leases, NOW)
    classes = {world.leases[index]: funding for index, funding in by_index.items()}
    between = time.perf_counter()
    writes = sweep(world, NOW, classes)
    after = time.perf_counter()
    told = Counter(write.closure.reason.value if isinstance(write, Close) else type(write).__name__ for write in writes)
    print(f"{len(world.runs)} runs, {len(world.leases)} leases, {options.nodes} nodes, {len(lost)} lost at once")
    print(f"{len(writes)} writes: {dict(sorted(told.items()))}")
    print(f"{between - before:8.2f} s  classes of all leases")
    print(f"{after - between:8.2f} s  sweep")
    again = sweep(apply_all(world, writes), NOW, classes)
    if again:
        raise SystemExit(f"a second sweep would write again: {again[:3]}")


if __name__ == "__main__":
    main()
