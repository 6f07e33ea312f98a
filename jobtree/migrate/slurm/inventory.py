"""Nodes and switches to ``v1`` Nodes: type of GPU to flavor, leaf switch to domain, feature and partition to label."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobtree.base import words
from jobtree.migrate.slurm.hostlist import expand
from jobtree.migrate.slurm.names import dns_label, label_text, node_name, unique
from jobtree.migrate.slurm.records import Record
from jobtree.migrate.slurm.site import Log, listed
from jobtree.migrate.slurm.tres import parse_gres

UNTYPED = "gpu"
"""The flavor of GPUs that have no type."""
MOST_GPUS_PER_NODE = 1_024
_CLOSED = frozenset(["DOWN", "DRAIN", "DRAINED", "DRAINING", "FAIL", "FAILING", "ERROR", "FUTURE", "MAINT", "UNKNOWN"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A node with GPUs. ``closed`` is the state in which it takes no jobs, or ''."""

    name: str
    flavor: str
    gpus: int
    domain: str
    partitions: frozenset[str]
    features: frozenset[str]
    closed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All machines by name, and the names under which Slurm's types and features went on."""

    machines: Mapping[str, Machine]
    flavors: Mapping[str, str]

    def capacity(self) -> dict[str, tuple[int, int]]:
        """Flavor to its GPUs and to those of its largest node, sorted."""
        found: dict[str, tuple[int, int]] = {}
        for machine in self.machines.values():
            total, unit = found.get(machine.flavor, (0, 0))
            found[machine.flavor] = (total + machine.gpus, max(unit, machine.gpus))
        return dict(sorted(found.items()))


def read_inventory(nodes: Sequence[Record], switches: Sequence[Record], cluster: str, log: Log) -> Inventory:
    """Machines with GPUs. Codes: JT743 (a count or list that cannot be read, a node that is listed twice)."""
    typed = {record.location: _gpus(record, log) for record in nodes}
    flavors = unique((kind for kinds in typed.values() for kind in kinds), label_text)
    names = unique((record.get("NodeName") for record in nodes), node_name, longest=253)
    leaves = _leaves(switches, log)
    machines: dict[str, Machine] = {}
    without = 0
    for record in sorted(nodes, key=lambda record: (record.get("NodeName"), record.location)):
        kinds, name = typed[record.location], record.get("NodeName")
        if names[name] in machines:
            log.wrong(record.location, f"node {name} is listed twice", help="give each output once")
        elif kinds:
            kind = max(kinds, key=lambda kind: (kinds[kind], kind))
            domain = leaves.get(name, dns_label(cluster))
            machines[names[name]] = _machine(record, names[name], (flavors[kind], kinds[kind]), domain)
            if len(kinds) > 1:
                rest = ", ".join(f"{count} {other}" for other, count in sorted(kinds.items()) if other != kind)
                target = f"node {names[name]} with {kinds[kind]} {flavors[kind]}"
                log.changed(
                    f"node {name}: Gres={record.get('Gres')}", target, f"A node has one flavor: {rest} are lost."
                )
        else:
            without += 1
    if without:
        log.dropped(
            f"{words.count(without, 'node')} without GPUs",
            "jobtree plans GPUs; CPU nodes stay with whatever schedules them.",
        )
    return Inventory(machines=machines, flavors={**_in_small_letters(flavors), **flavors})


def _gpus(record: Record, log: Log) -> Mapping[str, int]:
    """Type to GPUs; untyped ones have the type ``gpu``."""
    try:
        found = parse_gres(record.get("Gres"))
    except ValueError as fault:
        log.wrong(record.location, f"Gres: {fault}")
        return {}
    kinds = {kind: count for kind, count in {**found.typed, UNTYPED: found.total or 0}.items() if count}
    if any(count > MOST_GPUS_PER_NODE for count in kinds.values()):
        log.wrong(record.location, f"Gres: a node has at most {MOST_GPUS_PER_NODE:,} GPUs")
        return {}
    return kinds


def _machine(record: Record, name: str, gpus: tuple[str, int], domain: str) -> Machine:
    states = [state.strip("*~#!%$@^-") for state in record.get("State").upper().split("+")]
    return Machine(
        name=name,
        flavor=gpus[0],
        gpus=gpus[1],
        domain=domain,
        partitions=frozenset(filter(None, record.get("Partitions").split(","))),
        features=frozenset(filter(None, record.get("ActiveFeatures", "AvailableFeatures").split(","))),
        closed=next((state for state in states if state in _CLOSED), ""),
    )


def _in_small_letters(flavors: Mapping[str, str]) -> dict[str, str]:
    """Slurm writes the types of its limits so, whatever ``Gres`` says; nothing for two that differ in case alone."""
    small = Counter(kind.lower() for kind in flavors)
    return {kind.lower(): flavor for kind, flavor in flavors.items() if small[kind.lower()] == 1}


def _leaves(switches: Sequence[Record], log: Log) -> dict[str, str]:
    """Node to the domain of its leaf switch or block: the one that names nodes and no other switches."""
    below: dict[str, tuple[str, ...]] = {}
    for record in switches:
        name = record.get("SwitchName", "BlockName")
        if not record.get("Switches") and name:
            try:
                below[name] = expand(record.get("Nodes"))
            except ValueError as fault:
                log.wrong(record.location, f"Nodes: {fault}")
    domains = unique(below, dns_label)
    return {node: domains[switch] for switch in sorted(below, reverse=True) for node in below[switch]}


def node_documents(inventory: Inventory, cluster: str, region: str, shown: frozenset[str]) -> dict[str, list[Any]]:
    """File to its nodes, a file for each domain; ``shown`` are the partitions that need a label."""
    files: dict[str, list[Any]] = {}
    features, partitions = feature_labels(inventory), partition_labels(shown)
    for machine in inventory.machines.values():
        labels = {"region": region, "cluster": cluster, "fabric.domain": machine.domain, "gpu.flavor": machine.flavor}
        labels |= {features[name]: "true" for name in sorted(machine.features)}
        labels |= {partitions[name]: "true" for name in sorted(machine.partitions & shown)}
        node: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": machine.name, "labels": labels},
            "status": {"allocatable": {"nvidia.com/gpu": str(machine.gpus)}},
        }
        if machine.closed:
            node["spec"] = {"unschedulable": True}
        files.setdefault(f"topology/{machine.domain}.yaml", []).append(node)
    return files


def feature_labels(inventory: Inventory) -> Mapping[str, str]:
    """Feature to its label."""
    features = {name for machine in inventory.machines.values() for name in machine.features}
    return unique(features, lambda name: label_text(f"feature.{name}"))


def partition_labels(names: frozenset[str]) -> Mapping[str, str]:
    """Partition to its label."""
    return unique(names, lambda name: label_text(f"partition.{name}"))


def note_inventory(inventory: Inventory, *, has_switches: bool, region: str, log: Log) -> None:
    """What became of nodes, switches and states."""
    domains: dict[str, list[Machine]] = {}
    for machine in inventory.machines.values():
        domains.setdefault(machine.domain, []).append(machine)
    for domain, machines in sorted(domains.items()):
        gpus = sum(machine.gpus for machine in machines)
        flavors = listed(sorted({machine.flavor for machine in machines}))
        what = f"switch {domain}" if has_switches else f"{len(machines)} nodes"
        size = f"{words.count(len(machines), 'node')} with {words.count(gpus, 'GPU')} ({flavors})"
        text = f"{size}; one file for the island, nodes keep their names."
        log.mapped(what, f"topology/{domain}.yaml, fabric.domain {domain}", text)
    if not has_switches:
        text = "Without `scontrol show topology` all nodes count as one fast-fabric island: correct fabric.domain."
        log.changed("no topology", "one domain", text)
    closed = sorted(f"{machine.name} ({machine.closed})" for machine in inventory.machines.values() if machine.closed)
    if closed:
        log.mapped(
            f"closed nodes: {listed(closed)}", "spec.unschedulable", "They are cordoned: no new pods, GPUs not counted."
        )
    text = "Slurm knows no regions: all nodes are in this one (--region)."
    log.changed("region", f"label region={region}", text)
