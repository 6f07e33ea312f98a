"""``jobtree import``: a fleet repository from what another scheduler knows. One command for each scheduler."""

import typer

from jobtree.cli import import_kueue, import_slurm

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.callback()
def importing() -> None:
    """Write a fleet repository from what another scheduler knows, with a report of what changes."""


app.command(name="kueue", epilog=import_kueue.EXAMPLES)(import_kueue.kueue)
app.command(name="slurm", epilog=import_slurm.EXAMPLES)(import_slurm.slurm)
