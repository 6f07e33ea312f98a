"""``jobtree import slurm``."""

import re
from pathlib import Path
from typing import Annotated

import typer

from jobtree.adapters.clock import wall_clock
from jobtree.base.instant import Instant
from jobtree.cli.delivering import Delivery, deliver, read_given, refuse
from jobtree.cli.formats import text
from jobtree.cli.given import given_instant
from jobtree.cli.terminal import Terminal
from jobtree.migrate.slurm.convert import migrate_slurm
from jobtree.migrate.slurm.site import Settings

EXAMPLES = """\b
Examples:
  scontrol show config > config.txt; scontrol show partition > partitions.txt
  scontrol -o show node > nodes.txt; scontrol show topology > topology.txt
  sacctmgr -P show assoc format=Cluster,Account,ParentName,User,Share,GrpTRES,GrpTRESMins > associations.txt
  jobtree import slurm *.txt *.sbatch --out my-fleet
docs/guides/slurm-users.md has the commands for qos, queue and history too.
"""
_YEAR = 365 * 86_400
_LABEL = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", re.ASCII)
_OFFSET = re.compile(r"([+-])([01][0-9]):([0-5][0-9])", re.ASCII)


def slurm(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILES", help="What Slurm's commands printed, and batch scripts.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The new fleet repository; no file there is overwritten.")],
    region: Annotated[str, typer.Option(metavar="NAME", help="Where the cluster is: Slurm does not know.")] = "default",
    utc_offset: Annotated[
        str, typer.Option(metavar="+HH:MM", help="Of the clock that Slurm printed times of.")
    ] = "+00:00",
    now: Annotated[str | None, typer.Option(metavar="T", help="When the windows of the budgets open.")] = None,
    until: Annotated[
        str | None, typer.Option(metavar="T", help="When they close at the latest; a year later without it.")
    ] = None,
) -> None:
    """Write a fleet repository from what Slurm's commands print, and a report of what changes (MIGRATION.md).

    Files are told apart by what stands in them. Nodes and associations are needed, everything else makes it better.
    """
    terminal: Terminal = context.obj
    as_of = given_instant(now) or wall_clock()
    settings = Settings(now=as_of, until=_until(until, as_of), region=_region(region), utc_offset=_seconds(utc_offset))
    sources, unreadable = read_given(files)
    texts = {source.path: decoded(source.data) for source in sources}
    migration, findings = migrate_slurm(texts, settings)
    if migration is None or unreadable:
        refuse((*unreadable, *findings), sources, terminal)
    for line in text.lines(findings, {source.path: source.data for source in sources}):
        terminal.err.print(line, soft_wrap=True)
    deliver(migration, Delivery(origin="Slurm", folder=out, as_of=as_of, terminal=terminal))


def decoded(data: bytes) -> str:
    """The text, without the mark that some editors put first."""
    return data.decode("utf-8-sig", errors="replace")


def _until(given: str | None, now: Instant) -> Instant:
    until = given_instant(given)
    if until is not None and until <= now:
        raise typer.BadParameter("give an instant after --now", param_hint="--until")
    return until or Instant(now + _YEAR)


def _region(given: str) -> str:
    if _LABEL.fullmatch(given) is None:
        raise typer.BadParameter("give a label value such as us-west", param_hint="--region")
    return given


def _seconds(given: str) -> int:
    match = _OFFSET.fullmatch(given)
    if match is None:
        raise typer.BadParameter("give hours and minutes such as +01:00", param_hint="--utc-offset")
    seconds = int(match[2]) * 3_600 + int(match[3]) * 60
    return -seconds if match[1] == "-" else seconds
