"""The outputs of Slurm's commands to a fleet repository: the order of the parts, and nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.migrate.migration import Migration
from jobtree.migrate.slurm.accounts import MOST_OWNERS, read_holders
from jobtree.migrate.slurm.budgets import budget_documents, owner_entries
from jobtree.migrate.slurm.demand import site_of
from jobtree.migrate.slurm.history import read_history
from jobtree.migrate.slurm.inventory import Inventory, node_documents, note_inventory, read_inventory
from jobtree.migrate.slurm.jobs import Job
from jobtree.migrate.slurm.names import dns_label
from jobtree.migrate.slurm.partitions import (
    longest,
    note_partitions,
    policy_documents,
    read_partitions,
    shown,
    with_gpus,
)
from jobtree.migrate.slurm.printed import COMMANDS, Inputs, Printed, read_inputs
from jobtree.migrate.slurm.qos import note_associations, note_qos
from jobtree.migrate.slurm.queue import read_queue
from jobtree.migrate.slurm.records import Record
from jobtree.migrate.slurm.runs import run_documents
from jobtree.migrate.slurm.scripts import read_script
from jobtree.migrate.slurm.settings import Controller, note_controller, planning, read_controller
from jobtree.migrate.slurm.shares import Share, note_shares, read_shares
from jobtree.migrate.slurm.site import Log, Settings
from jobtree.migrate.wire import document

MOST_FLAVORS = 32


def migrate_slurm(texts: Mapping[str, str], settings: Settings) -> tuple[Migration | None, tuple[Diagnostic, ...]]:
    """Path to text of what was recorded, in any order, to files; None with at least one error if that cannot be done.

    Pure, and equal for equal texts. No account may use more GPUs, or GPU-hours, than Slurm allowed it. Codes: JT741 to
    JT746.
    """
    inputs, findings = read_inputs(texts)
    log = Log()
    log.findings.extend(findings)
    log.findings.extend(_missing(inputs))
    migration = _migration(inputs, settings, log)
    found = tuple(sorted(set(log.findings), key=lambda finding: finding.sort_key))
    return (None if log.failed else migration), found


def _missing(inputs: Inputs) -> list[Diagnostic]:
    """JT745: what a fleet cannot be made without."""
    found = [
        error("JT745", f"nothing here was printed by `{printed.value}`", help=f"record it with: {COMMANDS[printed]}")
        for printed in (Printed.NODES, Printed.ASSOCIATIONS)
        if not inputs.all(printed)
    ]
    for printed, columns in ((Printed.ASSOCIATIONS, ("ParentName", "GrpTRES", "GrpTRESMins")), (Printed.QUEUE, _QUEUE)):
        for record in inputs.all(printed)[:1]:
            lost = [column for column in columns if column not in record.values]
            if lost:
                fault = f"`{printed.value}` was not asked for {', '.join(lost)}"
                where = Location(record.location.path)
                found.append(error("JT745", fault, where, help=f"record it with: {COMMANDS[printed]}"))
    return found


_QUEUE = ("JOBID", "NAME", "ACCOUNT", "PARTITION", "STATE", "TIME_LIMIT", "NODES", "TRES_ALLOC")


def _migration(inputs: Inputs, settings: Settings, log: Log) -> Migration | None:
    """All parts, so that all findings come at once; None where later parts would have nothing to stand on."""
    config = next(iter(inputs.all(Printed.CONFIG)), None)
    controller = read_controller(config, settings, log)
    rows, cluster = _of_one_cluster(inputs.all(Printed.ASSOCIATIONS), config, log)
    inventory = read_inventory(inputs.all(Printed.NODES), inputs.all(Printed.TOPOLOGY), cluster, log)
    partitions = read_partitions(inputs.all(Printed.PARTITIONS), log)
    _check_sizes(inventory, inputs, log)
    holders = read_holders(rows, log)
    if log.failed:
        return None
    used = read_history(inputs.all(Printed.HISTORY), holders, inventory, (controller, settings), log)
    shares = read_shares(holders, inventory, used)
    _check_owners(shares, inputs, log)
    note_inventory(inventory, has_switches=bool(inputs.all(Printed.TOPOLOGY)), region=settings.region, log=log)
    labelled, usable = shown(inventory), with_gpus(partitions, inventory)
    note_partitions(usable, labelled, log)
    note_controller(controller, settings, log)
    note_shares(shares, inventory, used, log)
    note_associations(rows, holders, sum(gpus for gpus, _ in inventory.capacity().values()), log)
    note_qos(inputs.all(Printed.QOS), log)
    _note_reservations(inputs.all(Printed.RESERVATIONS), log)
    site = site_of(holders, shares, inventory, partitions, labelled)
    files: dict[str, Sequence[Mapping[str, Any]]] = {
        "fleet.yaml": (_fleet(cluster, shares, controller),),
        **node_documents(inventory, cluster, settings.region, labelled),
        **budget_documents(shares, cluster, settings, controller.end),
        **policy_documents(longest(usable)),
        **run_documents(_jobs(inputs, settings, log), site, settings, log),
    }
    return Migration(files={path: tuple(files[path]) for path in sorted(files)}, notes=tuple(log.notes))


def _of_one_cluster(rows: Sequence[Record], config: Record | None, log: Log) -> tuple[list[Record], str]:
    """The associations of the cluster that the configuration names, or of the only one there is (JT745)."""
    clusters = sorted({record.get("Cluster") for record in rows})
    name = config.get("ClusterName") if config is not None else ""
    if not name and len(clusters) > 1:
        fault = f"the associations are of several clusters: {', '.join(clusters[:10])}"
        hint = "add `scontrol show config` of the one that moves, or record only its associations"
        log.findings.append(error("JT745", fault, Location(rows[0].location.path), help=hint))
    name = name or next(iter(clusters), "")
    mine = [record for record in rows if record.get("Cluster") == name]
    if rows and not mine:
        fault = f"there are no associations of cluster {name}, only of {', '.join(clusters[:10])}"
        log.findings.append(error("JT745", fault, Location(rows[0].location.path), help="record those of this cluster"))
    others = [cluster for cluster in clusters if cluster != name]
    if others and mine:
        log.dropped(f"associations of {', '.join(others[:10])}", "One import is one cluster.")
    return sorted(mine, key=lambda record: record.location), dns_label(name)


def _check_sizes(inventory: Inventory, inputs: Inputs, log: Log) -> None:
    """JT746: no GPUs, or more of something than a fleet repository holds."""
    nodes = inputs.all(Printed.NODES)
    if nodes and not inventory.machines and not log.failed:
        hint = "jobtree plans GPUs: record a cluster whose nodes have Gres=gpu:..."
        log.findings.append(error("JT746", "no node has a GPU", Location(nodes[0].location.path), help=hint))
    flavors = inventory.capacity()
    if len(flavors) > MOST_FLAVORS:
        notes = (f"{len(flavors)} > {MOST_FLAVORS}",)
        hint = "record the nodes of some types only"
        where = Location(nodes[0].location.path)
        log.findings.append(error("JT746", "there are too many types of GPUs", where, notes=notes, help=hint))


def _check_owners(shares: Sequence[Share], inputs: Inputs, log: Log) -> None:
    """JT746: nobody, or too many."""
    where = Location(inputs.all(Printed.ASSOCIATIONS)[0].location.path)
    if len(shares) > MOST_OWNERS:
        notes = (f"{len(shares):,} > {MOST_OWNERS:,}",)
        hint = "record the associations without limits of users"
        log.findings.append(error("JT746", "there are too many owners", where, notes=notes, help=hint))
    if not shares:
        hint = "record the accounts below root too"
        log.findings.append(error("JT746", "no account could own anything", where, help=hint))


def _jobs(inputs: Inputs, settings: Settings, log: Log) -> list[Job]:
    jobs = read_queue(inputs.all(Printed.QUEUE), settings.utc_offset, log)
    scripts = [read_script(path, text, settings.utc_offset, log) for path, text in sorted(inputs.scripts.items())]
    found = [*jobs, *(job for job in scripts if job is not None)]
    if jobs:
        text = "Slurm prints local times without an offset: they were read as UTC, unless --utc-offset says otherwise."
        log.changed("times of jobs", "creationTimestamp", text)
    if found:
        text = "What a run executes is its pod: put an image and the command of the script into spec.template."
        log.dropped("commands of jobs", text)
    return found


def _note_reservations(rows: Sequence[Record], log: Log) -> None:
    for record in sorted(rows, key=lambda record: (record.get("ReservationName"), record.location)):
        source = (
            f"reservation {record.get('ReservationName')}: {record.get('StartTime')} to {record.get('EndTime')}, "
            f"{record.get('Nodes') or 'no nodes'}"
        )
        text = "Nodes for somebody for some time are an envelope with that window, and a selector for the nodes."
        if "MAINT" in record.get("Flags"):
            text = "No run is planned around maintenance: cordon the nodes before it begins."
        log.dropped(source, text)


def _fleet(cluster: str, shares: Sequence[Share], controller: Controller) -> Mapping[str, Any]:
    spec: dict[str, Any] = {"clusters": [cluster], "owners": owner_entries(shares)}
    settings = planning(controller)
    if settings:
        spec["planning"] = settings
    return document("Fleet", {"name": cluster}, spec)
