"""``kubectl runs explain RUN``: what ``jobtree explain`` says, of whatever fleet the line names."""

from pathlib import Path
from typing import Annotated

import typer

from jobtree.cli.decision import Decision
from jobtree.cli.output import need_output
from jobtree.cli.runs.opening import Door
from jobtree.cli.runs.verb import door_of, the_run
from jobtree.cli.terminal import show
from jobtree.cli.workspace import open_workspace

EXAMPLES = """\b
Examples:
  kubectl runs explain trainer-128
  kubectl runs explain nlp/probe --state cluster.yaml
  kubectl runs explain nlp/probe --repo fleet --suggest
"""


def explain(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A name, or namespace/name.")],
    suggest: Annotated[
        bool, typer.Option("--suggest", help="With --repo: plan again with changes, and say which start it earlier.")
    ] = False,
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
    if suggest:
        _suggest(context.obj.asked.repo, row.entry["run"], door)


def _suggest(repo: Path | None, run: str, door: Door) -> None:
    """What is planned again is the repository as it was compiled last."""
    from jobtree.cli.suggesting import print_suggestions  # takes long to load

    if repo is None:
        door.fail("what would change it is planned in a fleet repository: name it with --repo DIR")
    workspace = open_workspace(repo, out=None, base=None)
    tree, missing = need_output(workspace.out)
    why_not = "run `jobtree compile` first" if missing else print_suggestions(workspace, tree, run, door.terminal)
    if why_not is not None:
        door.fail(why_not)
