"""The ``jobtree`` command: parses the line, calls a command."""

import sys
from typing import Annotated, NoReturn

import typer

from jobtree.cli import check, compiling, doctor, explain, export, importing, init, planning, verify
from jobtree.cli.front_door import print_version, run_app
from jobtree.cli.terminal import open_terminal

app = typer.Typer(
    name="jobtree",
    help="Compiles a fleet repository into a proven plan and its manifests.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 fine, 1 findings or refused input, 2 changes (plan --detailed-exitcode), "
    "3 a house rule denies, 4 the verifier refused a plan, 64 wrong usage.",
)
app.command(epilog=init.EXAMPLES)(init.init)
app.command(epilog=check.EXAMPLES)(check.check)
app.command(name="compile", epilog=compiling.EXAMPLES)(compiling.compile_fleet)
app.command(epilog=planning.EXAMPLES)(planning.plan)
app.command(epilog=verify.EXAMPLES)(verify.verify)
app.command(epilog=explain.EXAMPLES)(explain.explain)
app.add_typer(export.app, name="export")
app.add_typer(importing.app, name="import")
app.add_typer(doctor.app, name="doctor")


@app.callback()
def _options(
    context: typer.Context,
    colour: Annotated[bool, typer.Option("--color/--no-color", help="Colours, on a terminal.")] = True,
    _version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    context.obj = open_terminal(colour=colour)


def run(arguments: list[str] | None = None) -> int:
    """Runs a command line and returns its exit code."""
    return run_app(app, arguments, name="jobtree")


def main() -> NoReturn:
    """The console script."""
    sys.exit(run())


if __name__ == "__main__":
    main()
