"""How fast CBC and HiGHS solve what the planner asks them, and whether they agree.

    python bench/solvers.py [--effort normal] [--seeds 6]

Fleets are small ones of ``week.py``, 8 to 20 runs on 256 or 512 GPUs; the models are those that their compiles with CBC
ask for. Prints a line for each class of sizes, and what only one solver could do within the limit of nodes.
"""

import argparse
import json
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from week import NOW, Week

from jobtree.adapters.cbc import Cbc
from jobtree.adapters.highs import Highs
from jobtree.base.instant import parse_instant
from jobtree.base.progress import Silent
from jobtree.load.source import Source
from jobtree.milp.problem import Problem
from jobtree.milp.solution import Optimal, Outcome
from jobtree.milp.solver import Limits, Solver
from jobtree.pipeline import CompileRequest, compile_fleet

RUNS = (8, 10, 12, 14, 16, 20)
CLASSES = (100, 300, 800, 4_000)


@dataclass(frozen=True)
class Recorder:
    """CBC, with a note of each problem."""

    asked: list[tuple[Problem[Any], Limits]] = field(default_factory=list)
    name: str = "cbc"
    version: str = Cbc().version

    def solve(self, problem: Problem[Any], limits: Limits) -> Outcome:
        """CBC's answer."""
        self.asked.append((problem, limits))
        return Cbc().solve(problem, limits)


def problems(effort: str, seeds: int) -> Iterator[tuple[Problem[Any], Limits]]:
    """What the planner asks a solver for these fleets."""
    for gpus in (256, 512):
        for runs in RUNS:
            for seed in range(1, seeds + 1):
                recorder = Recorder()
                documents = list(Week(runs=runs, gpus=gpus, envelopes=4, days=3, seed=seed).documents())
                documents[0]["spec"]["solver"] = {"effort": effort}
                text = "---\n".join(json.dumps(one) + "\n" for one in documents)
                request = CompileRequest(sources=[Source("fleet.yaml", text.encode())], as_of=parse_instant(NOW))
                compile_fleet(request, recorder, Silent())
                yield from recorder.asked


def timed(solver: Solver, problem: Problem[Any], limits: Limits) -> tuple[Outcome, float]:
    """An outcome and what it cost, in seconds of a processor, so that a busy machine does not count."""
    begun = _used()
    return solver.solve(problem, limits), _used() - begun


def _used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def main() -> None:
    """Solves everything with both and compares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--effort", default="normal", choices=["quick", "normal", "thorough"])
    parser.add_argument("--seeds", type=int, default=6)
    options = parser.parse_args()
    asked = list(problems(options.effort, options.seeds))
    solvers = (Cbc(), Highs())
    print(f"{len(asked)} models, {', '.join(f'{solver.name} {solver.version}' for solver in solvers)}")
    least = 0
    for most in CLASSES:
        mine = [(one, limits) for one, limits in asked if least < len(one.columns) <= most]
        least = most
        if not mine:
            continue
        answers = [[timed(solver, problem, limits) for solver in solvers] for problem, limits in mine]
        print(f"up to {most} columns: {len(mine)} models")
        for number, solver in enumerate(solvers):
            seconds = [both[number][1] for both in answers]
            solved = sum(isinstance(both[number][0], Optimal) for both in answers)
            print(f"  {solver.name:6} {solved} solved, median {median(seconds):.2f} s, longest {max(seconds):.2f} s")
        for (one, _), (other, _) in answers:
            if isinstance(one, Optimal) and isinstance(other, Optimal) and one.objective != other.objective:
                raise SystemExit(f"they disagree: {one.objective} and {other.objective}")


if __name__ == "__main__":
    main()
