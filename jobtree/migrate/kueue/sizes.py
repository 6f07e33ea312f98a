"""What a Workload asks for, as the sizes of Runs: which of its pods are one Run, and of which flavor.

Pod sets with GPUs that are alike (GPUs of a pod, flavor, topology, node selector) are one Run; others are Runs that
start together, as all pods of a Workload do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from jobtree.migrate.kueue.objects import ClusterQueue, Flavor, Found, PodSet, Workload
from jobtree.migrate.kueue.quantity import MOST_GPUS

_MOST_WIDTHS = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class Gang:
    """Pods of one Run. ``sets`` has at least one; the largest gives the template. ``flavor`` is a ResourceFlavor."""

    sets: tuple[PodSet, ...]
    flavor: str
    passed: tuple[str, ...]

    @property
    def first(self) -> PodSet:
        """The pod set with most pods."""
        return min(self.sets, key=lambda one: (-one.count, one.name))

    @property
    def pods(self) -> int:
        """How many pods."""
        return sum(one.count for one in self.sets)

    @property
    def gpus_per_pod(self) -> int:
        """GPUs of each pod."""
        return self.first.gpus

    @property
    def gpus(self) -> int:
        """GPUs of all pods."""
        return self.pods * self.gpus_per_pod

    @property
    def fewest_pods(self) -> int:
        """Pods with which it may start too; all of them if that was not said, or in more widths than a Run may have."""
        least = self.pods - sum(one.count - (one.min_count or one.count) for one in self.sets)
        return least if self.pods - least < _MOST_WIDTHS else self.pods


def gangs(work: Workload, queue: ClusterQueue, found: Found) -> tuple[Gang, ...] | str:
    """The gangs of a Workload, or why it cannot be a Run; no gangs if it wants no GPUs."""
    wanted = [one for one in work.pod_sets if one.gpus and one.count]
    chosen = {one.name: choose(one, queue, found) for one in wanted}
    lost = next((one for one in wanted if chosen[one.name] is None), None)
    if lost is not None:
        return f"no flavor of ClusterQueue {queue.name} fits its pods {lost.name}"

    def alike(one: PodSet) -> tuple[object, ...]:
        topology = one.required or "", one.slice_level or "", one.slice_size or 0
        return one.gpus, (chosen[one.name] or ("", ()))[0], topology, tuple(sorted(one.node_selector.items()))

    made = []
    for _, members in groupby(sorted(wanted, key=alike), key=alike):
        sets = tuple(sorted(members, key=lambda one: one.name))
        flavor, passed = chosen[sets[0].name] or ("", ())
        made.append(Gang(sets=sets, flavor=flavor, passed=passed))
    if any(gang.gpus > MOST_GPUS for gang in made):
        return f"it wants {sum(gang.gpus for gang in made):,} GPUs; a run has at most {MOST_GPUS:,}"
    return tuple(sorted(made, key=lambda gang: gang.sets[0].name))


def choose(one: PodSet, queue: ClusterQueue, found: Found) -> tuple[str, tuple[str, ...]] | None:
    """The flavor of an admission, else the first in the queue's order that the pod's node selector allows.

    With the flavors that Kueue might have tried after it.
    """
    order = [quota.flavor for quota in queue.quotas]
    if one.flavor is not None:
        return (one.flavor, ()) if one.flavor in order else None
    fitting = [name for name in order if _allows(one, found.flavors.get(name) or Flavor(name=name))]
    return (fitting[0], tuple(fitting[1:])) if fitting else None


def _allows(one: PodSet, flavor: Flavor) -> bool:
    """Kueue holds a selector to a flavor only where both name the same label, and its taints must be tolerated."""
    pod = one.template.get("spec")
    own = pod.get("tolerations") if isinstance(pod, Mapping) else None
    tolerations = [item for item in (own if isinstance(own, list) else ()) if isinstance(item, Mapping)]
    selected = all(flavor.node_labels.get(name, value) == value for name, value in one.node_selector.items())
    return selected and all(
        any(_tolerates(item, taint) for item in (*tolerations, *flavor.tolerations))
        for taint in flavor.taints
        if taint.get("effect") in ("NoSchedule", "NoExecute")
    )


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if toleration.get("effect") not in (None, "", taint.get("effect")):
        return False
    if not toleration.get("key"):
        return toleration.get("operator") == "Exists"
    same_value = toleration.get("value", "") == taint.get("value", "")
    return toleration["key"] == taint.get("key") and (toleration.get("operator") == "Exists" or same_value)


def superseded(works: Sequence[Workload]) -> frozenset[tuple[str, str]]:
    """Workloads that another slice of the same job is about to replace."""
    names = ((work.namespace, work.replaces) for work in works if work.replaces and not work.finished)
    return frozenset((namespace, name.rpartition("/")[2]) for namespace, name in names)
