"""``kubectl runs explain RUN``: what ``jobtree explain`` says, of whatever fleet the line names."""

from typing import Annotated

import typer

from jobtree.cli.decision import Decision
from jobtree.cli.runs.verb import door_of, the_run
from jobtree.cli.terminal import show

EXAMPLES = """\b
Examples:
  kubectl runs explain trainer-128
  kubectl runs explain nlp/probe --state cluster.yaml
"""


def explain(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A name, or namespace/name.")],
) -> None:
    """Say why a run is decided as it is, in numbers: where, who pays, what may be cut, what the plan is worth."""
    door = door_of(context)
    view = door.view()
    door.note(view)
    row = the_run(run, view, door)
    if view.plan is None:
        door.fail(
            f"{row.entry['run']}: {row.entry['reason']['message']}; why is known to whoever planned: "
            "`jobtree explain` in the fleet repository, or --repo DIR"
        )
    for part in Decision(plan=view.plan, run=row.entry).parts():
        show(door.terminal.out, part)
