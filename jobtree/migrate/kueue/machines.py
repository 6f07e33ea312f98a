"""Nodes: which flavor they are, in which domain they lie, and how they are written down.

A node is of the ResourceFlavor whose ``nodeLabels`` it has, of the one with most labels where there are several. A
domain is the topmost level of the flavor's Topology (or the label that ``--fabric-label`` names); the level below is
the rack. Without a Topology a domain is a zone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jobtree.base.words import count
from jobtree.migrate.kueue.objects import Flavor, Found, Machine
from jobtree.migrate.kueue.options import Options
from jobtree.migrate.migration import Note, Outcome
from jobtree.migrate.names import labels

HOSTNAME = "kubernetes.io/hostname"
_REGIONS = ("region", "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region")
_ZONES = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
_PRODUCT = "nvidia.com/gpu.product"
_VALUE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", re.ASCII)
_PER_FILE, _SHOWN = 2_000, 5


def flavor_names(found: Found) -> Mapping[str, str]:
    """Every ResourceFlavor with GPU quota to the ``gpu.flavor`` of its nodes: its name, if that is a label value."""
    queues = [quota for queue in found.cluster_queues for quota in queue.quotas]
    shared = [quota for cohort in found.cohorts.values() for quota in cohort.quotas]
    return labels((quota.flavor for quota in (*queues, *shared)), dots=True)


def fabric_level(flavor: Flavor | None, found: Found, options: Options) -> str | None:
    """The node label that names a domain for nodes of the flavor; None: there is none, and a zone is one.

    A Topology of hosts alone, as clouds ship it, says nothing of what connects them.
    """
    levels = found.topologies.get(flavor.topology or "", ()) if flavor is not None else ()
    return options.fabric or next((level for level in levels if level != HOSTNAME), None)


def machine_files(
    found: Found, flavors: Mapping[str, str], kept: frozenset[str], options: Options
) -> tuple[dict[str, tuple[Mapping[str, Any], ...]], list[Note]]:
    """Files of v1 Nodes with the labels that jobtree needs, and ``kept``, those that runs select by."""
    candidates = [found.flavors.get(name) or Flavor(name=name) for name in flavors]
    known = [flavor for flavor in candidates if flavor.name in found.flavors]
    homes = {machine.name: _flavors_of(machine, known) for machine in found.machines}
    documents = [
        _node(machine, homes[machine.name][0], flavors, (found, kept, options))
        for machine in found.machines
        if homes[machine.name]
    ]
    pages = range(0, len(documents), _PER_FILE)
    files = {
        "topology/nodes.yaml" if len(pages) == 1 else f"topology/nodes-{page:03}.yaml": tuple(
            documents[at : at + _PER_FILE]
        )
        for page, at in enumerate(pages, start=1)
    }
    return files, [*_notes(found, candidates, homes), *_domain_notes(found, homes, options)]


def _flavors_of(machine: Machine, known: Sequence[Flavor]) -> list[Flavor]:
    """The flavors that match, the most specific first."""
    matching = [flavor for flavor in known if flavor.node_labels.items() <= machine.labels.items()]
    return sorted(matching, key=lambda flavor: (-len(flavor.node_labels), flavor.name))


def _node(
    machine: Machine, flavor: Flavor, flavors: Mapping[str, str], setting: tuple[Found, frozenset[str], Options]
) -> Mapping[str, Any]:
    found, kept, options = setting
    levels = found.topologies.get(flavor.topology or "", ())
    wanted = {*flavor.node_labels, *levels, *_REGIONS, *_ZONES, _PRODUCT, "rack"} - {HOSTNAME} | kept
    own = {name: machine.labels[name] for name in sorted(wanted & machine.labels.keys())}
    rack = machine.labels.get(levels[1]) if len(levels) > 1 and levels[1] != HOSTNAME else None
    ours = {
        "region": _first(machine, _REGIONS) or options.cluster,
        "cluster": options.cluster,
        "fabric.domain": _fabric(machine, fabric_level(flavor, found, options)),
        "gpu.flavor": flavors[flavor.name],
        **({"rack": rack} if rack and _VALUE.fullmatch(rack) else {}),
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": machine.name, "labels": {**ours, **{k: v for k, v in own.items() if k not in ours}}},
        "status": {"allocatable": {options.gpu_resource: str(machine.gpus)}},
    }


def _first(machine: Machine, names: Sequence[str]) -> str | None:
    values = (machine.labels.get(name) for name in names)
    return next((value for value in values if value and _VALUE.fullmatch(value)), None)


def _fabric(machine: Machine, level: str | None) -> str:
    """A node that lacks the label is a domain of its own: nobody says that it has a fast fabric to any other."""
    if level is None:
        return _first(machine, _ZONES) or "all"
    if level == HOSTNAME or not (value := _first(machine, (level,))):
        return labels([machine.name], dots=True)[machine.name]
    return value


def _notes(found: Found, candidates: Sequence[Flavor], homes: Mapping[str, Sequence[Flavor]]) -> Iterator[Note]:
    if not found.machines:
        text = (
            "there are none in these files, so the plan has no capacity; run `kubectl get nodes -o yaml > nodes.yaml` "
            "and import again with nodes.yaml"
        )
        yield Note(outcome=Outcome.DROPPED, source="Nodes", target=None, text=text)
        return
    for flavor in candidates:
        mine = [machine for machine in found.machines if homes[machine.name][:1] == [flavor]]
        if mine:
            gpus = sum(machine.gpus for machine in mine)
            text = f"{count(len(mine), 'node')} with {count(gpus, 'GPU')}; the flavor is called as in Kueue"
            yield Note(outcome=Outcome.MAPPED, source=f"ResourceFlavor {flavor.name}", target="topology/", text=text)
        else:
            why = (
                "has all of its nodeLabels"
                if flavor.name in found.flavors
                else "can be its own: it is not in these files"
            )
            text = f"no node {why}, so its quota is there and its GPUs are not"
            yield Note(outcome=Outcome.CHANGED, source=f"ResourceFlavor {flavor.name}", target=None, text=text)
    yield from _odd(found, homes)


def _odd(found: Found, homes: Mapping[str, Sequence[Flavor]]) -> Iterator[Note]:
    strangers = [machine.name for machine in found.machines if not homes[machine.name]]
    if strangers:
        text = (
            "they have GPUs, but no ResourceFlavor with GPU quota matches their labels: Kueue does not use them either"
        )
        yield Note(outcome=Outcome.DROPPED, source=_named(strangers), target=None, text=text)
    troubled = [machine.name for machine in found.machines if machine.trouble and homes[machine.name]]
    if troubled:
        text = (
            "they are cordoned or not ready now; that is no inventory, so it is not written down: give what is true at "
            "the moment to `jobtree compile --state`"
        )
        yield Note(outcome=Outcome.CHANGED, source=_named(troubled), target="topology/", text=text)
    several: dict[tuple[str, ...], list[str]] = {}
    for name, flavors in sorted(homes.items()):
        if len(flavors) > 1:
            several.setdefault(tuple(flavor.name for flavor in flavors), []).append(name)
    for names, nodes in sorted(several.items()):
        text = f"they match {', '.join(names)}; a node has one flavor here: {names[0]}, whose nodeLabels say most"
        yield Note(outcome=Outcome.CHANGED, source=_named(nodes), target=f"flavor {names[0]}", text=text)


def _domain_notes(found: Found, homes: Mapping[str, Sequence[Flavor]], options: Options) -> Iterator[Note]:
    placed: dict[str | None, list[Machine]] = {}
    for machine in found.machines:
        if homes[machine.name]:
            placed.setdefault(fabric_level(homes[machine.name][0], found, options), []).append(machine)
    for level, machines in sorted(placed.items(), key=lambda entry: entry[0] or ""):
        if level is None:
            domains = sorted({_fabric(machine, None) for machine in machines})
            text = (
                f"Kueue knows no level above these nodes, so each zone counts as one fast-fabric domain "
                f"({_some(domains)}); if that is not so, import again with --fabric-label"
            )
            yield Note(outcome=Outcome.CHANGED, source=count(len(machines), "Node"), target="fabric.domain", text=text)
            continue
        lacking = [machine.name for machine in machines if level != HOSTNAME and _first(machine, (level,)) is None]
        domains = sorted({_fabric(machine, level) for machine in machines})
        text = f"{count(len(domains), 'domain')}: {_some(domains)}"
        yield Note(outcome=Outcome.MAPPED, source=f"Topology level {level}", target="fabric.domain", text=text)
        if lacking:
            text = f"they lack the label {level}: each is a domain of its own"
            yield Note(outcome=Outcome.CHANGED, source=_named(lacking), target="fabric.domain", text=text)


def _named(nodes: Sequence[str]) -> str:
    return f"{'Node' if len(nodes) == 1 else 'Nodes'} {_some(nodes)}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
