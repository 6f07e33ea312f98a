"""``kubectl runs state``: every run with what was decided, how wide it is, when it starts, and how it is paid."""

from typing import Annotated

import typer

from jobtree.base.instant import format_instant
from jobtree.cli.runs.printing import OUTPUT, Listing, NoHeaders, OutputOption, print_listing
from jobtree.cli.runs.rows import COLUMNS, WIDE, rows_of
from jobtree.cli.runs.verb import door_of

EXAMPLES = """\b
Examples:
  kubectl runs state
  kubectl runs state -n nlp -o wide
  kubectl runs state --state cluster.yaml --owner org:lab:nlp
  kubectl runs state -o jsonpath='{range .items[*]}{.metadata.name}{"\\t"}{.status.plan.decision}{"\\n"}{end}'
"""


def state(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also what is over.")] = False,
    owner: Annotated[str | None, typer.Option(metavar="OWNER", help="Only runs of this owner.")] = None,
    output: OutputOption = OUTPUT,
    no_headers: NoHeaders = False,
) -> None:
    """List runs: decision, GPUs had and wanted, start, end, and the class of who pays."""
    door = door_of(context)
    view = door.view()
    if output.is_table:
        door.note(view)
    as_of = format_instant(view.as_of)
    rows = [
        row
        for row in rows_of(view, door.namespace)
        if owner in (None, row.entry["owner"]) and (everything or not row.is_over)
    ]
    listing = Listing(
        columns=(*COLUMNS, *WIDE) if output.is_wide else COLUMNS,
        rows=[(*row.cells(as_of), *(row.wide_cells() if output.is_wide else ())) for row in rows],
        things=[row.as_object() for row in rows],
    )
    where = "" if door.namespace is None else f" in namespace {door.namespace}"
    nothing = f"No runs found{where}{'' if everything else '; --all lists what is over too'}."
    print_listing(listing, output, headers=not no_headers, nothing=nothing)
