"""What one job asks of the fleet: its owner, flavor, GPUs, pods, nodes and time; or why it cannot be a Run."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobtree.base import words
from jobtree.migrate.slurm.accounts import Holder, Key
from jobtree.migrate.slurm.inventory import Inventory, Machine, feature_labels, partition_labels
from jobtree.migrate.slurm.jobs import Job
from jobtree.migrate.slurm.partitions import Partition
from jobtree.migrate.slurm.shares import Share
from jobtree.migrate.slurm.site import Log, listed

MOST_GPUS, MOST_LABELS = 1_000_000, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What jobs are held against.

    ``most`` are the GPUs that each owner may have at once by flavor, ``named`` those that a limit of its own names.
    ``kinds`` are machines that stand for all that are alike, with their number; ``features`` and ``shown`` lead to the
    labels of features and of partitions.
    """

    holders: Mapping[Key, Holder]
    most: Mapping[Key, Mapping[str, int]]
    named: Mapping[Key, Mapping[str, int]]
    flavors: Mapping[str, str]
    kinds: tuple[tuple[Machine, int], ...]
    partitions: Mapping[str, Partition]
    features: Mapping[str, str]
    shown: Mapping[str, str]


def site_of(
    holders: Sequence[Holder],
    shares: Sequence[Share],
    inventory: Inventory,
    partitions: Mapping[str, Partition],
    labelled: frozenset[str],
) -> Site:
    """What jobs are held against, put together once."""
    kinds: dict[tuple[object, ...], list[Machine]] = {}
    for machine in inventory.machines.values():
        kind = (machine.flavor, machine.gpus, machine.partitions, machine.features)
        kinds.setdefault(kind, []).append(machine)
    return Site(
        holders={holder.key: holder for holder in holders},
        most={share.holder.key: share.most for share in shares},
        named={share.holder.key: share.at_once for share in shares},
        flavors=inventory.flavors,
        kinds=tuple((machines[0], len(machines)) for machines in kinds.values()),
        partitions=partitions,
        features=feature_labels(inventory),
        shown=partition_labels(labelled),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """``per_pod`` is 0 where nobody asked for GPUs by node; ``arithmetic`` says where the GPUs come from."""

    holder: Holder
    flavor: str
    gpus: int
    per_pod: int
    selector: Mapping[str, str]
    seconds: int | None
    arithmetic: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a job does not become a Run."""

    why: str


def demand(job: Job, site: Site, log: Log) -> Demand | Refusal:
    """Notes what had to be chosen."""
    holder = site.holders.get((job.account, job.user)) or site.holders.get((job.account, ""))
    if holder is None:
        what = f"account {job.account} is no account of the associations" if job.account else "it names no account"
        return Refusal(f"Nobody owns it: {what}.")
    partitions = _partitions(job, site)
    if isinstance(partitions, Refusal):
        return partitions
    seconds = _seconds(job, partitions)
    if isinstance(seconds, Refusal):
        return seconds
    machines = _machines(job, site, partitions)
    chosen = _flavor(job, site, machines, holder)
    if isinstance(chosen, Refusal):
        return chosen
    flavor, count, alternatives = chosen
    unit = max(machine.gpus for machine, _ in machines if machine.flavor == flavor)
    _, times = job.shape.counts()
    gpus, per_node = count * times, job.shape.per_node.says_something
    if per_node and count > unit:
        return Refusal(f"No node has {count} GPUs of {flavor}: the largest has {unit}.")
    if not 0 < gpus <= MOST_GPUS:
        return Refusal(f"{gpus:,} GPUs are no run.")
    if alternatives:
        text = (
            "Slurm takes GPUs of any type, and a Run names one flavor: one that its owner has a limit for, or most of."
        )
        log.changed(f"{job.title}: any type", f"gpuType {flavor} (or {listed(alternatives)})", text)
    return Demand(
        holder=holder,
        flavor=flavor,
        gpus=gpus,
        per_pod=count if per_node else 0,
        selector=_selector(job, site, partitions, log),
        seconds=seconds,
        arithmetic=_arithmetic(job, flavor, count, times),
    )


def _partitions(job: Job, site: Site) -> list[Partition] | Refusal:
    """Those that it was submitted to, else the default one; none where nobody recorded partitions."""
    if not site.partitions:
        return []
    names = job.partitions or tuple(name for name, partition in site.partitions.items() if partition.is_default)
    missing = [name for name in names if name not in site.partitions]
    if missing:
        return Refusal(f"There is no partition {listed(missing)}.")
    return [site.partitions[name] for name in names]


def _seconds(job: Job, partitions: list[Partition]) -> int | Refusal | None:
    """Its limit, else what its partition gives; one that is longer than the partition lets it never starts in Slurm."""
    limits = [partition.most for partition in partitions]
    most = None if not limits or None in limits else max(limit for limit in limits if limit is not None)
    usual = partitions[0].usual if partitions and not job.ident else None  # the queue has it in its limit
    seconds = job.seconds or usual
    if most is not None and seconds is not None and seconds > most:
        return Refusal(
            "Its time limit is longer than its partition lets jobs run: it would never start in Slurm either."
        )
    return seconds if seconds is not None else most


def _machines(job: Job, site: Site, partitions: list[Partition]) -> list[tuple[Machine, int]]:
    names, features = {partition.name for partition in partitions}, _features(job) or ()
    needed = {feature for feature in features if feature in site.features}
    return [
        (machine, count)
        for machine, count in site.kinds
        if (not names or not machine.partitions or names & machine.partitions) and needed <= machine.features
    ]


def _flavor(
    job: Job, site: Site, machines: list[tuple[Machine, int]], holder: Holder
) -> tuple[str, int, list[str]] | Refusal:
    """Flavor, GPUs (of the job, a node or a task), and the other flavors that would have done."""
    counted, _ = job.shape.counts()
    if len(counted.typed) > 1:
        return Refusal("It asks for several types of GPUs, and a Run has one flavor.")
    size: dict[str, int] = {}
    for machine, number in machines:
        size[machine.flavor] = size.get(machine.flavor, 0) + machine.gpus * number
    for kind, count in counted.typed.items():
        flavor = site.flavors.get(kind, "")
        where = " of its partition and features" if job.partitions or job.features else ""
        return (flavor, count, []) if flavor in size else Refusal(f"No node{where} has GPUs of type {kind}.")
    if not size or counted.total is None:
        return Refusal("No node of its partition and features has GPUs.")
    most, named = site.most.get(holder.key, {}), site.named.get(holder.key, {})
    best = sorted(size, key=lambda flavor: (most.get(flavor, 0) == 0, flavor not in named, -size[flavor], flavor))
    return best[0], counted.total, best[1:]


def _arithmetic(job: Job, flavor: str, count: int, times: int) -> str:
    if job.shape.per_job.says_something:
        return f"{count} GPUs of {flavor}"
    unit = "node" if job.shape.per_node.says_something else "task"
    return f"{words.count(times, unit)} x {count} = {count * times} GPUs of {flavor}"


def _features(job: Job) -> tuple[str, ...] | None:
    """Features that must all be there; None for anything else that a constraint may say."""
    return job.features if all(re.fullmatch(r"[^|\[\]()*!,]+", feature) for feature in job.features) else None


def _selector(job: Job, site: Site, partitions: list[Partition], log: Log) -> Mapping[str, str]:
    features = _features(job)
    chosen = [site.features[feature] for feature in features or () if feature in site.features]
    lost = [feature for feature in job.features if features is None or feature not in site.features]
    if lost:
        text = "Only features that must all be there, and that a node with GPUs has, become a selector."
        log.dropped(f"{job.title}: --constraint={'&'.join(lost)}", text)
    names = [partition.name for partition in partitions]
    if len(names) == 1 and names[0] in site.shown:
        chosen.append(site.shown[names[0]])
    elif len(names) > 1 and not site.shown.keys().isdisjoint(names):
        text = "A run may go wherever its flavor is: a selector cannot name one of several partitions."
        log.changed(f"{job.title}: --partition={','.join(names)}", "no selector", text)
    return dict.fromkeys(sorted(chosen)[:MOST_LABELS], "true")
