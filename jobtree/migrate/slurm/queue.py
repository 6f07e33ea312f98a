"""``squeue`` to jobs: those that wait and those that run. Their limits, not their use, are what a Run asks for."""

from collections.abc import Sequence

from jobtree.base.words import count
from jobtree.migrate.slurm.jobs import Job, Shape, note_any, parse_after, parse_tasks, parse_time, within
from jobtree.migrate.slurm.records import Record
from jobtree.migrate.slurm.site import Log, listed
from jobtree.migrate.slurm.tres import GpuCount, parse_clock, parse_gres, parse_tres

MOST_TASKS = 10_000
MOST_GPUS = 100_000
NEEDED = ("JOBID", "NAME", "ACCOUNT", "PARTITION", "STATE", "TIME_LIMIT", "NODES")
_WAITING = frozenset(["PENDING", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT", "RESV_DEL_HOLD"])
_RUNNING = frozenset(["RUNNING", "CONFIGURING", "SUSPENDED", "RESIZING", "SIGNALING", "STOPPED", "STAGE_OUT"])
_HELD = frozenset(["JobHeldUser", "JobHeldAdmin"])


def read_queue(rows: Sequence[Record], utc_offset: int, log: Log) -> list[Job]:
    """Jobs that ask for GPUs, in the order of their ids. Code: JT743 (a value that Slurm would not print)."""
    jobs: list[Job] = []
    held: list[str] = []
    over = without = 0
    for record in rows:
        state, reason = record.get("STATE"), record.get("REASON")
        if state not in _WAITING | _RUNNING:
            over += 1
        elif state in _WAITING and (reason in _HELD or state == "REQUEUE_HOLD"):
            held.append(f"{record.get('JOBID')} ({record.get('NAME')})")
        else:
            job = _job(record, utc_offset, log)
            if job is not None and any(shape.says_something for shape in job.shape.counts()[:1]):
                jobs.append(job)
            else:
                without += job is not None
    if held:
        log.dropped(f"held jobs {listed(held)}", "jobtree has no hold: a run is in the repository when it may start.")
    if over:
        log.dropped(count(over, "ending job"), "They are over.")
    if without:
        log.dropped(
            f"{count(without, 'job')} without GPUs", "jobtree plans GPUs; they stay with whatever schedules CPUs."
        )
    return sorted(jobs, key=lambda job: (number_of(job.ident), job.ident, job.location))


def number_of(ident: str) -> int:
    """The number that Slurm gave to a job, or to the whole array of a task."""
    digits = ident.partition("_")[0].partition("+")[0]
    return int(digits) if digits.isdecimal() and len(digits) < 12 else 0


def _job(record: Record, utc_offset: int, log: Log) -> Job | None:
    ident = record.get("JOBID")
    try:
        tasks, at_once = _tasks(ident)
        shape, seconds = _shape(record), parse_clock(record.get("TIME_LIMIT"))
    except ValueError as fault:
        log.wrong(record.location, f"job {ident}: {fault}")
        return None
    after, rest = parse_after(record.get("DEPENDENCY"))
    job = Job(
        location=record.location,
        ident=ident.partition("_")[0] if tasks is not None else ident,
        name=record.get("NAME") or ident,
        user=record.get("USER"),
        account=record.get("ACCOUNT"),
        partitions=tuple(filter(None, record.get("PARTITION").split(","))),
        shape=shape,
        seconds=seconds,
        tasks=tasks,
        at_once=at_once,
        after=after,
        features=tuple(filter(None, record.get("FEATURES").split("&"))),
        one_switch=record.get("REQ_SWITCH") == "1",
        submitted=parse_time(record.get("SUBMIT_TIME"), utc_offset),
        deadline=parse_time(record.get("DEADLINE"), utc_offset),
        running=record.get("STATE") in _RUNNING,
    )
    note_any(job.title, record.get("DEPENDENCY"), log)
    if rest:
        text = "Only runs that must be over first (afterok, afterany) can be named."
        log.dropped(f"{job.title}: dependency {listed(rest)}", text)
    if record.get("REQUEUE") == "0":
        text = "Every run that is cut is planned again, from its start: make it resume, or give it no reason to be cut."
        log.changed(f"{job.title}: --no-requeue", "Run", text)
    return job


def _tasks(ident: str) -> tuple[tuple[int, ...] | None, int | None]:
    """``8_[0-11%4]`` is an array; ``8_3`` is one task, that already left it and is a job like any other."""
    _, _, task = ident.partition("_")
    if not task.startswith("["):
        return None, None
    if "..." in task:
        raise ValueError(f"squeue cut its tasks short ({task[:80]}): record it with SLURM_BITSTR_LEN=0")
    return parse_tasks(task.strip("[]"), most=MOST_TASKS)


def _shape(record: Record) -> Shape:
    """What was asked for, if squeue tells; else the GPUs that are counted for it."""
    nodes, tasks = _whole(record.get("NODES")), _whole(record.get("TASKS", "CPUS"))
    per_job, per_node, per_task = (
        within(parse_gres, record.get(column), MOST_GPUS)
        for column in ("TRES_PER_JOB", "TRES_PER_NODE", "TRES_PER_TASK")
    )
    if not any(asked.says_something for asked in (per_job, per_node, per_task)):
        counted = within(parse_tres, record.get("TRES_ALLOC"), MOST_GPUS)
        per_job = GpuCount(typed=counted.typed) if counted.typed else counted
    return Shape(per_job=per_job, per_node=per_node, per_task=per_task, nodes=nodes, tasks=tasks)


def _whole(text: str) -> int:
    """``4``, or the lower bound of ``4-8``."""
    first = text.partition("-")[0]
    if not first:
        return 0
    if not first.isdecimal() or int(first[:9]) > MOST_GPUS or len(first) > 9:
        raise ValueError(f"{text[:80]!r} is not a number of nodes or tasks")
    return int(first)
