"""Runs of Workloads that are not over, and what changes for each of them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jobtree.base.instant import format_instant
from jobtree.base.quantity import LONGEST, format_duration
from jobtree.base.words import count
from jobtree.migrate.cursor import SUBDOMAIN
from jobtree.migrate.kueue.machines import fabric_level
from jobtree.migrate.kueue.objects import ClusterQueue, Found, Workload
from jobtree.migrate.kueue.options import Options
from jobtree.migrate.kueue.sizes import Gang, gangs, superseded
from jobtree.migrate.kueue.template import cleaned
from jobtree.migrate.kueue.tenants import MOST_NAMESPACES, Tenancy, Tenant
from jobtree.migrate.kueue.topology import locality
from jobtree.migrate.migration import Note, Outcome
from jobtree.migrate.names import labels
from jobtree.migrate.wire import document

_VALUE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", re.ASCII)
_MOST_SELECTED, _MOST_SPONSORS = 16, 64


@dataclass(slots=True, kw_only=True)
class Runs:
    """Documents by path, node labels that runs select by, and what there is to say."""

    files: dict[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    selected: set[str] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A Workload that becomes Runs, one for each gang, in order."""

    work: Workload
    queue: ClusterQueue
    tenant: Tenant
    gangs: tuple[Gang, ...]


def runs(found: Found, tenancy: Tenancy, flavors: Mapping[str, str], options: Options) -> Runs:
    """All runs. ``flavors``: ResourceFlavor to ``gpu.flavor``."""
    made = Runs()
    wanted = list(_wanted(found, tenancy, made.notes))
    called = _names(wanted)
    for one in wanted:
        names = [called[one.work.namespace, key] for key in _keys(one, wanted_titles(wanted))]
        for gang, name in zip(one.gangs, names, strict=True):
            spec = _spec(one, gang, (found, tenancy, flavors, options), made)
            together = [other for other in names if other != name]
            spec |= {"with": together} if together else {}
            created = {} if one.work.created is None else {"creationTimestamp": format_instant(one.work.created)}
            path = f"runs/{one.work.namespace}/{name}.yaml"
            metadata = {"name": name, "namespace": one.work.namespace, **created}
            made.files[path] = (document("Run", metadata, spec),)
            made.notes.extend(_size_notes(one, gang, f"Run {one.work.namespace}/{name}", spec))
        made.notes.extend(_change_notes(one, options))
    return made


def wanted_titles(wanted: list[_Wanted]) -> Mapping[tuple[str, str], int]:
    """How many Workloads of a namespace have a title."""
    counts: dict[tuple[str, str], int] = {}
    for one in wanted:
        key = one.work.namespace, one.work.title
        counts[key] = counts.get(key, 0) + 1
    return counts


def _keys(one: _Wanted, titles: Mapping[tuple[str, str], int]) -> list[str]:
    """What the runs of a Workload would be called if anything could be a name."""
    work = one.work
    alone = titles[work.namespace, work.title] == 1
    title = work.title if alone else f"{work.title} {work.kind} {work.name}"
    return [title if len(one.gangs) == 1 else f"{title} {gang.first.name}" for gang in one.gangs]


def _names(wanted: list[_Wanted]) -> Mapping[tuple[str, str], str]:
    titles = wanted_titles(wanted)
    keys: dict[str, list[str]] = {}
    for one in wanted:
        keys.setdefault(one.work.namespace, []).extend(_keys(one, titles))
    return {(space, key): name for space, theirs in keys.items() for key, name in labels(theirs).items()}


def _wanted(found: Found, tenancy: Tenancy, notes: list[Note]) -> Iterator[_Wanted]:
    old = superseded(found.workloads)
    queues = {queue.name: queue for queue in found.cluster_queues}
    finished = without = 0
    for work in found.workloads:
        if work.finished:
            finished += 1
            continue
        if not any(one.gpus and one.count for one in work.pod_sets):
            without += 1
            continue
        queue = queues.get(_queue_of(work, found) or "")
        why = _refusal(work, queue, found, tenancy, is_old=(work.namespace, work.name) in old)
        sizes = gangs(work, queue, found) if queue is not None and why is None else why
        if queue is None or not isinstance(sizes, tuple):
            notes.append(Note(outcome=Outcome.DROPPED, source=work.source, target=None, text=str(sizes)))
            continue
        yield _Wanted(work=work, queue=queue, tenant=tenancy.of_queue[queue.name], gangs=sizes)
    if finished:
        text = "they are over; what was used before an import is in nobody's books"
        notes.append(Note(outcome=Outcome.DROPPED, source=count(finished, "finished workload"), target=None, text=text))
    if without:
        text = "they want no GPUs: jobtree plans GPUs only, so leave them to Kueue or to the scheduler"
        notes.append(Note(outcome=Outcome.DROPPED, source=count(without, "workload"), target=None, text=text))


def _queue_of(work: Workload, found: Found) -> str | None:
    local = found.local_queues.get((work.namespace, work.queue or ""))
    return work.admitted_by or (local.cluster_queue if local is not None else None)


def _refusal(work: Workload, queue: ClusterQueue | None, found: Found, tenancy: Tenancy, *, is_old: bool) -> str | None:
    """Why a Workload with GPUs becomes no Run; None if it may."""
    if is_old:
        return "another slice of the same job is there to replace it, and that one is imported"
    if not work.active:
        return "it is not active, so Kueue does not start it either; add it when it may run"
    if queue is None:
        name = work.queue or "(none)"
        return f"its ClusterQueue is not known: LocalQueue {name}, or what it leads to, is not in these files"
    if queue.name not in tenancy.of_queue:
        return f"ClusterQueue {queue.name} has no quota of GPUs"
    if work.namespace not in tenancy.of_queue[queue.name].namespaces[:MOST_NAMESPACES]:
        return f"an owner has at most {MOST_NAMESPACES} namespaces, and this is not one of the first"
    local = found.local_queues.get((work.namespace, work.queue or ""))
    held = queue.held or (local.held if local is not None else None)
    if held is not None and work.admitted_by is None:
        return f"its queue is stopped ({held}), so it must not start; add it when the queue may run"
    return None


def _spec(
    one: _Wanted, gang: Gang, setting: tuple[Found, Tenancy, Mapping[str, str], Options], made: Runs
) -> dict[str, Any]:
    found, tenancy, flavors, options = setting
    flavor = found.flavors.get(gang.flavor)
    level = fabric_level(flavor, found, options)
    levels = found.topologies.get(flavor.topology or "", ()) if flavor is not None else ()
    place, told = locality(gang, level, levels)
    made.notes.extend(Note(outcome=Outcome.CHANGED, source=one.work.source, target=None, text=text) for text in told)
    selector = _selector(gang, flavor.node_labels if flavor is not None else {})
    made.selected.update(selector)
    place |= {"selector": selector} if selector else {}
    duration = {} if one.work.limit is None else {"duration": format_duration(min(one.work.limit, LONGEST))}
    spec: dict[str, Any] = {
        "owner": one.tenant.owner,
        "resources": {
            "gpuType": flavors[gang.flavor],
            "totalGPUs": gang.gpus,
            "gpusPerPod": gang.gpus_per_pod,
        },
        **({"locality": place} if place else {}),
        **({"runtime": duration} if duration else {}),
        **_malleable(gang, place),
        **_funding(one, gang, tenancy),
    }
    added = flavor.tolerations if flavor is not None else ()
    template, cleanings = cleaned(gang.first.template, options.gpu_resource, added)
    changed = (Note(outcome=Outcome.CHANGED, source=one.work.source, target=None, text=text) for text in cleanings)
    made.notes.extend(dict.fromkeys(changed))
    return spec | ({"template": template} if template is not None else {})


def _selector(gang: Gang, implied: Mapping[str, str]) -> dict[str, str]:
    asked = gang.first.node_selector
    ours = [name for name in sorted(asked) if name not in implied and _is_label(name, asked[name])]
    return {name: asked[name] for name in ours[:_MOST_SELECTED]}


def _is_label(name: str, value: str) -> bool:
    prefix, _, last = name.rpartition("/")
    return bool((not prefix or SUBDOMAIN.fullmatch(prefix)) and _VALUE.fullmatch(last) and _VALUE.fullmatch(value))


def _malleable(gang: Gang, place: Mapping[str, Any]) -> dict[str, Any]:
    """The widths of a gang that may start with fewer pods: its step is a pod, or a group."""
    step = place.get("groupGPUs", gang.gpus_per_pod)
    least = gang.fewest_pods * gang.gpus_per_pod
    least += (gang.gpus - least) % step
    if least >= gang.gpus:
        return {}
    return {"malleable": {"minTotalGPUs": least, "maxTotalGPUs": gang.gpus, "stepGPUs": step}}


def _funding(one: _Wanted, gang: Gang, tenancy: Tenancy) -> dict[str, Any]:
    """Owners of the same tree of cohorts who lend without being family; none for one that may not borrow itself."""
    root = one.tenant.root
    if root is None or one.tenant.apart or tenancy.root_of(one.queue.cohort) != root:
        return {}
    sponsors = [
        tenant.owner
        for tenant in tenancy.tenants
        if tenant.apart and tenant.root == root and _lends(tenant, gang.flavor)
    ]
    return {"funding": {"allowBorrow": True, "sponsors": sponsors[:_MOST_SPONSORS]}} if sponsors else {}


def _lends(tenant: Tenant, flavor: str) -> bool:
    return any(
        quota.flavor == flavor and quota.nominal.whole and (quota.lending is None or quota.lending.whole)
        for queue in tenant.queues
        if queue.held is None
        for quota in queue.quotas
    )


def _size_notes(one: _Wanted, gang: Gang, target: str, spec: Mapping[str, Any]) -> Iterator[Note]:
    source = one.work.source
    text = f"{count(gang.pods, 'pod')} x {count(gang.gpus_per_pod, 'GPU')} = {count(gang.gpus, 'GPU')} of {gang.flavor}"
    if one.work.limit is not None:
        text += f", for {spec['runtime']['duration']} ({one.work.limited_by})"
    yield Note(outcome=Outcome.MAPPED, source=source, target=target, text=text)
    if gang.first.preferred is not None:
        text = f"it prefers one {gang.first.preferred}: every plan prefers few domains to many"
        yield Note(outcome=Outcome.MAPPED, source=source, target=target, text=text)
    if len(gang.sets) > 1:
        names = ", ".join(f"{pods.name} ({pods.count:,})" for pods in gang.sets)
        text = f"its pods {names} become one gang, all with the template of {gang.first.name}; rank 0 leads"
        yield Note(outcome=Outcome.CHANGED, source=source, target=target, text=text)
    if "malleable" in spec:
        low, high = spec["malleable"]["minTotalGPUs"], spec["malleable"]["maxTotalGPUs"]
        text = f"minCount: it may start with {low:,} to {high:,} GPUs as before; now it can also grow and be narrowed"
        yield Note(outcome=Outcome.CHANGED, source=source, target=target, text=text)
    if gang.passed:
        text = (
            f"a run has one flavor: {gang.flavor}, the first that fits; Kueue would also try {', '.join(gang.passed)}; "
            "edit gpuType to prefer another"
        )
        yield Note(outcome=Outcome.CHANGED, source=source, target=target, text=text)


def _change_notes(one: _Wanted, options: Options) -> Iterator[Note]:
    work, changes = one.work, []
    if work.limit is None:
        changes.append(
            f"nothing limits it in Kueue; a plan needs an end, so it gets the fleet's default of {options.duration} "
            "(--default-duration), and its lease ends then: set runtime.duration"
        )
    if work.created is None:
        changes.append("it has no creationTimestamp: it counts as asked for when its file is committed")
    if work.admitted_by is not None:
        changes.append(
            "it runs under Kueue now, and jobtree plans it as if it had not begun: let it finish there and delete its "
            "file, or let it begin again"
        )
    if work.elastic:
        changes.append(
            "it is elastic in Kueue, which keeps no bounds of its width: it is fixed here at its present width; add "
            "malleable with min, max and step to let it grow"
        )
    if len(one.gangs) > 1:
        changes.append("its kinds of pods differ, so they become runs that start together (with), or not at all")
    if any(pods.count and not pods.gpus for pods in work.pod_sets):
        idle = ", ".join(pods.name for pods in work.pod_sets if pods.count and not pods.gpus)
        changes.append(f"its pods without GPUs ({idle}) are not part of the run")
    for text in changes:
        yield Note(outcome=Outcome.CHANGED, source=work.source, target=None, text=text)
