"""Owners to Budgets and the registry: GrpTRES to concurrency, GrpTRESMins to maxGPUHours, the tree to subtree caps."""

from collections.abc import Mapping, Sequence
from typing import Any

from jobtree.base.instant import Instant, format_instant
from jobtree.migrate.slurm.accounts import Key
from jobtree.migrate.slurm.names import dns_label, unique
from jobtree.migrate.slurm.shares import MOST_GPUS, Share
from jobtree.migrate.slurm.site import Settings
from jobtree.migrate.slurm.tres import DAY, HOUR
from jobtree.migrate.wire import document

MOST_HOURS = 1_000_000_000


def budget_documents(
    shares: Sequence[Share], cluster: str, settings: Settings, end: Instant
) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """``budgets/<namespace>.yaml`` for each owner."""
    owners = {share.holder.key: share.holder.owner for share in shares}
    funded = _funded(shares)
    window = {"start": format_instant(settings.now), "end": format_instant(end)}
    seconds = end - settings.now
    files: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for share in shares:
        holder = share.holder
        spec: dict[str, Any] = {"owner": holder.owner}
        if holder.parent is not None:
            spec["parents"] = [owners[holder.parent]]
        spec["envelopes"] = [
            {**envelope, **window, "sharing": "none"} for envelope in _envelopes(share, cluster, seconds)
        ]
        caps = [] if share.is_leaf else _caps(share, funded[holder.key])
        if caps:
            spec["aggregateCaps"] = caps
        if spec["envelopes"]:
            spec["autoRenew"] = {"period": f"{max(1, seconds // DAY)}d", "notifyBefore": f"{min(14, seconds // DAY)}d"}
        metadata = {"name": holder.namespace, "namespace": holder.namespace}
        files[f"budgets/{holder.namespace}.yaml"] = (document("Budget", metadata, spec),)
    return files


def _envelopes(share: Share, cluster: str, seconds: int) -> list[dict[str, Any]]:
    """One for each flavor that the owner may use; hours of a parent are its subtree cap's."""
    if not share.holder.runs:
        return []
    found = []
    for (flavor, gpus), name in zip(share.most.items(), envelope_names(share.most), strict=True):
        envelope: dict[str, Any] = {"name": name, "flavor": flavor, "selector": {"cluster": cluster}}
        if gpus > 0:
            envelope["concurrency"] = gpus
            if share.is_leaf and flavor in share.hours:
                envelope["maxGPUHours"] = min(share.hours[flavor], gpus * seconds // HOUR, MOST_HOURS)
            found.append(envelope)
    return found


def envelope_names(flavors: Mapping[str, int]) -> list[str]:
    """Envelopes are named after flavors."""
    names = unique(flavors, dns_label)
    return [names[flavor] for flavor in flavors]


def _funded(shares: Sequence[Share]) -> dict[Key, set[str]]:
    """Owner to the flavors of envelopes that it and its descendants have."""
    found: dict[Key, set[str]] = {}
    for share in reversed(shares):
        own = {flavor for flavor, gpus in share.most.items() if gpus > 0} if share.holder.runs else set()
        found.setdefault(share.holder.key, set()).update(own)
        if share.holder.parent is not None:
            found.setdefault(share.holder.parent, set()).update(found[share.holder.key])
    return found


def _caps(share: Share, funded: set[str]) -> list[dict[str, Any]]:
    """What bounds the owner and everybody below it, where anybody has an envelope of the flavor."""
    caps = []
    for (flavor, _), name in zip(share.most.items(), envelope_names(share.most), strict=True):
        cap: dict[str, Any] = {"name": name, "flavor": flavor, "subtree": True}
        if flavor in share.at_once:
            cap["maxConcurrency"] = min(share.at_once[flavor], MOST_GPUS)
        if flavor in share.hours:
            cap["maxGPUHours"] = min(share.hours[flavor], MOST_HOURS)
        if len(cap) > 3 and flavor in funded:
            caps.append(cap)
    return caps


def owner_entries(shares: Sequence[Share]) -> list[dict[str, Any]]:
    """The registry: each owner writes the runs of its own namespace."""
    return [
        {
            "name": share.holder.owner,
            "namespaces": [share.holder.namespace],
            "paths": [f"budgets/{share.holder.namespace}.yaml", f"runs/{share.holder.namespace}/**"],
        }
        for share in sorted(shares, key=lambda share: share.holder.owner)
    ]
