"""Partitions: their nodes to labels, their longest limit to a house rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobtree.base.quantity import LONGEST, format_duration
from jobtree.migrate.slurm.inventory import Inventory
from jobtree.migrate.slurm.records import Record
from jobtree.migrate.slurm.site import Log, listed
from jobtree.migrate.slurm.tres import parse_clock
from jobtree.migrate.wire import document

RULE = "longest-partition-limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """``most`` is MaxTime and ``usual`` what a job without a limit gets, in seconds; None is no limit."""

    name: str
    most: int | None
    usual: int | None
    is_default: bool
    record: Record


def read_partitions(rows: Sequence[Record], log: Log) -> Mapping[str, Partition]:
    """By name. Code: JT743."""
    found: dict[str, Partition] = {}
    for record in rows:
        name = record.get("PartitionName")
        try:
            most, usual = parse_clock(record.get("MaxTime")), parse_clock(record.get("DefaultTime"))
        except ValueError as fault:
            log.wrong(record.location, f"partition {name}: {fault}")
            continue
        if name in found:
            log.wrong(record.location, f"partition {name} is listed twice", help="give each output once")
        found[name] = Partition(
            name=name,
            most=most or None,
            usual=usual or most or None,
            is_default=record.get("Default") == "YES",
            record=record,
        )
    return dict(sorted(found.items()))


def with_gpus(partitions: Mapping[str, Partition], inventory: Inventory) -> list[Partition]:
    """Those that have machines with GPUs."""
    used = {name for machine in inventory.machines.values() for name in machine.partitions}
    return [partition for name, partition in partitions.items() if name in used]


def shown(inventory: Inventory) -> frozenset[str]:
    """Partitions that need a label: they hold some machines of a flavor, and not all of them."""
    machines = inventory.machines.values()
    total: dict[str, int] = {}
    inside: dict[tuple[str, str], int] = {}
    for machine in machines:
        total[machine.flavor] = total.get(machine.flavor, 0) + 1
        for name in machine.partitions:
            inside[name, machine.flavor] = inside.get((name, machine.flavor), 0) + 1
    return frozenset(name for (name, flavor), count in inside.items() if count < total[flavor])


def longest(partitions: Sequence[Partition]) -> int | None:
    """The longest MaxTime in seconds; None where one has no end, or there is none."""
    limits = [partition.most for partition in partitions]
    if not limits or None in limits:
        return None
    most = max(limit for limit in limits if limit is not None)
    return most if most <= LONGEST else None


def policy_documents(most: int | None) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """The house rule that nothing runs longer than the longest partition lets it."""
    if most is None:
        return {}
    rule = {
        "name": RULE,
        "match": {"kinds": ["Run"]},
        "rule": {"type": "maxDuration", "duration": format_duration(most)},
    }
    metadata = {"name": "slurm"}
    return {"policies/slurm.yaml": (document("Policy", metadata, {"rules": [rule]}),)}


def note_partitions(partitions: Sequence[Partition], labelled: frozenset[str], log: Log) -> None:
    """What became of each partition with GPUs."""
    most = longest(partitions)
    for partition in partitions:
        title, limit = f"partition {partition.name}", partition.record.get("MaxTime") or "UNLIMITED"
        if partition.name in labelled:
            text = "Its nodes carry the label, and runs that were submitted to it select it."
            log.mapped(f"{title}: its nodes", f"label partition.{partition.name}", text)
        else:
            text = "It holds every node of its flavors: naming the flavor is enough."
            log.mapped(f"{title}: its nodes", "gpu.flavor", text)
        if most is not None and partition.most == most:
            text = f"The longest limit of all partitions holds for every run: {format_duration(most)}."
            log.mapped(f"{title}: MaxTime={limit}", f"Policy slurm, rule {RULE}", text)
        elif most is not None:
            text = f"A house rule holds for all runs, wherever they go: up to {format_duration(most)} here too."
            log.changed(f"{title}: MaxTime={limit}", f"Policy slurm, rule {RULE}", text)
        _note_rest(title, partition.record, log)


_REST = {
    "TRESBillingWeights": (("",), "Only GPUs are charged, each the same; CPUs and memory are not."),
    "PriorityTier": (("", "1"), "There is no priority between queues: runs are planned all at once, by wait and size."),
    "PriorityJobFactor": (("", "1"), "There is no priority."),
    "QoS": (("",), "There are no classes of jobs: bound owners with budgets, and families with aggregate caps."),
    "AllowAccounts": (("", "ALL"), "Say who may use which nodes with the selectors of the envelopes."),
    "DenyAccounts": (("",), "Say who may use which nodes with the selectors of the envelopes."),
    "AllowGroups": (("", "ALL"), "Say who may use which nodes with the selectors of the envelopes."),
    "AllowQos": (("", "ALL"), "There are no classes of jobs."),
    "MaxNodes": (("", "UNLIMITED"), "Nothing bounds one run, but the concurrency of its envelope does."),
    "OverSubscribe": (("", "NO"), "A GPU is leased to one pod at a time."),
    "PreemptMode": (
        ("", "OFF"),
        "Who is cut for whom does not depend on queues, but on who pays.",
    ),
    "State": (("", "UP"), "There are no queues to close: cordon nodes, or leave runs out of the repository."),
}


def _note_rest(title: str, record: Record, log: Log) -> None:
    lost: dict[str, list[str]] = {}
    for key, (usual, text) in _REST.items():
        if record.get(key) not in usual:
            lost.setdefault(text, []).append(f"{key}={record.get(key)}")
    for text, settings in lost.items():
        log.dropped(f"{title}: {listed(settings)}", text)
