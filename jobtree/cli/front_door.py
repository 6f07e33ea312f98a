"""A command line from the outside: what happens within becomes an exit code (contracts.md, Exit codes)."""

import os
import sys
import traceback

import typer

from jobtree.base.codes import TITLES
from jobtree.base.plain import plain
from jobtree.emit.seal import jobtree_version

FINDINGS, USAGE, INTERRUPTED = 1, 64, 130


def run_app(app: typer.Typer, arguments: list[str] | None, *, name: str) -> int:
    """Runs a command line and returns its exit code; a bug prints JT901 with what a report needs."""
    try:
        return int(app(args=arguments, prog_name=name, standalone_mode=False) or 0)
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("interrupted; nothing was written\n")
        return INTERRUPTED
    except BrokenPipeError:
        forget_output()
        return FINDINGS
    except Exception as fault:
        show = getattr(fault, "show", None)
        if show is not None and hasattr(fault, "exit_code"):  # a usage error of the command line parser
            show()
            return USAGE
        _report_bug(fault)
        return FINDINGS


def forget_output() -> None:
    """Nobody reads standard output any more: what is still to be flushed into it at the end is no error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_version(wanted: bool) -> None:
    """``--version``: prints it and ends."""
    if wanted:
        typer.echo(f"jobtree {jobtree_version()}")
        raise typer.Exit


def _report_bug(fault: Exception) -> None:
    lines = [
        f"JT901 error: {TITLES['JT901']}: {type(fault).__name__}: {plain(fault)}",
        "  This is a bug of jobtree, not of your files. Nothing was written.",
        f"  help: report it with the lines below, the command line, and `jobtree --version` ({jobtree_version()})",
    ]
    sys.stderr.write("\n".join(lines) + "\n\n" + "".join(traceback.format_exception(fault)))
