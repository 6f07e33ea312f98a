"""``kubectl runs plan RUN``: when it starts, where, what is missing, and who may have to make room."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from jobtree.base.instant import format_instant
from jobtree.base.plain import plain
from jobtree.base.words import count
from jobtree.cli.entries import Entry, paid_by
from jobtree.cli.runs.nodes import node_ranges
from jobtree.cli.runs.printing import OUTPUT, OutputOption, print_thing
from jobtree.cli.runs.verb import door_of, the_run

EXAMPLES = """\b
Examples:
  kubectl runs plan trainer-128
  kubectl runs plan nlp/probe --state cluster.yaml
  kubectl runs plan trainer-128 -o jsonpath='{.status.plan.at}'
"""
REMEDIES = {
    "ReclaimUnfunded": "reclaim unfunded",
    "DropSpare": "drop spares",
    "Shrink": "shrink malleable",
    "Lottery": "lottery",
}
DECISIONS = {
    "start": "starts now",
    "reserve": "starts later",
    "running": "is running",
    "refuse": "is refused",
    "finished": "is over",
    "pending": "is pending",
}


def plan(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A name, or namespace/name.")],
    output: OutputOption = OUTPUT,
) -> None:
    """Say when a run starts and where, what is missing until then, and who may have to make room for it."""
    door = door_of(context)
    view = door.view()
    if output.is_table:
        door.note(view)
    row = the_run(run, view, door)
    if not output.is_table:
        print_thing(row.as_object(), output)
        return
    lines = plan_lines(row.entry, as_of=format_instant(view.as_of))
    typer.echo("".join(f"{name}: {plain(value)}\n" for name, value in lines), nl=False)
    for name, value in wide_lines(row.entry) if output.is_wide else ():
        typer.echo(f"{name}: {plain(value)}")


def plan_lines(run: Entry, *, as_of: str) -> Iterator[tuple[str, str]]:
    """The lines of one run. The same names in the same order, whatever was decided; one with nothing to say is left
    out, but for what makes room, which a reservation always tells.
    """
    decision = run["decision"]
    yield "run", run["run"]
    yield "decision", f"{DECISIONS[decision]} (as of {_minute(as_of)})"
    if run["at"] is not None:
        yield ("earliestStart" if decision in ("start", "reserve") else "started"), _minute(run["at"])
    elif decision == "refuse":
        yield "earliestStart", "none"
    if run["expectedEnd"] is not None:
        yield ("finished" if decision == "finished" else "expectedEnd"), _minute(run["expectedEnd"])
    if run["width"] is not None:
        yield "width", count(run["width"], "GPU")
    if run["groups"]:
        yield "intendedSlice" if decision == "reserve" else "slice", "; ".join(_slices(run["groups"]))
    if run["payers"]:
        yield "payers", paid_by(run)
    if run["forecast"] is not None:
        yield from _forecast_lines(run["run"], run["forecast"])
    yield "reason", f"{run['reason']['code']} {run['reason']['message']}".strip()


def wide_lines(run: Entry) -> Iterator[tuple[str, str]]:
    """The numbers behind the reason."""
    for name, value in run["reason"]["facts"].items():
        yield f"fact {name}", str(value)


def _minute(instant: str) -> str:
    """``2026-03-02T14:05Z``; with seconds where they are not zero."""
    return instant.removesuffix(":00Z") + "Z" if instant.endswith(":00Z") else instant


def _slices(groups: Sequence[Entry]) -> Iterator[str]:
    """``domain=B (nodes b01-b08)`` for each domain, in the order of groups."""
    nodes: dict[str, list[str]] = {}
    for group in groups:
        name = group["domain"].get("fabric", "")
        nodes.setdefault(name, []).extend(pod["node"] for pod in group["pods"])
    for name, members in nodes.items():
        where = f"domain={name} " if name else ""
        yield f"{where}(nodes {', '.join(node_ranges(members))})"


def _forecast_lines(run: str, forecast: Entry) -> Iterator[tuple[str, str]]:
    """What is missing at its start, who is asked for it, and how likely each is to lose something."""
    short = [f"{count(one['gpus'], 'GPU')} in domain={one['domain']['fabric']}" for one in forecast["deficit"]]
    yield "deficit", ", ".join(short) or "none"
    yield "conflictSet", f"[{', '.join(_named(one, run) for one in forecast['conflictSet'])}]"
    yield "remedies", ", ".join(_remedies(forecast["remedies"])) or "none"
    if forecast["cutProbability"]:
        odds = sorted(forecast["cutProbability"].items())
        yield "cutProbability", ", ".join(f"{_named(name, run)} {_odds(one)}" for name, one in odds)
    yield "naturalStart", _minute(forecast["naturalStart"])
    yield "confidence", forecast["confidence"]


def _named(other: str, run: str) -> str:
    """``run/mm1`` for a run of the same namespace, ``run/vision/mm1`` for one of another."""
    namespace, _, name = other.partition("/")
    return f"run/{name}" if namespace == run.partition("/")[0] else f"run/{other}"


def _remedies(remedies: Sequence[Entry]) -> Iterator[str]:
    """GPUs by kind, in the order in which kinds are asked."""
    for kind, words in REMEDIES.items():
        gpus = sum(one["gpus"] for one in remedies if one["kind"] == kind)
        if gpus:
            yield f"{words} ({gpus:,})"


def _odds(chance: Entry) -> str:
    """``1/2 (exact)``, or ``1/3 (sampled +- 0.01)``."""
    error = f" +- {chance['error']}" if chance.get("error") is not None else ""
    return f"{chance['p']} ({chance['method']}{error})"
