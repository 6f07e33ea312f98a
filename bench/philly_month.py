"""Replay weeks of the Philly trace under jobtree and under the policies it is compared with.

    python bench/philly_month.py CSV [--first 2017-10-03] [--days 30] [--gpus 2490] [--share 2] [--hours 540]
        [--least 24] [--every 28800] [--policies jobtree,conservative,...] [--workers 2] [--keep FOLDER]

Writes Markdown tables to stdout; progress goes to stderr. The passes are those of ``jobtree simulate``. What the trace
does not say is a rule in ``philly_trace.py``, ``philly.py`` or ``philly_weeks.py``. Equal arguments
give equal tables, but for the seconds that it took. With ``--keep``, what came of a policy is kept in the folder and
not made again.
"""

import argparse
import datetime as dt
import pickle
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple
from fractions import Fraction
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from philly_tables import tables
from philly_trace import read_jobs
from philly_weeks import DAY, Study, scenario_of

from jobtree.adapters.cbc import Cbc
from jobtree.base.instant import Instant, format_instant
from jobtree.base.progress import Silent
from jobtree.deciding import Left
from jobtree.model.plan import Refuse, Reserve
from jobtree.plan.executor import InOrder
from jobtree.simulate.agenda import Event
from jobtree.simulate.invariants import Invariants
from jobtree.simulate.moment import Moment, Watchers
from jobtree.simulate.outcome import Outcome
from jobtree.simulate.policies import POLICIES
from jobtree.simulate.roll import Means, simulate


class Teller:
    """A watcher that says on stderr how far a replay is, each day of it."""

    def __init__(self, name: str) -> None:
        self._name, self._day, self._began = name, 0, time.perf_counter()

    def begins(self, standing: Left) -> None:
        """Nothing stands."""

    def event(self, at: Instant, event: Event) -> None:
        """Nothing to say."""

    def compiled(self, moment: Moment) -> None:
        """Counts days."""
        day = moment.at // DAY
        if day != self._day:
            self._day = day
            took = time.perf_counter() - self._began
            waiting = sum(isinstance(one.decision, Reserve | Refuse) for one in moment.plan.runs)
            at = f"{format_instant(moment.at)}: {waiting:,} runs wait, {took:,.0f} s"
            print(f"{self._name}: {at}", file=sys.stderr, flush=True)


def kept(name: str, study: Study, folder: Path | None) -> tuple[Outcome, float]:
    """What ``replay`` says, from the folder if it is there."""
    if folder is None:
        return replay(name, study)
    told = "-".join(str(value).replace("/", "_") for value in astuple(study)[1:])
    path = folder / f"{name}-{told}.pickle"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(replay(name, study)))
    found: tuple[Outcome, float] = pickle.loads(path.read_bytes())
    return found


def replay(name: str, study: Study) -> tuple[Outcome, float]:
    """What comes of the study under one policy, and the seconds that it took."""
    scenario = scenario_of(read_jobs(study.csv), study)
    began = time.perf_counter()
    means = Means(
        solver=Cbc(),
        executor=InOrder(),
        progress=Silent(),
        watcher=Watchers(Teller(name), Invariants(paid=POLICIES[name].honours_budgets)),
    )
    found = simulate(scenario, name, POLICIES[name], means)
    took = time.perf_counter() - began
    print(f"{name}: {found.cycles} compiles in {took:,.0f} s", file=sys.stderr, flush=True)
    return found, took


def main(arguments: Sequence[str] | None = None) -> int:
    """One policy after the other, as many at once as there are workers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path)
    parser.add_argument("--first", type=dt.date.fromisoformat, default=dt.date(2017, 10, 3))
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--gpus", type=int, default=2490, help="GPUs of the fleet")
    parser.add_argument("--share", type=Fraction, default=Fraction(2), help="concurrency, of a team's average use")
    parser.add_argument("--hours", type=int, default=540, help="GPU-hours of a team, in hours of full use")
    parser.add_argument("--least", type=Fraction, default=Fraction(24), help="GPU-hours of the smallest job")
    parser.add_argument("--every", type=int, default=28_800, help="seconds between compiles")
    parser.add_argument("--effort", default="quick")
    parser.add_argument("--policies", default=",".join(POLICIES))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder of outcomes that are not made again")
    options = vars(parser.parse_args(arguments))
    names, workers, keep = options.pop("policies").split(","), options.pop("workers"), options.pop("keep")
    study = Study(**options)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(kept, names, repeat(study), repeat(keep)))
    print(tables(study, scenario_of(read_jobs(study.csv), study), found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
