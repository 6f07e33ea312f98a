"""Three plans for one trace: Slurm's, jobtree's, and that of exact conservative backfill."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version as version_of

from controller import Client, controller
from gangs import GPUS, backfill, compiled, placed
from output import SQUEUE, Backfilling, backfilling, starts, version
from traces import MINUTE, Job, Trace

LONGEST_WINDOW = 43_200
"""Minutes: more than 30 days are refused by Slurm 22.05."""
SCHEDULER = "bf_window={window},bf_resolution=60,bf_max_job_test=10000,bf_max_time=3600,bf_continue,bf_interval=30"
LONGEST_CYCLE = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How Slurm is given a trace.

    With ``pace`` 2 its clock is told half of every runtime, and what it answers counts twice: so its window of at most
    30 days holds 60 days of the trace. With ``split`` each GPU is a node of its own, and a pod may be scattered: Slurm
    plans whole nodes, so that on nodes of 8 no two waiting jobs of one GPU would be planned beside each other.
    """

    pace: int = 1
    split: bool = False

    def scheduler(self, trace: Trace) -> str:
        """SchedulerParameters: the horizon as far as Slurm looks, and every job tried in one cycle."""
        return SCHEDULER.format(window=min(trace.days * 24 * 60 // self.pace, LONGEST_WINDOW))

    def nodes(self, trace: Trace) -> tuple[int, int]:
        """Nodes, and GPUs of each."""
        return (trace.nodes * GPUS, 1) if self.split else (trace.nodes, GPUS)

    def told(self) -> str:
        """What is not as in the trace."""
        return (f", clock / {self.pace}" if self.pace > 1 else "") + (", a node for each GPU" if self.split else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """``starts`` in seconds from now, of jobs that have one; ``seconds`` is what the planning took."""

    tool: str
    starts: Mapping[str, int]
    seconds: float


def by_jobtree(trace: Trace, workers: int) -> tuple[Planned, Planned]:
    """The plan of a whole compile, and conservative backfill under the same rules."""
    plan, catalog, seconds = compiled(trace.documents, workers)
    ours = Planned(tool=f"jobtree {version_of('jobtree')}", starts=placed(plan), seconds=seconds)
    began = time.perf_counter()
    exact = backfill(catalog)
    return ours, Planned(tool="conservative backfill", starts=exact, seconds=time.perf_counter() - began)


def by_slurm(trace: Trace, setting: Setting) -> Planned:
    """The starts Slurm expects after its first backfill cycle over all jobs.

    They are read at once: the next cycle, ``bf_interval`` later, begins by forgetting them.
    """
    nodes, cpus = setting.nodes(trace)
    with controller(nodes, cpus, setting.scheduler(trace)) as client:
        tool = f"Slurm {version(client('slurmctld', '-V'))}{setting.told()}"
        for job in trace.jobs:
            client(*submission(job, setting))
        before = backfilling(client("sdiag")).cycles
        client("scontrol", "update", "partitionname=all", "state=UP")
        cycle = _first_cycle(client, before)
        expected = starts(client(*SQUEUE), cycle.began)
        after = backfilling(client("sdiag"))
    if (after.cycles, after.running) != (cycle.cycles, False):
        raise SystemExit("the next cycle began while the starts were read")
    return Planned(
        tool=tool, starts={name: start * setting.pace for name, start in expected.items()}, seconds=cycle.seconds
    )


def submission(job: Job, setting: Setting) -> tuple[str, ...]:
    """A task for each pod, or each GPU. Runtimes must be whole minutes of Slurm's clock, its unit for time limits."""
    minutes, rest = divmod(job.seconds, MINUTE * setting.pace)
    if rest:
        raise SystemExit(f"{job.name} takes {job.seconds} s: no whole minutes at pace {setting.pace}")
    tasks, cpus = (job.pods * job.gpus, 1) if setting.split else (job.pods, job.gpus)
    shape = (f"--ntasks={tasks}", f"--cpus-per-task={cpus}", f"--time={minutes}")
    return ("sbatch", "--parsable", f"--job-name={job.name}", *shape, "--output=/dev/null", "--wrap=exit")


def _first_cycle(client: Client, before: int) -> Backfilling:
    """Waits for a cycle that tried jobs and is complete."""
    deadline = time.monotonic() + LONGEST_CYCLE
    while time.monotonic() < deadline:
        now = backfilling(client("sdiag"))
        if now.cycles > before and now.depth and not now.running:
            return now
        time.sleep(1)
    raise SystemExit("no backfill cycle was completed")
