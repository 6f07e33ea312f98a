"""Plans of many days of the Philly trace against conservative backfill under the same rules.

    python bench/days.py CSV [--first 2017-10-09] [--days 10] [--runs 150] [--gpus 640] [--workers 0]

Prints the area-weighted wait of each day's plan as a share of backfill's, with the gap that is proven; exit code 1 if
one of them is worse than backfill.
"""

import argparse
import datetime as dt
from argparse import Namespace
from pathlib import Path

from philly import repository
from philly_trace import read_jobs

from jobtree.adapters.cbc import Cbc
from jobtree.adapters.processes import Processes
from jobtree.base.instant import Instant, parse_instant
from jobtree.base.progress import Silent
from jobtree.cover.cover import cover_all
from jobtree.ledger.books import open_books
from jobtree.load.source import Source
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.plan import Level
from jobtree.pipeline import CompileRequest, compile_fleet
from jobtree.plan.construct import build
from jobtree.plan.insert import Recipe
from jobtree.plan.levels import WAIT
from jobtree.plan.promise import keep_promises
from jobtree.plan.situation import pending, situation
from jobtree.plan.solve import parts_of, yardstick


def backfilled(catalog: Catalog, now: Instant) -> int:
    """The wait level of exact conservative backfill, part by part."""
    facts = situation(catalog, History(), open_books(catalog, History(), as_of=now), as_of=now)
    measure, total = yardstick(catalog, facts), 0
    for part in parts_of(catalog, facts, pending(catalog, facts), cover_all(catalog, as_of=now)):
        order = tuple(sorted(part.units, key=lambda unit: min(run.rank for run in unit.runs)))
        total += build(part, keep_promises(part), Recipe(order=order), measure)[0][WAIT]
    return total


def planned(files: dict[str, str], now: Instant, workers: int) -> tuple[Level, Catalog]:
    """The wait level of the plan of a whole compile, and what it was made from."""
    sources = [Source(path, text.encode()) for path, text in sorted(files.items()) if path.endswith(".yaml")]
    request = CompileRequest(sources=sources, as_of=now)
    result = compile_fleet(request, Cbc(), Silent(), Processes(workers))
    if result.tree is None or result.plan is None or result.catalog is None:
        raise SystemExit(f"refused: {[*result.diagnostics, *result.violations][:3]}")
    return next(level for level in result.plan.proof.levels if level.name == "wait"), result.catalog


def main() -> int:
    """Plans one day after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path)
    parser.add_argument("--first", type=dt.date.fromisoformat, default=dt.date(2017, 10, 9))
    for name, default in (("days", 10), ("runs", 150), ("gpus", 640), ("workers", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    jobs, worse = read_jobs(options.csv), 0
    for number in range(options.days):
        day = options.first + dt.timedelta(days=number)
        now = parse_instant(f"{day + dt.timedelta(days=1)}T00:00:00Z")
        files = repository(jobs, Namespace(day=day, runs=options.runs, gpus=options.gpus))
        wait, catalog = planned(files, now, options.workers)
        floor = backfilled(catalog, now)
        gap = (wait.value - (wait.bound or 0)) / max(1, wait.value)
        print(f"{day}  {wait.value / max(1, floor):7.1%} of backfill's wait, gap {gap:.2%}", flush=True)
        worse += wait.value > floor
    print(f"{worse} of {options.days} days are worse than backfill")
    return int(worse > 0)


if __name__ == "__main__":
    raise SystemExit(main())
