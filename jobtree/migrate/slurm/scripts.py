"""Batch scripts to jobs: what their headers ask for, and what of it has no counterpart."""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import TypeVar

from jobtree.base.diagnostic import Location
from jobtree.migrate.slurm.jobs import Job, Shape, note_any, parse_after, parse_tasks, parse_time, within
from jobtree.migrate.slurm.options import Option, read_options
from jobtree.migrate.slurm.queue import MOST_GPUS, MOST_TASKS
from jobtree.migrate.slurm.site import Log, listed
from jobtree.migrate.slurm.tres import parse_clock, parse_gpus, parse_gres

_T = TypeVar("_T")
_KEPT = frozenset(
    [
        "account", "array", "constraint", "deadline", "dependency", "gpus", "gpus-per-node", "gpus-per-socket",
        "gpus-per-task", "gres", "job-name", "nodes", "ntasks", "ntasks-per-node", "partition", "requeue",
        "sockets-per-node", "switches", "time",
    ]
)  # fmt: skip
_POD = frozenset(
    [
        "chdir", "core-spec", "cpus-per-gpu", "cpus-per-task", "distribution", "error", "export", "export-file",
        "gpu-bind", "hint", "input", "mail-type", "mail-user", "mem", "mem-bind", "mem-per-cpu", "mem-per-gpu",
        "open-mode", "output", "tmp", "uid", "get-user-env", "no-kill", "comment", "wckey",
    ]
)  # fmt: skip
_TOLD = {
    "no-requeue": "There is no such promise: a run that is cut is planned again, from its start. Make it resume.",
    "signal": "The notice before the end is not the interval between checkpoints: set runtime.checkpoint to that, "
    "and the run is safe from cuts for as long after its start.",
    "qos": "There are no classes of jobs: the owner's budget says what it may have.",
    "hetjob": "Only the first component was read: write the others as runs that name it in `with`.",
    "exclusive": "GPUs are counted, not nodes: ask for all GPUs of a node where it must be alone.",
    "time-min": "A run is not shortened to fit; `malleable` makes it narrower instead.",
    "begin": "There is no earliest start for a run: an envelope's window has one.",
    "hold": "There is no hold: a run is in the repository when it may start.",
    "nodelist": "Runs name labels and not nodes: use locality.selector.",
    "exclude": "Runs name labels and not nodes: use locality.selector.",
    "reservation": "A reservation of nodes for some accounts is an envelope with a window and a selector here.",
    "nice": "There is no priority.",
    "priority": "There is no priority.",
}


def read_script(path: str, text: str, utc_offset: int, log: Log) -> Job | None:
    """The job of a script; None where it asks for no GPUs or is not understood. Codes: JT742, JT743."""
    options, findings = read_options(path, text)
    log.findings.extend(findings)
    try:
        job = _job(path, options, utc_offset, log)
    except _NotUnderstoodError as fault:
        log.wrong(fault.option.location, f"--{fault.option.name}: {fault}")
        return None
    if not job.shape.counts()[0].says_something:
        log.dropped(job.title, "It asks for no GPUs that can be counted.")
        return None
    _tell(job, options, log)
    return job


class _NotUnderstoodError(ValueError):
    def __init__(self, option: Option, why: str) -> None:
        super().__init__(why)
        self.option = option


def _job(path: str, options: Mapping[str, Option], utc_offset: int, log: Log) -> Job:
    def text(name: str) -> str:
        return options[name].value if name in options else ""

    nothing: tuple[tuple[int, ...] | None, int | None] = (None, None)
    tasks, at_once = _read(options, "array", _array, nothing)
    name = text("job-name") or PurePosixPath(path).stem or "script"
    job = Job(
        location=Location(path),
        ident="",
        name=name,
        user="",
        account=text("account"),
        partitions=tuple(filter(None, text("partition").split(","))),
        shape=_shape(options),
        seconds=_read(options, "time", parse_clock, None),
        tasks=tasks,
        at_once=at_once,
        after=parse_after(text("dependency"))[0],
        features=tuple(filter(None, text("constraint").split("&"))),
        one_switch=text("switches").partition("@")[0] == "1",
        deadline=parse_time(text("deadline"), utc_offset),
    )
    note_any(job.title, text("dependency"), log)
    lost = [*parse_after(text("dependency"))[1], *(["deadline"] if text("deadline") and not job.deadline else [])]
    if lost:
        log.dropped(f"{job.title}: {listed(lost)}", "Only afterok and afterany, and absolute times, can be kept.")
    return job


def _read(options: Mapping[str, Option], name: str, parse: Callable[[str], _T], otherwise: _T) -> _T:
    """The value of an option, parsed."""
    if name not in options:
        return otherwise
    try:
        return parse(options[name].value)
    except ValueError as fault:
        raise _NotUnderstoodError(options[name], str(fault)) from None


def _array(text: str) -> tuple[tuple[int, ...] | None, int | None]:
    return parse_tasks(text, most=MOST_TASKS)


def _whole(text: str) -> int:
    """``4``, or the lower bound of ``4-8``."""
    first = text.partition("-")[0]
    if not (first.isdecimal() and len(first) < 7 and int(first) > 0):
        raise ValueError(f"{text[:80]!r} is not a number")
    return int(first)


def _shape(options: Mapping[str, Option]) -> Shape:
    tasks, on_node = _read(options, "ntasks", _whole, 0), _read(options, "ntasks-per-node", _whole, 0)
    nodes = _read(options, "nodes", _whole, 0) or (-(-tasks // on_node) if on_node else 0)
    gres = _read(options, "gres", lambda text: within(parse_gres, text, MOST_GPUS), None)
    counts = {
        name: _read(options, name, lambda text: within(parse_gpus, text, MOST_GPUS), None)
        for name in ("gpus", "gpus-per-node", "gpus-per-socket", "gpus-per-task")
    }
    on_socket, sockets = counts["gpus-per-socket"], _read(options, "sockets-per-node", _whole, 0)
    if on_socket is not None and sockets:  # Slurm takes neither without the other
        counts["gpus-per-node"] = on_socket.times(sockets)
    found = {
        "per_job": counts["gpus"],
        "per_node": gres if gres is not None and gres.says_something else counts["gpus-per-node"],
        "per_task": counts["gpus-per-task"],
    }
    given = {name: count for name, count in found.items() if count is not None}
    on_node = on_node or ("per_task" in given)  # Slurm starts one task on each node if nobody says how many
    return Shape(nodes=nodes, tasks=tasks or nodes * on_node, **given)


def _tell(job: Job, options: Mapping[str, Option], log: Log) -> None:
    if "requeue" in options:
        text = "Nothing to ask for: every run that is cut, or loses a node, is planned again."
        log.mapped(f"{job.title}: --requeue", "Run", text)
    for name in sorted(options.keys() & _TOLD.keys()):
        value = f"={options[name].value}" if options[name].value else ""
        log.dropped(f"{job.title}: --{name}{value}", _TOLD[name])
    pod = sorted(options.keys() & _POD)
    if pod:
        what = listed([f"--{name}" for name in pod], most=12)
        log.dropped(f"{job.title}: {what}", "It belongs in spec.template, the pod.")
    other = sorted(options.keys() - _KEPT - _POD - _TOLD.keys())
    if other:
        what = listed([f"--{name}" for name in other], most=12)
        log.dropped(f"{job.title}: {what}", "It has no counterpart.")
