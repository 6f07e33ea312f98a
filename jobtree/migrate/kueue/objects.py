"""Kueue's objects as far as they matter here, decoded; sorted by name wherever there is a list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jobtree.base.instant import Instant
from jobtree.migrate.kueue.quantity import Gpus


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What a ClusterQueue or a Cohort has of the GPUs of one flavor; None: no limit."""

    flavor: str
    nominal: Gpus
    borrowing: Gpus | None
    lending: Gpus | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterQueue:
    """``quotas`` in the order in which Kueue tries the flavors. ``others``: resources that are not GPUs.

    ``settings``: fields that jobtree has no word for, with their values, defaults left out. ``held``: its stopPolicy,
    if it is stopped.
    """

    name: str
    cohort: str | None
    quotas: tuple[Quota, ...]
    others: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]
    held: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """A node of the tree in which ClusterQueues share."""

    name: str
    parent: str | None = None
    quotas: tuple[Quota, ...] = ()
    others: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalQueue:
    """A namespace's way into a ClusterQueue."""

    namespace: str
    name: str
    cluster_queue: str
    held: str | None
    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavor:
    """A ResourceFlavor; ``topology`` names a Topology. Kueue adds its ``tolerations`` to the pods that it admits."""

    name: str
    node_labels: Mapping[str, str] = field(default_factory=dict)
    topology: str | None = None
    taints: tuple[Mapping[str, Any], ...] = ()
    tolerations: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A Node with GPUs. ``trouble``: why it takes no pods at the moment."""

    name: str
    labels: Mapping[str, str]
    gpus: int
    trouble: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PodSet:
    """Pods that are alike. ``gpus``: for each pod. ``flavor``: what an admission gave it.

    ``required``, ``preferred`` and ``slice_level`` are topology levels; a slice has ``slice_size`` pods.
    ``other_requests``: names of topology requests that have no counterpart.
    """

    name: str
    count: int
    min_count: int | None
    gpus: int
    template: Mapping[str, Any]
    node_selector: Mapping[str, str]
    flavor: str | None = None
    required: str | None = None
    preferred: str | None = None
    slice_level: str | None = None
    slice_size: int | None = None
    other_requests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A Workload, or a Job that has none. ``title`` is the name of what the user submitted, ``owner`` its kind.

    ``limit``: seconds after which it is stopped, ``limited_by`` says by what. ``replaces``: the workload of which this
    is another slice.
    """

    kind: str
    namespace: str
    name: str
    title: str
    owner: str | None
    queue: str | None
    admitted_by: str | None
    created: Instant | None
    pod_sets: tuple[PodSet, ...]
    limit: int | None
    limited_by: str | None
    priority: str | None
    active: bool
    finished: bool
    elastic: bool
    replaces: str | None

    @property
    def source(self) -> str:
        """As the report calls it."""
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything that was read. ``unread``: kinds that are not mapped, with how many there were."""

    cluster_queues: tuple[ClusterQueue, ...]
    cohorts: Mapping[str, Cohort]
    local_queues: Mapping[tuple[str, str], LocalQueue]
    flavors: Mapping[str, Flavor]
    topologies: Mapping[str, tuple[str, ...]]
    machines: tuple[Machine, ...]
    workloads: tuple[Workload, ...]
    unread: Mapping[str, int] = field(default_factory=dict)
    plain_nodes: int = 0
    plain_jobs: int = 0
