"""``kubectl runs leases``: which GPUs a run holds, from when to when, and who pays for each."""

from typing import Annotated, Any

import typer

from jobtree.base.instant import Instant, parse_instant
from jobtree.base.moments import moment
from jobtree.cli.runs.backend import View
from jobtree.cli.runs.facts import class_of, envelope_of, family_in, of_kind, run_of
from jobtree.cli.runs.printing import OUTPUT, Listing, NoHeaders, OutputOption, print_listing
from jobtree.cli.runs.verb import door_of, the_run
from jobtree.ledger.family import Family

EXAMPLES = """\b
Examples:
  kubectl runs leases trainer-128
  kubectl runs leases --owner org:lab:nlp -o wide
  kubectl runs leases trainer-128 -o jsonpath='{.items[*].spec.paidBy.budget}'
"""
COLUMNS = ("NAMESPACE", "RUN", "NODE", "GPUS", "ROLE", "PAID BY", "FUNDING", "STARTS", "ENDS", "STATUS")
WIDE = ("NAME", "GROUP", "RANK", "SLOTS", "REASON", "PAYER")


def leases(
    context: typer.Context,
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="A name, or namespace/name.")] = None,
    owner: Annotated[
        str | None, typer.Option(metavar="OWNER", help="Only leases of this owner's runs, or that this owner pays for.")
    ] = None,
    output: OutputOption = OUTPUT,
    no_headers: NoHeaders = False,
) -> None:
    """List leases with their payers, those that are over included; without a run, those of the namespace."""
    door = door_of(context)
    view = door.view()
    if output.is_table:
        door.note(view)
    key = None if run is None else the_run(run, view, door).entry["run"]
    found = [lease for lease in of_kind(view, "Lease") if key is None or run_of(lease) == key]
    if key is None and door.namespace is not None:
        found = [lease for lease in found if lease["metadata"]["namespace"] == door.namespace]
    found = sorted((lease for lease in found if owner is None or owner in _owners(lease)), key=_order)
    family = family_in(view)
    listing = Listing(
        columns=(*COLUMNS, *WIDE) if output.is_wide else COLUMNS,
        rows=[(*_cells(lease, view, family), *(_wide(lease) if output.is_wide else ())) for lease in found],
        things=found,
    )
    nothing = "No leases found." if key is None else f"No leases found: {key} holds nothing; see kubectl runs plan."
    print_listing(listing, output, headers=not no_headers, nothing=nothing)


def _owners(lease: Any) -> tuple[str, ...]:
    payer = lease["spec"].get("paidBy")
    return (lease["spec"]["owner"], *([payer["owner"]] if payer else []))


def _order(lease: Any) -> tuple[Any, ...]:
    spec = lease["spec"]
    return (run_of(lease), spec["interval"]["start"], spec["group"], spec["role"], spec["rank"])


def _cells(lease: Any, view: View, family: Family) -> tuple[str, ...]:
    spec = lease["spec"]
    begin, end = spec["interval"]["start"], spec["interval"]["expectedEnd"]
    return (
        lease["metadata"]["namespace"],
        spec["runRef"]["name"],
        spec["slice"]["node"],
        str(len(spec["slice"]["slots"])),
        spec["role"],
        envelope_of(lease) or "nobody",
        class_of(lease, family),
        moment(begin),
        moment(end),
        _status(lease, view.as_of),
    )


def _status(lease: Any, as_of: Instant) -> str:
    """``Open``; ``Starting`` with the plan itself, ``Planned`` later; ``Over`` and not told of; ``Closed`` with why."""
    status = lease.get("status") or {}
    begin, end = (parse_instant(lease["spec"]["interval"][name]) for name in ("start", "expectedEnd"))
    if status.get("closed"):
        return f"Closed ({status.get('closureReason', '')})"
    if begin >= as_of:
        return "Starting" if begin == as_of else "Planned"
    return "Open" if as_of < end else "Over"


def _wide(lease: Any) -> tuple[str, ...]:
    spec, payer = lease["spec"], lease["spec"].get("paidBy")
    slots = ",".join(map(str, spec["slice"]["slots"]))
    name = lease["metadata"]["name"]
    return (name, str(spec["group"]), str(spec["rank"]), slots, spec["reason"], payer["owner"] if payer else "-")
