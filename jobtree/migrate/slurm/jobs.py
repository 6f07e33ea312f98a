"""A job as it was asked for, whether the queue or a batch script says so."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from jobtree.base.diagnostic import Location
from jobtree.base.instant import Instant
from jobtree.migrate.slurm.site import Log
from jobtree.migrate.slurm.tres import GpuCount


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """GPUs of a job: at most one of the four counts is given; 0 nodes or tasks are unknown."""

    per_job: GpuCount = GpuCount()
    per_node: GpuCount = GpuCount()
    per_task: GpuCount = GpuCount()
    nodes: int = 0
    tasks: int = 0

    def counts(self) -> tuple[GpuCount, int]:
        """What is asked for, and how many times: GPUs of a node and nodes, of a task and tasks, or of the job, once."""
        if self.per_job.says_something:
            return self.per_job, 1
        if self.per_node.says_something:
            return self.per_node, max(1, self.nodes)
        return self.per_task, max(1, self.tasks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """``ident`` is the job's id, or '' for a script; ``tasks`` are the indices of an array, None if it is none.

    ``at_once`` bounds the tasks of an array that run together. ``after`` are ids of jobs, ``seconds`` None without a
    limit of its own.
    """

    location: Location
    ident: str
    name: str
    user: str
    account: str
    partitions: tuple[str, ...]
    shape: Shape
    seconds: int | None = None
    tasks: tuple[int, ...] | None = None
    at_once: int | None = None
    after: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    one_switch: bool = False
    submitted: Instant | None = None
    deadline: Instant | None = None
    running: bool = False

    @property
    def title(self) -> str:
        """``job 12 (train)``, or ``train.sbatch (train)``."""
        return f"job {self.ident} ({self.name})" if self.ident else f"{self.location.path.split('/')[-1]} ({self.name})"


def parse_tasks(text: str, *, most: int) -> tuple[tuple[int, ...], int | None]:
    """Indices of ``0-15:4,20%4`` and the 4 that run at once. Raises ValueError."""
    ranges, percent, limit = text.partition("%")
    if percent and not (limit.isdecimal() and int(limit[:9]) > 0 and len(limit) < 10):
        raise ValueError(f"{text[:80]!r} does not say how many run at once")
    found: set[int] = set()
    for item in ranges.split(","):
        bounds, _, step = item.partition(":")
        first, _, last = bounds.partition("-")
        numbers = [first, last or first, step or "1"]
        if not all(number.isdecimal() and len(number) < 10 for number in numbers) or int(numbers[2]) == 0:
            raise ValueError(f"{item[:80]!r} is no range of tasks")
        tasks = range(int(numbers[0]), int(numbers[1]) + 1, int(numbers[2]))
        if len(tasks) == 0 or len(found) + len(tasks) > most:
            raise ValueError(f"{item[:80]!r} is no range of at most {most:,} tasks")
        found.update(tasks)
    return tuple(sorted(found)), int(limit) if limit else None


def note_any(title: str, dependency: str, log: Log) -> None:
    """Of dependencies that ``?`` divides, one is enough in Slurm."""
    if "?" in dependency:
        log.changed(f"{title}: dependency", "after", "Any of them was enough; here all must be over.")


def parse_after(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of jobs that must be over first, and what else a ``--dependency`` says that cannot be kept."""
    ids: list[str] = []
    rest: list[str] = []
    for item in text.replace("?", ",").split(","):
        kind, _, jobs = item.partition("(")[0].partition(":")
        if kind in ("afterok", "afterany", "aftercorr") and jobs:
            ids.extend(job.partition("_")[0].partition("+")[0] for job in jobs.split(":") if job)
        elif item.strip():
            rest.append(item.partition("(")[0])
    return tuple(dict.fromkeys(ids)), tuple(rest)


def parse_time(text: str, utc_offset: int) -> Instant | None:
    """``2026-03-02T09:00:00`` of a clock so many seconds after UTC, or seconds since 1970; None for anything else."""
    if text.isdecimal() and len(text) < 12:
        return Instant(int(text))
    try:
        local = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return Instant(int(local.timestamp()) - utc_offset)


def within(parse: Callable[[str], GpuCount], text: str, most: int) -> GpuCount:
    """A count of GPUs of at most ``most``. Raises ValueError."""
    found = parse(text)
    if any(count > most for count in (found.total or 0, *found.typed.values())):
        raise ValueError(f"{text[:80]!r} is more than {most:,} GPUs")
    return found
