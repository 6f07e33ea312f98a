"""What every verb begins with: the line's options, and the fleet that they name."""

from dataclasses import dataclass

import typer

from jobtree.cli.runs.backend import View
from jobtree.cli.runs.lookup import find_run
from jobtree.cli.runs.opening import Asked, Door, open_door
from jobtree.cli.runs.rows import RunRow, rows_of
from jobtree.cli.terminal import Terminal


def with_common(examples: str) -> str:
    """The end of a verb's help: examples, and where the options of every verb are explained."""
    return f"{examples}\n\b\nOptions of every verb, such as --state, --repo and -n:\n  kubectl runs --help\n"


@dataclass(frozen=True, slots=True)
class Line:
    """The options of every verb, and where to print."""

    asked: Asked
    terminal: Terminal


def door_of(context: typer.Context) -> Door:
    """Opens the fleet that the line names."""
    line: Line = context.obj
    return open_door(line.asked, line.terminal)


def the_run(what: str, view: View, door: Door) -> RunRow:
    """The run that is meant; ends the command with what was probably meant where there is none."""
    rows = rows_of(view, None)
    found = find_run(what, [row.entry for row in rows], namespace=door.namespace)
    if isinstance(found, str):
        door.fail(found)
    return next(row for row in rows if row.entry is found)
