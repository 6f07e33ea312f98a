"""``kubectl runs sponsors``: whom a run may borrow from, and who of them lends."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from jobtree.base.identity import Owner
from jobtree.cli.runs.backend import View
from jobtree.cli.runs.editing import apply, key_of_run
from jobtree.cli.runs.facts import key_of, of_kind
from jobtree.cli.runs.printing import OUTPUT, Listing, NoHeaders, OutputOption, print_listing, print_thing
from jobtree.cli.runs.rows import RunRow
from jobtree.cli.runs.verb import door_of, the_run, with_common
from jobtree.cover.lending import lends_to
from jobtree.edit.edits import AddSponsors
from jobtree.model.budget import Lending

LIST_EXAMPLES = """\b
Examples:
  kubectl runs sponsors list trainer-128
  kubectl runs sponsors list trainer-128 -o jsonpath='{.spec.funding.sponsors[*]}'
"""
ADD_EXAMPLES = """\b
Examples:
  kubectl runs sponsors add trainer-128 org:ai:mm:vision
  kubectl runs sponsors add trainer-128 org:vision org:audio --max 32
"""
COLUMNS = ("SPONSOR", "ENVELOPE", "FLAVOR", "LENDS", "AT MOST", "BORROWED")

app = typer.Typer(help="Whom a run may borrow from.", no_args_is_help=True, rich_markup_mode=None)


@app.command(name="list", epilog=with_common(LIST_EXAMPLES))
def show(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A name, or namespace/name.")],
    output: OutputOption = OUTPUT,
    no_headers: NoHeaders = False,
) -> None:
    """List the sponsors of a run in their order, whether their envelopes lend to it, and what it borrows now."""
    door = door_of(context)
    view = door.view()
    if output.is_table:
        door.note(view)
    row = the_run(run, view, door)
    if not output.is_table:
        print_thing(row.as_object(), output)
        return
    funding = row.thing["spec"].get("funding") or {}
    rows = [cells for sponsor in funding.get("sponsors") or () for cells in _sponsor(sponsor, row, view)]
    listing = Listing(columns=COLUMNS, rows=rows, things=())
    nothing = f"{row.entry['run']} lists no sponsors; `kubectl runs sponsors add` adds some."
    print_listing(listing, output, headers=not no_headers, nothing=nothing)
    if rows and not funding.get("allowBorrow"):
        door.terminal.tell(f"{row.entry['run']} does not borrow: funding.allowBorrow is not true")


@app.command(epilog=with_common(ADD_EXAMPLES))
def add(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A name, or namespace/name.")],
    sponsors: Annotated[list[str], typer.Argument(metavar="SPONSOR", help="Owners, asked in this order.")],
    most: Annotated[
        int | None, typer.Option("--max", metavar="N", min=0, help="Borrow at most N GPUs (maxBorrowGPUs).")
    ] = None,
) -> None:
    """Let a run borrow from more owners, after those that it lists."""
    door = door_of(context)
    owners = tuple(Owner(sponsor) for sponsor in sponsors)
    apply(AddSponsors(run=key_of_run(run, door), sponsors=owners, most=most), door)


def _sponsor(sponsor: str, row: RunRow, view: View) -> Iterator[tuple[str, ...]]:
    """A line for each envelope of a sponsor that has the flavor of the run."""
    flavor = row.thing["spec"]["resources"]["gpuType"]
    held = {share["envelope"]: share["gpus"] for share in row.entry["payers"] if share["class"] == "Borrowed"}
    envelopes = [
        (f"{key_of(budget)}/{envelope['name']}", envelope)
        for budget in of_kind(view, "Budget")
        if budget["spec"]["owner"] == sponsor
        for envelope in budget["spec"]["envelopes"]
        if envelope["flavor"] == flavor
    ]
    for name, envelope in envelopes:
        lends, most = _terms(envelope.get("lending") or {}, row.entry["owner"])
        yield (sponsor, name, flavor, lends, most, str(held.get(name, 0)))
    if not envelopes:
        yield (sponsor, "-", flavor, "no such envelope", "-", "0")


def _terms(lending: Any, owner: str) -> tuple[str, str]:
    """Whether an envelope lends to an owner, and how many GPUs at most."""
    rule = Lending(allow=bool(lending.get("allow")), to=tuple(lending.get("to") or ()))
    if not lends_to(rule, Owner(owner)):
        return (f"only to {', '.join(rule.to)}" if rule.allow else "no"), "-"
    most = lending.get("maxConcurrency")
    return "yes", "no limit" if most is None else str(most)
