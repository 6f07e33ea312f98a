"""How good a plan is: a row of numbers for each, in one table."""

import math
from collections.abc import Iterator, Sequence

from planners import Planned
from traces import Job

HOUR = 3_600
HEADS = ("plan", "makespan", "mean start", "by area", "p95 start", "with a start", "plan time")


def table(jobs: Sequence[Job], plans: Sequence[Planned]) -> Iterator[str]:
    """Lines of Markdown."""
    yield _line(HEADS)
    yield _line(["---"] * len(HEADS))
    yield from (_line(row(jobs, plan)) for plan in plans)


def row(jobs: Sequence[Job], plan: Planned) -> tuple[str, ...]:
    """All means are over the jobs that have a start; hours from now, when all jobs were waiting."""
    known = [(job, plan.starts[job.name]) for job in jobs if job.name in plan.starts]
    waits = sorted(start for _, start in known)
    hours = (
        max(start + job.seconds for job, start in known),
        sum(waits) / len(waits),
        sum(job.area * start for job, start in known) / sum(job.area for job, _ in known),
        waits[math.ceil(0.95 * len(waits)) - 1],
    )
    share = f"{1_000 * len(known) // len(jobs) / 10:.1f} %"  # rounded down: 100.0 % is all of them
    return (plan.tool, *(f"{value / HOUR:.1f} h" for value in hours), share, f"{plan.seconds:.1f} s")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
