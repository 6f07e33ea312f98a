"""Jobs to Runs, arrays to JobTrees: which owner, which flavor, how many GPUs, how long, after whom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobtree.base.instant import format_instant
from jobtree.base.quantity import LONGEST, format_duration
from jobtree.migrate.slurm.demand import Demand, Refusal, Site, demand
from jobtree.migrate.slurm.jobs import Job
from jobtree.migrate.slurm.names import dns_label
from jobtree.migrate.slurm.queue import number_of
from jobtree.migrate.slurm.site import Log, Settings
from jobtree.migrate.wire import document

LONGEST_NAME, WIDEST_TREE, MOST_AFTER = 40, 256, 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A job with its place in the repository; ``runs`` are the names under which others may wait for it."""

    job: Job
    demand: Demand
    name: str
    runs: tuple[str, ...]
    is_tree: bool


def run_documents(
    jobs: Sequence[Job], site: Site, settings: Settings, log: Log
) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """``runs/<namespace>/<name>.yaml`` for each job; ``jobs`` come in a fixed order, those of the queue first."""
    planned = _planned(jobs, site, log)
    by_number: dict[tuple[str, int], list[Planned]] = {}
    for one in planned:
        if one.job.ident:
            by_number.setdefault((one.demand.holder.namespace, number_of(one.job.ident)), []).append(one)
    files: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for one in planned:
        waits = {"after": _after(one, by_number, log), "with": _partners(one, by_number)}
        path = f"runs/{one.demand.holder.namespace}/{one.name}.yaml"
        files[path] = tuple(_documents(one, {key: names for key, names in waits.items() if names}, settings))
        _note(one, log)
    return files


def _planned(jobs: Sequence[Job], site: Site, log: Log) -> list[Planned]:
    planned: list[Planned] = []
    taken: dict[str, set[str]] = {}
    queued = {(job.account, dns_label(job.name, longest=LONGEST_NAME)): job for job in reversed(jobs) if job.ident}
    for job in jobs:
        wanted = dns_label(job.name, longest=LONGEST_NAME)
        if not job.ident and (job.account, wanted) in queued:
            text = "Its job is in the queue already, and came from there."
            log.mapped(job.title, queued[job.account, wanted].title, text)
            continue
        found = demand(job, site, log)
        if isinstance(found, Refusal):
            log.dropped(job.title, found.why)
            continue
        used = taken.setdefault(found.holder.namespace, set())
        name, is_tree = wanted, job.tasks is not None and not job.after
        for suffix in _suffixes(job):
            name = f"{wanted}{suffix}"
            runs = _run_names(name, job, is_tree=is_tree)
            if used.isdisjoint((name, *runs)):
                break
        used.update((name, *runs))
        planned.append(Planned(job=job, demand=found, name=name, runs=runs, is_tree=is_tree))
    return planned


def _suffixes(job: Job) -> Iterable[str]:
    """Nothing, or the number of an array's task; the job's id; then numbers."""
    task = job.ident.partition("_")[2]
    if task:
        yield f"-{dns_label(task, longest=12)}"
    ident = f"-{dns_label(job.ident, longest=12)}" if job.ident else ""
    yield ""
    if ident:
        yield ident
    number = 2
    while True:
        yield f"{ident}-{number}"
        number += 1


def _run_names(name: str, job: Job, *, is_tree: bool) -> tuple[str, ...]:
    if job.tasks is None:
        return (name,)
    if is_tree and len(job.tasks) > WIDEST_TREE:
        return tuple(f"{name}-t{index // WIDEST_TREE}-{task}" for index, task in enumerate(job.tasks))
    return tuple(f"{name}-{task}" for task in job.tasks)


def _after(one: Planned, by_number: Mapping[tuple[str, int], list[Planned]], log: Log) -> list[str]:
    """Runs of the same namespace that were submitted before: so there are no cycles, as in Slurm."""
    found: list[str] = []
    own = number_of(one.job.ident) if one.job.ident else None
    for ident in one.job.after:
        number = number_of(ident)
        others = by_number.get((one.demand.holder.namespace, number), [])
        names = [name for other in others for name in other.runs]
        earlier = own is None or number < own
        if not names or not earlier or len(found) + len(names) > MOST_AFTER:
            text = (
                f"A run names at most {MOST_AFTER} others, of its own namespace, that were asked for before. This one "
                "waits for nobody: start it by hand, by adding its file."
            )
            log.dropped(f"{one.job.title}: after job {ident}", text)
            continue
        found.extend(name for name in names if name not in found)
    return found


def _partners(one: Planned, by_number: Mapping[tuple[str, int], list[Planned]]) -> list[str]:
    """The first component of a heterogeneous job (``12+0``), which the others start with."""
    if "+" not in one.job.ident:
        return []
    components = by_number[one.demand.holder.namespace, number_of(one.job.ident)]
    first = next(other for other in components if "+" in other.job.ident)
    return [] if first is one else list(first.runs)


def _documents(one: Planned, waits: Mapping[str, Sequence[str]], settings: Settings) -> list[Mapping[str, Any]]:
    spec, owner = _spec(one), one.demand.holder.owner
    asked = one.job.submitted if one.job.submitted is not None else settings.now
    metadata = {"namespace": one.demand.holder.namespace, "creationTimestamp": format_instant(min(asked, settings.now))}
    if one.is_tree:
        tree = {"owner": owner, **_tree(one, spec)}
        return [document("JobTree", {"name": one.name, **metadata}, tree)]
    return [document("Run", {"name": name, **metadata}, {"owner": owner, **spec, **waits}) for name in one.runs]


def _spec(one: Planned) -> dict[str, Any]:
    found, job = one.demand, one.job
    resources: dict[str, Any] = {"gpuType": found.flavor, "totalGPUs": found.gpus}
    if found.per_pod:
        resources["gpusPerPod"] = found.per_pod
    spec: dict[str, Any] = {"resources": resources}
    locality: dict[str, Any] = {}
    if job.one_switch:
        locality["allowCrossGroupSpread"] = False
    if found.selector:
        locality["selector"] = dict(found.selector)
    if locality:
        spec["locality"] = locality
    runtime = {}
    if found.seconds is not None and found.seconds <= LONGEST:
        runtime["duration"] = format_duration(found.seconds)
    if job.deadline is not None:
        runtime["deadline"] = format_instant(job.deadline)
    if runtime:
        spec["runtime"] = runtime
    return spec


def _tree(one: Planned, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The tasks, and how many GPUs they have at once. A level holds so many runs, so long arrays have subtrees."""
    job = one.job
    assert job.tasks is not None
    tree: dict[str, Any] = {}
    if job.at_once is not None and job.at_once < len(job.tasks):
        tree["quota"] = {"maxGPUs": job.at_once * one.demand.gpus}
    runs = [{"name": str(task), "spec": spec} for task in job.tasks]
    if len(runs) <= WIDEST_TREE:
        return {**tree, "runs": runs}
    starts = range(0, len(runs), WIDEST_TREE)
    trees = [{"name": f"t{start // WIDEST_TREE}", "runs": runs[start : start + WIDEST_TREE]} for start in starts]
    return {**tree, "trees": trees}


def _note(one: Planned, log: Log) -> None:
    job, found = one.job, one.demand
    where = f"{'JobTree' if one.is_tree else 'Run'} {found.holder.namespace}/{one.name}"
    length = format_duration(found.seconds) if found.seconds is not None else "no limit"
    text = f"{found.arithmetic}, {length}."
    if job.tasks is not None:
        text = f"{len(job.tasks)} tasks, each {text}"
    if one.is_tree and job.at_once is not None:
        text += f" %{job.at_once} is quota.maxGPUs: {job.at_once} x {found.gpus} = {job.at_once * found.gpus}."
    elif job.at_once is not None:
        log.dropped(
            f"{job.title}: %{job.at_once}", "Tasks that wait for other jobs are runs of their own, without quota."
        )
    log.mapped(job.title, where, text)
    if job.one_switch:
        text = "The whole run is in one domain, and waits for it as long as it takes."
        log.changed(f"{job.title}: --switches=1", "locality.allowCrossGroupSpread: false", text)
    if job.running:
        text = "It runs in Slurm now. As a Run it starts anew: let it end there and delete the file, or let it resume."
        log.changed(f"{job.title} is running", where, text)
    if found.seconds is None:
        text = "Without a limit the plan takes planning.accountingPeriod (24h): set runtime.duration."
        log.changed(f"{job.title}: no time limit", where, text)
