"""``jobtree import kueue``."""

import re
from pathlib import Path
from typing import Annotated

import typer

from jobtree.adapters.clock import wall_clock
from jobtree.base.quantity import parse_duration
from jobtree.cli.delivering import Delivery, deliver, read_given, refuse
from jobtree.cli.given import given_instant
from jobtree.cli.terminal import Terminal
from jobtree.load.foreign import read_foreign
from jobtree.migrate.kueue.compose import migrate_kueue
from jobtree.migrate.kueue.options import Options

EXAMPLES = """\b
Examples:
  kubectl get clusterqueues,cohorts,localqueues,resourceflavors,topologies,workloads -A -o yaml > kueue.yaml
  kubectl get nodes -o yaml > nodes.yaml
  jobtree import kueue kueue.yaml nodes.yaml --out my-fleet --cluster gpu-west
"""
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_LABEL = re.compile(r"([a-z0-9][-a-z0-9.]{0,252}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", re.ASCII)


def kueue(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help="What `kubectl get ... -o yaml` printed.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The new fleet repository; no file there is overwritten.")],
    cluster: Annotated[str, typer.Option(metavar="NAME", help="What this cluster is called in the fleet.")] = "main",
    default_duration: Annotated[
        str, typer.Option(metavar="DURATION", help="Of runs that nothing limits in Kueue.")
    ] = "24h",
    fabric_label: Annotated[
        str | None,
        typer.Option(metavar="LABEL", help="The node label of a fast-fabric domain, instead of the topmost level."),
    ] = None,
    gpu_resource: Annotated[
        str, typer.Option(metavar="RESOURCE", help="The resource that counts GPUs.")
    ] = "nvidia.com/gpu",
    now: Annotated[str | None, typer.Option(metavar="T", help="When the windows of the budgets open.")] = None,
) -> None:
    """Write a fleet repository from Kueue's objects and the nodes, and a report of what changes (MIGRATION.md)."""
    terminal: Terminal = context.obj
    as_of = given_instant(now) or wall_clock()
    options = Options(
        now=as_of,
        cluster=_given(cluster, _NAME, "--cluster", "a name of a-z, 0-9 and -"),
        duration=_duration(default_duration),
        gpu_resource=_given(gpu_resource, _LABEL, "--gpu-resource", "a resource such as nvidia.com/gpu"),
        fabric=None if fabric_label is None else _given(fabric_label, _LABEL, "--fabric-label", "a node label"),
    )
    sources, unreadable = read_given(files)
    readings = [read_foreign(source) for source in sources]
    wrong = [*unreadable, *(finding for _, findings in readings for finding in findings)]
    documents = [document for documents, _ in readings for document in documents]
    migration, findings = migrate_kueue(documents, options) if not wrong else (None, ())
    if migration is None:
        refuse((*wrong, *findings), sources, terminal)
    deliver(migration, Delivery(origin="Kueue", folder=out, as_of=as_of, terminal=terminal))


def _given(value: str, pattern: re.Pattern[str], option: str, expected: str) -> str:
    if pattern.fullmatch(value) is None:
        raise typer.BadParameter(f"give {expected}", param_hint=option)
    return value


def _duration(text: str) -> str:
    try:
        seconds = parse_duration(text)
    except ValueError as fault:
        raise typer.BadParameter(str(fault), param_hint="--default-duration") from None
    if seconds == 0:
        raise typer.BadParameter("a run takes at least 1s", param_hint="--default-duration")
    return text
