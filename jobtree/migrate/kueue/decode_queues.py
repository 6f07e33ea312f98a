"""ClusterQueue, Cohort, LocalQueue, ResourceFlavor and Topology, of every version that has their fields.

v1alpha1 and v1beta1 write ``cohort``, ``parent`` and ``admissionChecks`` where v1beta2 writes ``cohortName``,
``parentName`` and ``admissionChecksStrategy``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from jobtree.migrate.cursor import Cursor
from jobtree.migrate.kueue.objects import ClusterQueue, Cohort, Flavor, LocalQueue, Quota
from jobtree.migrate.kueue.quantity import Gpus, gpus

_ZERO = Gpus(written="0", whole=0, exact=True)
_STOPPED = ("Hold", "HoldAndDrain")
_DEFAULTS = {
    "queueingStrategy": "BestEffortFIFO",
    "preemption.reclaimWithinCohort": "Never",
    "preemption.withinClusterQueue": "Never",
    "preemption.borrowWithinCohort.policy": "Never",
    "flavorFungibility.whenCanBorrow": "MayStopSearch",
    "flavorFungibility.whenCanPreempt": "TryNextFlavor",
    "flavorFungibility.preference": "BorrowingOverPreemption",
    "fairSharing.weight": "1",
    "admissionScope.admissionMode": "",
    "concurrentAdmissionPolicy.migration.mode": "",
}
"""Fields of a ClusterQueue that nothing here acts on, and what they are when nobody sets them."""

_OLD_WORDS = {"Borrow": "MayStopSearch", "Preempt": "MayStopSearch"}


def cluster_queue(cursor: Cursor, resource: str) -> ClusterQueue | None:
    """A ClusterQueue; None if it has no name."""
    name, spec = cursor["metadata"]["name"].name(), cursor["spec"]
    if name is None:
        return None
    quotas, others = _quotas(spec["resourceGroups"], resource)
    return ClusterQueue(
        name=name,
        cohort=_either(spec, "cohortName", "cohort"),
        quotas=quotas,
        others=others,
        settings=(*_settings(spec), *_checks(spec)),
        held=_held(spec),
    )


def cohort(cursor: Cursor, resource: str) -> Cohort | None:
    """A Cohort; None if it has no name."""
    name, spec = cursor["metadata"]["name"].name(), cursor["spec"]
    if name is None:
        return None
    quotas, others = _quotas(spec["resourceGroups"], resource)
    return Cohort(
        name=name,
        parent=_either(spec, "parentName", "parent"),
        quotas=quotas,
        others=others,
        settings=tuple(_weight(spec)),
    )


def local_queue(cursor: Cursor) -> LocalQueue | None:
    """A LocalQueue; None if it leads nowhere."""
    metadata, spec = cursor["metadata"], cursor["spec"]
    namespace, name, target = metadata["namespace"].namespace(), metadata["name"].name(), spec["clusterQueue"].name()
    if namespace is None or name is None or target is None:
        return None
    hours = spec["wallTimePolicy"]["wallTimeAllocatedHours"].number()
    wall = [("wallTimePolicy", f"{hours} hours")] if hours is not None else []
    return LocalQueue(
        namespace=namespace,
        name=name,
        cluster_queue=target,
        held=_held(spec),
        settings=(*_weight(spec), *wall),
    )


def flavor(cursor: Cursor) -> Flavor | None:
    """A ResourceFlavor; None if it has no name."""
    name, spec = cursor["metadata"]["name"].name(), cursor["spec"]
    if name is None:
        return None
    return Flavor(
        name=name,
        node_labels=spec["nodeLabels"].pairs(),
        topology=spec["topologyName"].name(),
        taints=_mappings(spec["nodeTaints"]),
        tolerations=_mappings(spec["tolerations"]),
    )


def topology(cursor: Cursor) -> tuple[str, tuple[str, ...]] | None:
    """A Topology's name and its levels, the widest first."""
    name = cursor["metadata"]["name"].name()
    levels = tuple(level for item in cursor["spec"]["levels"].items() if (level := item["nodeLabel"].text()))
    return None if name is None else (name, levels)


def _mappings(cursor: Cursor) -> tuple[Mapping[str, Any], ...]:
    """The mappings of a list; anything else in it is JT181."""
    found = []
    for item in cursor.items():
        if isinstance(item.value, Mapping):
            found.append(item.value)
        else:
            item.complain("a mapping")
    return tuple(found)


def _either(spec: Cursor, new: str, old: str) -> str | None:
    """A name under the spelling of v1beta2, else under that of before; an empty one is none."""
    field = spec[new] if spec[new].value is not None else spec[old]
    return None if field.value == "" else field.name()


def _quotas(groups: Cursor, resource: str) -> tuple[tuple[Quota, ...], tuple[str, ...]]:
    """GPU quotas in the order of the flavors, and the names of other resources, sorted."""
    quotas: dict[str, Quota] = {}
    others: set[str] = set()
    for group in groups.items():
        for item in group["flavors"].items():
            name = item["name"].name()
            for amount in item["resources"].items():
                called = amount["name"].text()
                if called == resource and name is not None:
                    quotas.setdefault(name, _quota(name, amount))
                elif called is not None and called != resource:
                    others.add(called)
    return tuple(quotas.values()), tuple(sorted(others))


def _quota(flavor_name: str, amount: Cursor) -> Quota:
    return Quota(
        flavor=flavor_name,
        nominal=gpus(amount["nominalQuota"]) or _ZERO,
        borrowing=gpus(amount["borrowingLimit"]),
        lending=gpus(amount["lendingLimit"]),
    )


def _settings(spec: Cursor) -> Iterator[tuple[str, str]]:
    for path, default in _DEFAULTS.items():
        field = spec
        for step in path.split("."):
            field = field[step]
        if field.value is None or isinstance(field.value, list | dict):
            continue
        text = str(field.value)
        if _OLD_WORDS.get(text, text) not in (default, ""):
            yield path, text


def _weight(spec: Cursor) -> Iterator[tuple[str, str]]:
    weight = spec["fairSharing"]["weight"].value
    if isinstance(weight, int | float | str) and str(weight) != "1":
        yield "fairSharing.weight", str(weight)


def _checks(spec: Cursor) -> Iterator[tuple[str, str]]:
    names = [text for item in spec["admissionChecks"].items() if (text := item.text())]
    rules = spec["admissionChecksStrategy"]["admissionChecks"].items()
    names += [text for rule in rules if (text := rule["name"].text())]
    if names:
        yield "admissionChecks", ", ".join(sorted(names))


def _held(spec: Cursor) -> str | None:
    policy = spec["stopPolicy"].text()
    return policy if policy in _STOPPED else None
