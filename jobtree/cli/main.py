"""The ``jobtree`` command: parses the line, loads and calls a command."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, NoReturn

import typer

from jobtree.adapters.collector import collect_rarely
from jobtree.cli.front_door import print_version, run_app
from jobtree.cli.terminal import open_terminal

COMMANDS = {
    "init": ("init", "init"),
    "check": ("check", "check"),
    "compile": ("compiling", "compile_fleet"),
    "plan": ("planning", "plan"),
    "verify": ("verify", "verify"),
    "explain": ("explain", "explain"),
    "simulate": ("simulate", "simulate"),
    "report": ("reporting", "report_page"),
}
"""Commands in the order of help: the module of this package, and the function in it."""
GROUPS = {"export": "export", "import": "importing", "doctor": "doctor"}
"""Groups of commands, and the module whose ``app`` each is."""


def _options(
    context: typer.Context,
    colour: Annotated[bool, typer.Option("--color/--no-color", help="Colours, on a terminal.")] = True,
    _version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    context.obj = open_terminal(colour=colour)


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """The application, with all commands only if it is not plain which one is asked for.

    Loading them all takes longer than most of them take.
    """
    asked = next((word for word in arguments if not word.startswith("-")), "")
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
    app.callback()(_options)
    is_known = asked in COMMANDS or asked in GROUPS
    for name, (module, function) in COMMANDS.items():
        if not is_known or name == asked:
            loaded = import_module(f"jobtree.cli.{module}")
            app.command(name=name, epilog=loaded.EXAMPLES)(getattr(loaded, function))
    for name, module in GROUPS.items():
        if not is_known or name == asked:
            app.add_typer(import_module(f"jobtree.cli.{module}").app, name=name)
    return app


def run(arguments: list[str] | None = None) -> int:
    """Runs a command line and returns its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    return run_app(app_for(arguments), arguments, name="jobtree")


def main() -> NoReturn:
    """The console script."""
    collect_rarely()
    sys.exit(run())


if __name__ == "__main__":
    main()
