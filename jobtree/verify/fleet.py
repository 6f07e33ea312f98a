"""The fleet as the checker reads it: settings, owner registry, nodes (semantics.md 2 and 3)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from jobtree.verify import units
from jobtree.verify.field import Field

Domain = tuple[str, str, str]
"""Region, cluster, fabric."""

DAY, HOUR = 86_400, 3_600
MOST_NODES, MOST_GPUS = 200_000, 1_024
_DOMAIN_LABELS = ("region", "cluster", "fabric.domain")
_FLAVOR_LABEL = "gpu.flavor"
_OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """An entry of the registry."""

    namespaces: tuple[str, ...]
    paths: tuple[str, ...]

    def admits_path(self, path: str) -> bool:
        """Whether a glob lets the owner write this file; no globs, no restriction."""
        return not self.paths or any(glob_matches(glob, path) for glob in self.paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Settings that the plan depends on; seconds throughout."""

    owners: dict[str, Owner] = field(default_factory=dict)
    clusters: tuple[str, ...] = ()
    horizon: int = 14 * DAY
    accounting_period: int = DAY
    duration: int | None = None
    checkpoint: int | None = None
    protection: int = 4 * HOUR
    spare_rate: Fraction = Fraction(1, 4)
    foreign_first: bool = False
    gpu_resource: str = "nvidia.com/gpu"

    @property
    def default_duration(self) -> int:
        """What a run without a duration is expected to take."""
        return self.accounting_period if self.duration is None else self.duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A machine with slots 0 to ``gpus`` - 1. A lost one is dead, one that is not usable takes no new pods."""

    name: str
    domain: Domain
    flavor: str
    gpus: int
    labels: dict[str, str]
    usable: bool
    lost: bool = False


def glob_matches(glob: str, path: str) -> bool:
    """``**`` crosses slashes, ``*`` and ``?`` do not."""
    wild = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.findall(r"\*\*|\*|\?|[^*?]+", glob)
    pattern = "".join(wild.get(part) or re.escape(part) for part in parts)
    return re.fullmatch(pattern.replace(".*/", "(?:.*/)?"), path, re.DOTALL) is not None


def read_fleet(spec: Field) -> Fleet:
    """Reads the spec of a Fleet document."""
    planning = spec["planning"]
    defaults, checkpoint = planning["defaults"]["duration"], planning["defaults"]["checkpoint"]
    period = planning["accountingPeriod"].duration(DAY)
    return Fleet(
        owners={entry["name"].text(): _owner(entry) for entry in spec["owners"]},
        clusters=spec["clusters"].texts(),
        horizon=planning["horizon"].duration(14 * DAY),
        accounting_period=period,
        duration=defaults.duration(DAY) if defaults else None,
        checkpoint=checkpoint.duration(0) if checkpoint else None,
        protection=planning["activation"]["protection"].duration(4 * HOUR),
        spare_rate=_rate(planning["spareRate"]),
        foreign_first=planning["coverOrder"].text("proximity") == "location",
        gpu_resource=planning["gpuResource"].text("nvidia.com/gpu"),
    )


def read_pool(name: str, spec: Field) -> Iterator[Node]:
    """The nodes of a NodePool: ``a`` with a count of 9 is a-01 to a-09; a label missing, and there are none."""
    count, gpus, labels = spec["count"].integer(), spec["gpusPerNode"].integer(), spec["labels"].labels()
    if count > MOST_NODES or gpus > MOST_GPUS:
        raise spec.wrong(f"a pool of at most {MOST_NODES} nodes with {MOST_GPUS} GPUs each")
    digits = max(2, len(str(count)))
    for number in range(1, count + 1):
        yield from _node(f"{name}-{number:0{digits}d}", labels, gpus)


def read_node(name: str, document: Field, resource: str) -> Iterator[Node]:
    """A ``v1/Node`` as kubectl prints it; nothing when it lacks a label or GPUs."""
    quantity = document["status"]["allocatable"][resource].value
    gpus = int(quantity) if re.fullmatch(r"\d{1,9}", str(quantity), re.ASCII) else 0
    ready = True
    for condition in document["status"]["conditions"]:
        if condition["type"].value == "Ready":
            ready = condition["status"].value in ("True", True)
    cordoned = document["spec"]["unschedulable"].value is True
    lost = any(taint["key"].value == _OUT_OF_SERVICE for taint in document["spec"]["taints"])
    if 0 < gpus <= MOST_GPUS:
        labels = {key: value for key, value in document["metadata"]["labels"].labels().items() if value}
        for node in _node(name, labels, gpus):
            yield replace(node, usable=ready and not cordoned and not lost, lost=lost)


def _node(name: str, labels: dict[str, str], gpus: int) -> Iterator[Node]:
    if all(labels.get(label) for label in (*_DOMAIN_LABELS, _FLAVOR_LABEL)):
        region, cluster, fabric = (labels[label] for label in _DOMAIN_LABELS)
        flavor = labels[_FLAVOR_LABEL]
        domain = (region, cluster, fabric)
        yield Node(name=name, domain=domain, flavor=flavor, gpus=gpus, labels=labels, usable=True)


def _owner(entry: Field) -> Owner:
    return Owner(namespaces=entry["namespaces"].texts(), paths=entry["paths"].texts())


def _rate(entry: Field) -> Fraction:
    if entry.value is None:
        return Fraction(1, 4)
    return units.rate(str(entry.value))
