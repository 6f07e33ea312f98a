"""Times the search for a cut, one claim against 700 runs on 2,000 nodes, and the decision on all of many that wait.

python bench/contention.py [--nodes 2000] [--runs 700] [--waiting 300]
"""

import argparse
import resource
import time

from jobtree.adapters.cbc import Cbc
from jobtree.base.identity import Domain, EnvelopeKey, Key, Owner
from jobtree.base.instant import Instant, Interval
from jobtree.base.progress import Silent
from jobtree.cover.cover import cover_all
from jobtree.model.budget import Budget, Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import Fleet, OwnerEntry, Planning
from jobtree.model.history import History
from jobtree.model.lease import Lease, LeaseReason, Payer, Role
from jobtree.model.run import Run
from jobtree.model.selector import Selector
from jobtree.model.topology import Node
from jobtree.resolve.attempt import attempt
from jobtree.resolve.candidates import herd
from jobtree.resolve.claims import claim_of
from jobtree.resolve.cuts import cut
from jobtree.resolve.decide import decide
from jobtree.resolve.dice import SeededDice
from jobtree.resolve.ground import Ground

FLAVOR, GPUS, HOUR, TEAMS = "H100-80GB", 8, 3_600, 14
NOW = Instant(1_000 * HOUR)


def labels(domain: Domain) -> tuple[tuple[str, str], ...]:
    """The labels of a node."""
    named = {"region": domain.region, "cluster": domain.cluster, "fabric.domain": domain.fabric, "gpu.flavor": FLAVOR}
    return tuple(sorted(named.items()))


def team(number: int) -> tuple[Owner, str]:
    """An owner and its namespace."""
    return Owner(f"org:t{number:02}"), f"t{number:02}"


def budget(number: int, gpus: int) -> Budget:
    """A team that is entitled to the whole fleet."""
    owner, space = team(number)
    selector = Selector((("region", "*"),))
    envelope = Envelope(
        key=EnvelopeKey(space, "b", "e"), owner=owner, flavor=FLAVOR, selector=selector, concurrency=gpus
    )
    return Budget(key=Key(space, "b"), owner=owner, envelopes=(envelope,))


def fleet(nodes: int, runs: int) -> tuple[Catalog, History, Run]:
    """A full fleet in islands of 100 nodes: each run holds as many whole nodes as the next; one claim comes on top."""
    machines = [
        Node(name=f"n{i:05}", domain=domain, flavor=FLAVOR, gpus=GPUS, labels=labels(domain))
        for i in range(nodes)
        for domain in [Domain("west", "gpu", f"f{i // 100:03}")]
    ]
    asked, leases = [], []
    for number in range(runs):
        owner, space = team(number % TEAMS)
        own = range(number * nodes // runs, (number + 1) * nodes // runs)
        key = Key(space, f"r{number:04}")
        asked.append(
            Run(key=key, owner=owner, flavor=FLAVOR, total_gpus=GPUS * len(own), gpus_per_pod=GPUS, duration=99 * HOUR)
        )
        payer = Payer(envelope=EnvelopeKey(space, "b", "e"), owner=owner)
        leases += [
            Lease(
                run=key,
                owner=owner,
                group=0,
                rank=rank,
                role=Role.ACTIVE,
                node=machines[at].name,
                slots=tuple(range(GPUS)),
                payer=payer,
                interval=Interval(Instant(NOW - 50 * HOUR), Instant(NOW + 49 * HOUR)),
                reason=LeaseReason.START,
            )
            for rank, at in enumerate(own)
        ]
    owner, space = team(0)
    claim = Run(
        key=Key(space, "claim"), owner=owner, flavor=FLAVOR, total_gpus=640, gpus_per_pod=GPUS, duration=24 * HOUR
    )
    everything = tuple(sorted([*asked, claim], key=lambda run: run.key))
    catalog = Catalog(
        fleet=Fleet(
            name="f",
            owners=tuple(OwnerEntry(name=team(n)[0], namespaces=(team(n)[1],)) for n in range(TEAMS)),
            planning=Planning(),
        ),
        nodes=tuple(machines),
        budgets=tuple(budget(n, nodes * GPUS) for n in range(TEAMS)),
        runs=everything,
    )
    order = sorted(leases, key=lambda lease: (lease.run, lease.group, lease.role.value, lease.rank))
    return catalog, History(leases=tuple(order)), claim


def with_waiting(catalog: Catalog, waiting: int) -> Catalog:
    """The fleet with so many more runs that want 1 to 16 nodes for 4 to 43 hours."""
    more = [
        Run(
            key=Key(space, f"w{number:04}"),
            owner=owner,
            flavor=FLAVOR,
            total_gpus=GPUS * (1 + number % 16),
            gpus_per_pod=GPUS,
            duration=(4 + number % 40) * HOUR,
        )
        for number in range(waiting)
        for owner, space in [team(number % TEAMS)]
    ]
    runs = tuple(sorted([*catalog.runs, *more], key=lambda run: run.key))
    return Catalog(fleet=catalog.fleet, nodes=catalog.nodes, budgets=catalog.budgets, runs=runs)


def ground_of(catalog: Catalog, history: History) -> Ground:
    """The ground of a compile now."""
    return Ground(
        catalog=catalog,
        history=history,
        as_of=NOW,
        coverages=cover_all(catalog, as_of=NOW),
        solver=Cbc(),
        input_digest="sha256:" + "0" * 64,
    )


def main() -> None:
    """Builds, searches, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=2_000)
    parser.add_argument("--runs", type=int, default=700)
    parser.add_argument("--waiting", type=int, default=300)
    sizes = parser.parse_args()
    catalog, history, claim = fleet(sizes.nodes, sizes.runs)
    ground = ground_of(catalog, history)
    began = time.perf_counter()
    ground.books()
    opened = time.perf_counter()
    found = attempt(ground, herd(catalog, history), claim, Instant(NOW + 900), ())
    assert found is not None
    outcome = cut(found.needs, found.units, lambda kind: SeededDice("00" * 32, kind.value))
    assert outcome is not None
    searched = time.perf_counter()
    claim_of(found, ground, (), natural_start=Instant(NOW + 49 * HOUR), promise=None)
    published = time.perf_counter()
    print(f"one claim of {claim.total_gpus} GPUs against {sizes.runs} runs on {sizes.nodes} nodes")
    print(f"{opened - began:8.2f} s  opening the books")
    print(f"{searched - opened:8.2f} s  searching the cut: {len(found.units)} candidates, {len(outcome.kept)} cut")
    print(f"{published - searched:8.2f} s  publishing it, odds included")
    everything = ground_of(with_waiting(catalog, sizes.waiting), history)
    started = time.perf_counter()
    plan = decide(everything, Silent())
    contended = [one.run for one in plan.runs if one.reason is not None and one.reason.code == "JT601"]
    print(f"{time.perf_counter() - started:8.2f} s  deciding on {sizes.waiting} more: {len(contended)} contend")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:8} MiB at the peak")


if __name__ == "__main__":
    main()
