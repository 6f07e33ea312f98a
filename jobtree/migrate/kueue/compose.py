"""From Kueue's objects to a fleet repository: the one place that knows all the parts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jobtree.base.diagnostic import Diagnostic
from jobtree.base.instant import Instant, format_instant
from jobtree.base.words import count
from jobtree.migrate.cursor import SourceObject
from jobtree.migrate.kueue.budgets import YEAR, Budgets, budgets
from jobtree.migrate.kueue.decode import decode
from jobtree.migrate.kueue.machines import flavor_names, machine_files
from jobtree.migrate.kueue.options import Options
from jobtree.migrate.kueue.runs import runs
from jobtree.migrate.kueue.settings import for_everybody, settings
from jobtree.migrate.kueue.tenants import MOST_NAMESPACES, Tenancy, tenancy
from jobtree.migrate.migration import Migration, Note, Outcome
from jobtree.migrate.wire import document

_MOST_PATHS = 256


def migrate_kueue(
    documents: Sequence[SourceObject], options: Options
) -> tuple[Migration | None, tuple[Diagnostic, ...]]:
    """The fleet repository that these objects describe, in whatever order they come; None if something is wrong.

    Codes: JT181, JT182, JT184, JT186. The sum of the envelopes' concurrency is the sum of the nominal quota of GPUs.
    """
    found, findings = decode(documents, options.gpu_resource)
    if findings:
        return None, findings
    owners = tenancy(found)
    flavors = flavor_names(found)
    money = budgets(found, owners, flavors, options)
    work = runs(found, owners, flavors, options)
    nodes, about_nodes = machine_files(found, flavors, frozenset(work.selected), options)
    fleet = {"fleet.yaml": (_fleet(owners, money, options),)}
    notes = (
        *for_everybody(found),
        *_windows(money, options),
        *_registry(owners),
        *_namespaces(owners),
        *owners.notes,
        *money.notes,
        *settings(found, options),
        *about_nodes,
        *work.notes,
    )
    files = {**fleet, **money.files, **work.files, **nodes}
    return Migration(files={path: files[path] for path in sorted(files)}, notes=tuple(dict.fromkeys(notes))), ()


def _fleet(owners: Tenancy, money: Budgets, options: Options) -> Mapping[str, Any]:
    """The Fleet: everybody who holds or shares quota, and the default duration."""
    entries = [_entry(tenant.owner, tenant.namespaces[:MOST_NAMESPACES], money) for tenant in owners.tenants]
    entries += [_entry(owner, (), money) for owner in owners.cohort_owner.values()]
    planning: dict[str, Any] = {"horizon": "14d", "defaults": {"duration": options.duration}}
    planning |= {} if options.gpu_resource == "nvidia.com/gpu" else {"gpuResource": options.gpu_resource}
    spec = {
        "clusters": [options.cluster],
        "owners": sorted(entries, key=lambda entry: str(entry["name"])),
        "planning": planning,
        "output": {"dir": "rendered"},
    }
    return document("Fleet", {"name": options.cluster}, spec)


def _entry(owner: str, namespaces: Sequence[str], money: Budgets) -> dict[str, Any]:
    """An owner with the paths of its budgets and runs; one that has more than a registry takes may write any."""
    paths = [*money.paths.get(owner, ()), *(f"runs/{name}/**" for name in namespaces)]
    entry: dict[str, Any] = {"name": owner}
    entry |= {"namespaces": list(namespaces)} if namespaces else {}
    return entry | ({"paths": paths} if 0 < len(paths) <= _MOST_PATHS else {})


def _namespaces(owners: Tenancy) -> Iterator[Note]:
    for tenant in owners.tenants:
        names = ", ".join(queue.name for queue in tenant.queues)
        if tenant.namespaces:
            text = f"its LocalQueues' namespaces are the owner's: {', '.join(tenant.namespaces[:MOST_NAMESPACES])}"
            outcome = Outcome.MAPPED
        else:
            text = "no LocalQueue leads into it: it holds quota that others may use, and has no namespace for runs"
            outcome = Outcome.CHANGED
        yield Note(outcome=outcome, source=f"ClusterQueue {names}", target=f"owner {tenant.owner}", text=text)
        if len(tenant.namespaces) + len(tenant.queues) > _MOST_PATHS:
            text = f"a registry takes {_MOST_PATHS} paths of an owner: this one has none, so it may write anywhere"
            yield Note(
                outcome=Outcome.CHANGED, source=f"ClusterQueue {names}", target=f"owner {tenant.owner}", text=text
            )
        for name in tenant.namespaces[MOST_NAMESPACES:]:
            text = f"an owner has at most {MOST_NAMESPACES} namespaces: divide the queue among several owners"
            yield Note(outcome=Outcome.DROPPED, source=f"namespace {name}", target=None, text=text)
    for name, owner in sorted(owners.cohort_owner.items()):
        above = owners.parent[name]
        text = "it is the parent of those in it; what one of them leaves unused, its family may use"
        text += "" if above is None else f"; its own parent is {owners.cohort_owner[above]}"
        yield Note(outcome=Outcome.MAPPED, source=f"Cohort {name}", target=f"owner {owner}", text=text)


def _windows(money: Budgets, options: Options) -> Iterator[Note]:
    envelopes = sum(len(item["spec"].get("envelopes", ())) for page in money.files.values() for item in page)
    if envelopes:
        first, last = format_instant(options.now), format_instant(Instant(options.now + YEAR))
        text = (
            f"quota had no end; an envelope has a window, here {first} to {last}, and `jobtree check` warns 30d before"
        )
        yield Note(outcome=Outcome.CHANGED, source="nominalQuota", target=count(envelopes, "envelope"), text=text)


def _registry(owners: Tenancy) -> Iterator[Note]:
    text = "who may change which budget is said in fleet.yaml, by path; nobody is named as approver yet: add approvers"
    target = count(len(owners.tenants) + len(owners.cohort_owner), "owner")
    yield Note(outcome=Outcome.CHANGED, source="RBAC on ClusterQueues", target=target, text=text)
