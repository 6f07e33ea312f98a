"""2,000 gangs of 1 to 128 whole nodes for 1 to 72 hours on 1,024 nodes, one budget, 60 days: against backfill.

    python bench/gangs.py [--runs 2000] [--nodes 1024] [--workers 0]

Prints how long a whole compile takes, and the mean start of its plan, by gang and by area, beside that of exact
conservative backfill under the same rules.
"""

import argparse
import json
import time
from collections.abc import Iterable, Iterator, Mapping

from week import NOW, Dice, Json, document

from jobtree.adapters.cbc import Cbc
from jobtree.adapters.processes import Processes
from jobtree.base.instant import parse_instant
from jobtree.base.progress import Silent
from jobtree.cover.cover import cover_all
from jobtree.ledger.books import open_books
from jobtree.load.source import Source
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.plan import Plan, Reserve, Start
from jobtree.pipeline import CompileRequest, compile_fleet
from jobtree.plan.construct import build
from jobtree.plan.insert import Recipe
from jobtree.plan.promise import keep_promises
from jobtree.plan.situation import pending, situation
from jobtree.plan.solve import parts_of, yardstick

FLAVOR, GPUS, HOUR, DAYS = "H100-80GB", 8, 3_600, 60
NODES, SHARES = (1, 2, 4, 8, 16, 32, 64, 128), (30, 20, 15, 12, 10, 7, 4, 2)


def fleet(runs: int, nodes: int) -> Iterator[Json]:
    """One island, one owner, one budget, and the gangs in their order."""
    dice = Dice(1)
    yield from lab("gangs", nodes, DAYS)
    for number in range(runs):
        pods = dice.choose(NODES, SHARES)
        yield run(f"gang-{number:05d}", number, (pods, GPUS), f"{1 + dice.below(72)}h")


def lab(name: str, nodes: int, days: int) -> Iterator[Json]:
    """Nodes of 8 GPUs in one island, all in the budget of the one owner, planned so many days ahead."""
    owners = [{"name": "org:lab", "namespaces": ["lab"]}]
    yield document("Fleet", name, {"owners": owners, "planning": {"horizon": f"{days}d"}})
    labels = {"region": "east", "cluster": "gpu", "fabric.domain": "f0", "gpu.flavor": FLAVOR}
    yield document("NodePool", "n", {"count": nodes, "gpusPerNode": GPUS, "labels": labels})
    envelope = {"name": "all", "flavor": FLAVOR, "selector": {"region": "*"}, "concurrency": nodes * GPUS}
    yield document("Budget", "lab", {"owner": "org:lab", "envelopes": [envelope]}, namespace="lab")


def run(name: str, number: int, shape: tuple[int, int], duration: str) -> Json:
    """A run of ``shape``, pods and GPUs of each, created in the second ``number`` of the day."""
    pods, gpus = shape
    spec = {
        "owner": "org:lab",
        "resources": {"gpuType": FLAVOR, "totalGPUs": pods * gpus, "gpusPerPod": gpus},
        "runtime": {"duration": duration},
    }
    created = f"2026-03-02T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"
    return document("Run", name, spec, namespace="lab", creationTimestamp=created)


def compiled(documents: Iterable[Json], workers: int) -> tuple[Plan, Catalog, float]:
    """The plan, what it was made from, and the seconds of the whole compile."""
    text = "---\n".join(json.dumps(one) + "\n" for one in documents)
    request = CompileRequest(sources=[Source("fleet.yaml", text.encode())], as_of=parse_instant(NOW))
    began = time.perf_counter()
    result = compile_fleet(request, Cbc(), Silent(), Processes(workers))
    seconds = time.perf_counter() - began
    if result.plan is None or result.catalog is None:
        raise SystemExit(f"refused: {result.diagnostics[:3]}")
    return result.plan, result.catalog, seconds


def placed(plan: Plan) -> Mapping[str, int]:
    """Start of each run that has one, in seconds from now."""
    return {
        one.run.name: one.decision.placement.interval.start - plan.as_of
        for one in plan.runs
        if isinstance(one.decision, Start | Reserve)
    }


def backfill(catalog: Catalog) -> Mapping[str, int]:
    """Start of each gang, in seconds from now, by exact conservative backfill."""
    now = parse_instant(NOW)
    facts = situation(catalog, History(), open_books(catalog, History(), as_of=now), as_of=now)
    (part,) = parts_of(catalog, facts, pending(catalog, facts), cover_all(catalog, as_of=now))
    order = tuple(sorted(part.units, key=lambda unit: unit.runs[0].rank))
    _, draft = build(part, keep_promises(part), Recipe(order=order), yardstick(catalog, facts))
    return {key.name: seating.start - now for key, seating in draft.seatings.items()}


def told(name: str, starts: Mapping[str, int], catalog: Catalog) -> None:
    """Prints one line."""
    weight = {run.key.name: run.total_gpus * run.duration for run in catalog.runs}
    mean = sum(starts.values()) / len(starts) / HOUR
    by_area = sum(weight[gang] * start for gang, start in starts.items()) / sum(weight[gang] for gang in starts) / HOUR
    print(f"{mean:10.1f} h by gang {by_area:10.1f} h by area  {name}, {len(starts)} started")


def main() -> None:
    """Compiles, plans again by backfill, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("runs", 2_000), ("nodes", 1_024), ("workers", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    plan, catalog, seconds = compiled(fleet(options.runs, options.nodes), options.workers)
    print(f"{seconds:10.1f} s for the whole compile")
    told("this plan", placed(plan), catalog)
    began = time.perf_counter()
    starts = backfill(catalog)
    told(f"conservative backfill in {time.perf_counter() - began:.1f} s", starts, catalog)


if __name__ == "__main__":
    main()
