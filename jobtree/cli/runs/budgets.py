"""``kubectl runs budgets usage``: who uses which envelope, in which class, and how many hours are left."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from jobtree.base.moments import gpu_hours
from jobtree.cli.entries import Entry
from jobtree.cli.runs.backend import View
from jobtree.cli.runs.facts import key_of, of_kind, plan_of
from jobtree.cli.runs.lookup import in_namespace
from jobtree.cli.runs.printing import OUTPUT, Listing, NoHeaders, OutputOption, print_listing
from jobtree.cli.runs.verb import door_of, with_common

EXAMPLES = """\b
Examples:
  kubectl runs budgets usage
  kubectl runs budgets usage --owner org:lab:nlp
  kubectl runs budgets usage -o jsonpath='{range .items[*].status.usage[*]}{.envelope}={.used.Borrowed}{"\\n"}{end}'
"""
_CLASSES = ("Owned", "Shared", "Borrowed")
COLUMNS = (
    "ENVELOPE", "OWNER", "GPUS", "CAP", "OWNED", "SHARED", "BORROWED", "UNFUNDED", "SPARE", "HOURS", "PLANNED",
    "HOURS CAP",
)  # fmt: skip

app = typer.Typer(help="What budgets pay for.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _budgets() -> None:
    """What budgets pay for."""


@app.command(epilog=with_common(EXAMPLES))
def usage(
    context: typer.Context,
    owner: Annotated[str | None, typer.Option(metavar="OWNER", help="Only envelopes and runs of this owner.")] = None,
    output: OutputOption = OUTPUT,
    no_headers: NoHeaders = False,
) -> None:
    """Show for each envelope the GPUs in use against its cap, by class, and GPU-hours spent, planned and allowed.

    A last line for each owner has the GPUs that nobody pays for. Spares are counted in their class as well.
    """
    door = door_of(context)
    view = door.view()
    if output.is_table:
        door.note(view)
    budgets = [budget for budget in of_kind(view, "Budget") if owner in (None, budget["spec"]["owner"])]
    budgets = [one for one in budgets if door.namespace in (None, one["metadata"]["namespace"])]
    used = _by_budget(plan_of(view)["envelopes"])
    rows = [_row(entry, budget["spec"]["owner"]) for budget in budgets for entry in used.get(key_of(budget), ())]
    rows += [_unpaid(name, gpus) for name, gpus in _unfunded(view, door.namespace, owner)]
    things = [_with_usage(budget, used.get(key_of(budget), ())) for budget in budgets]
    listing = Listing(columns=COLUMNS, rows=rows, things=things)
    print_listing(listing, output, headers=not no_headers, nothing="No budgets found.")


def _by_budget(envelopes: Sequence[Entry]) -> Mapping[str, Sequence[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in envelopes:
        found.setdefault(entry["envelope"].rpartition("/")[0], []).append(entry)
    return found


def _row(entry: Entry, owner: str) -> tuple[str, ...]:
    used, hours = entry["used"], entry["gpuSeconds"]
    return (
        entry["envelope"],
        owner,
        str(sum(used[kind] for kind in _CLASSES)),
        str(entry["concurrency"]),
        *(str(used[kind]) for kind in (*_CLASSES, "Unfunded", "Spare")),
        _hours(hours["spent"]),
        _hours(hours["planned"]),
        "none" if hours["cap"] is None else gpu_hours(hours["cap"]),
    )


def _hours(seconds: int | None) -> str:
    """Unknown where nobody planned."""
    return "-" if seconds is None else gpu_hours(seconds)


def _unfunded(view: View, namespace: str | None, owner: str | None) -> Iterator[tuple[str, int]]:
    """GPUs that nobody pays for right now, by owner."""
    gpus: dict[str, int] = {}
    for run in in_namespace(plan_of(view)["runs"], namespace):
        if run["decision"] in ("start", "running") and owner in (None, run["owner"]):
            unpaid = sum(share["gpus"] for share in run["payers"] if share["class"] == "Unfunded")
            gpus[run["owner"]] = gpus.get(run["owner"], 0) + unpaid
    yield from ((name, gpus[name]) for name in sorted(gpus) if gpus[name])


def _unpaid(owner: str, gpus: int) -> tuple[str, ...]:
    return ("nobody", owner, str(gpus), "-", "-", "-", "-", str(gpus), "-", "-", "-", "-")


def _with_usage(budget: Any, envelopes: Sequence[Entry]) -> Mapping[str, Any]:
    """The Budget with the entries of its envelopes in the plan as ``status.usage``."""
    return {**budget, "status": {**(budget.get("status") or {}), "usage": list(envelopes)}}
