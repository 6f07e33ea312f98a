"""Documents that say what a changed catalog says: the edit that a suggestion stands for, made in a world."""

import copy
from collections.abc import Iterator
from typing import Any

from jobtree.base.instant import format_instant
from jobtree.base.quantity import HOUR
from jobtree.model.budget import AggregateCap, Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.run import Run, TreeQuota
from tests.worlds import World

Document = dict[str, Any]


def rewritten(world: World, before: Catalog, after: Catalog) -> World:
    """The world with the fields set in which the two catalogs differ."""
    fresh = World(copy.deepcopy(world.documents))
    documents = [one for documents in fresh.documents.values() for one in documents]
    for run in after.runs:
        if run != before.run_of[run.key]:
            for document in _named(documents, "Run", run.key.namespace, run.key.name):
                _set_run(document["spec"], before.run_of[run.key], run)
            for quota in run.quotas:
                _set_quota(documents, quota)
    for budget in after.budgets:
        for document in _named(documents, "Budget", budget.key.namespace, budget.key.name):
            for envelope in budget.envelopes:
                if envelope != before.envelopes[envelope.key]:
                    _set_envelope(_entry(document["spec"]["envelopes"], envelope.key.envelope), envelope)
            for cap in budget.caps:
                _set_cap(_entry(document["spec"]["aggregateCaps"], cap.name), cap)
    _add_nodes(fresh, before, after)
    return fresh


def _named(documents: list[Document], kind: str, space: str, name: str) -> Iterator[Document]:
    for one in documents:
        if one["kind"] == kind and (one["metadata"].get("namespace"), one["metadata"]["name"]) == (space, name):
            yield one


def _entry(entries: list[Document], name: str) -> Document:
    return next(entry for entry in entries if entry["name"] == name)


def _set_run(spec: Document, old: Run, run: Run) -> None:
    spec["resources"] |= {"totalGPUs": run.total_gpus, "gpusPerPod": run.gpus_per_pod}
    spec["runtime"]["duration"] = f"{run.duration}s"
    spec["spares"] = run.spares
    if run.deadline is not None:
        spec["runtime"]["deadline"] = format_instant(run.deadline)
    if run.elastic is not None:
        spec["malleable"]["minTotalGPUs"] = run.elastic.minimum
    if run.spread != old.spread:
        spec["locality"]["allowCrossGroupSpread"] = run.spread
    if run.funding != old.funding:
        funding = spec.setdefault("funding", {})
        funding |= {"allowBorrow": run.funding.allow_borrow, "sponsors": list(run.funding.sponsors)}
        funding |= {"allowOpportunistic": run.funding.allow_opportunistic}
        if run.funding.max_borrow_gpus is not None:
            funding["maxBorrowGPUs"] = run.funding.max_borrow_gpus


def _set_quota(documents: list[Document], quota: TreeQuota) -> None:
    for tree in (one for one in documents if one["kind"] == "JobTree"):
        space, name = tree["metadata"]["namespace"], tree["metadata"]["name"]
        inner = [(f"{name}-{one['name']}", one) for one in tree["spec"].get("trees", [])]
        for own, spec in ((name, tree["spec"]), *inner):
            if (space, own) == (quota.key.namespace, quota.key.name):
                _set_limits(spec["quota"], ("maxGPUs", quota.max_gpus), quota.max_gpu_seconds)


def _set_envelope(entry: Document, envelope: Envelope) -> None:
    _set_limits(entry, ("concurrency", envelope.concurrency), envelope.max_gpu_seconds)
    for name, bound in (("start", envelope.window.start), ("end", envelope.window.end)):
        if bound is not None:
            entry[name] = format_instant(bound)
    if envelope.lending.allow:
        limits = envelope.lending
        _set_limits(entry["lending"], ("maxConcurrency", limits.max_concurrency), limits.max_gpu_seconds)


def _set_cap(entry: Document, cap: AggregateCap) -> None:
    _set_limits(entry, ("maxConcurrency", cap.max_concurrency), cap.max_gpu_seconds)


def _set_limits(entry: Document, gpus: tuple[str, int | None], gpu_seconds: int | None) -> None:
    if gpus[1] is not None:
        entry[gpus[0]] = gpus[1]
    if gpu_seconds is not None:
        assert gpu_seconds % HOUR == 0, "a suggestion asks for whole GPU-hours"
        entry["maxGPUHours"] = gpu_seconds // HOUR


def _add_nodes(world: World, before: Catalog, after: Catalog) -> None:
    """More of the pool that the new nodes are like."""
    more = len(after.nodes) - len(before.nodes)
    known = {node.name for node in before.nodes}
    new = [node for node in after.nodes if node.name not in known]
    for pool in world.documents["topology.yaml"]:
        if new and pool["spec"]["labels"]["fabric.domain"] == new[0].domain.fabric:
            pool["spec"]["count"] += more
