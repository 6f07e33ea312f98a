"""Entries of plan.json in words: the cells that the summary and ``explain`` share."""

from collections.abc import Iterable
from typing import Any

Entry = Any
"""An entry of plan.json, as contracts.md has it."""


def gpus(run: Entry) -> str:
    """Width, and what the spares hold on top: ``96 +32``."""
    spares = sum(len(pod["slots"]) for pod in pods(run) if pod["role"] == "Spare")
    return f"{run['width']:,}" + (f" +{spares:,}" if spares else "")


def pods(run: Entry) -> Iterable[Entry]:
    """All pods of all groups."""
    return (pod for group in run["groups"] for pod in group["pods"])


def where(run: Entry) -> str:
    """Cluster, and the fabric domains of its groups: ``gpu-a: A B``."""
    domains = [group["domain"] for group in run["groups"]]
    fabrics = list(dict.fromkeys(domain["fabric"] for domain in domains))
    return f"{domains[0]['cluster']}: {' '.join(shorten(fabrics))}" if domains else ""


def shorten(names: list[str], *, most: int = 4) -> list[str]:
    """The first few names, and how many more there are."""
    return names if len(names) <= most else [*names[: most - 1], f"+{len(names) - most + 1}"]


def paid_by(run: Entry) -> str:
    """Each payer with its GPUs; how it is related is said unless it is the owner itself."""
    parts = []
    for share in run["payers"]:
        kind = "" if share["class"] == "Owned" else f" {share['class'].lower()}"
        parts.append(
            f"{share['envelope']} {share['gpus']:,}{kind}" if share["envelope"] else f"unfunded {share['gpus']:,}"
        )
    return ", ".join(shorten(parts, most=3))


def used_by_domain(runs: Iterable[Entry]) -> dict[tuple[str, str, str], int]:
    """GPUs in use at the plan's instant by (region, cluster, fabric): runs that start or are running.

    A guest sits on a spare, which holds those GPUs already.
    """
    used: dict[tuple[str, str, str], int] = {}
    for run in runs:
        if run["decision"] in ("start", "running"):
            for group in run["groups"]:
                domain = group["domain"]
                key = (domain["region"], domain["cluster"], domain["fabric"])
                used[key] = used.get(key, 0) + sum(
                    len(pod["slots"]) for pod in group["pods"] if pod["role"] != "Opportunistic"
                )
    return used
