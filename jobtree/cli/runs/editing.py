"""``kubectl runs submit`` and ``kubectl runs shrink``: edits, each checked as a whole before anything is written."""

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jobtree.adapters.files import LARGEST_OUTPUT, read_regular_file
from jobtree.base.identity import Key
from jobtree.base.plain import plain
from jobtree.cli.runs.backend import Refused
from jobtree.cli.runs.opening import Door, open_door
from jobtree.cli.runs.verb import Line, door_of, the_run
from jobtree.edit.edits import Edit, Shrink, Submit
from jobtree.load.source import Source

SUBMIT_EXAMPLES = """\b
Examples:
  kubectl runs submit -f resnet-small.yaml
  kubectl runs submit -f runs.json -n nlp --repo fleet --commit --branch probe
  kubectl runs submit -f run.yaml --dry-run=server      # what the cluster would say
  cat run.yaml | kubectl runs submit -f - --state cluster.yaml
"""
SHRINK_EXAMPLES = """\b
Examples:
  kubectl runs shrink trainer-128 --by 32
  kubectl runs shrink nlp/probe --by 4 --state cluster.yaml
"""


class DryRun(StrEnum):
    """``--dry-run``: who rehearses."""

    SERVER = "server"


def submit(
    context: typer.Context,
    file: Annotated[str, typer.Option("--filename", "-f", metavar="FILE", help="Runs and JobTrees; - for stdin.")],
    dry_run: Annotated[
        DryRun | None, typer.Option("--dry-run", help="On a cluster: the server checks everything, and stores nothing.")
    ] = None,
) -> None:
    """Add runs and job trees from a YAML or JSON file. One that is there already and is the same is left alone."""
    line: Line = context.obj  # a namespace that only the context of a kubeconfig names is no demand on the file
    door = open_door(replace(line.asked, rehearse=dry_run is not None), line.terminal)
    apply(Submit(source=_given(file), namespace=line.asked.namespace), door)


def shrink(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A name, or namespace/name.")],
    by: Annotated[int, typer.Option(metavar="N", min=1, help="GPUs to give back, in whole steps of the run.")],
) -> None:
    """Let an elastic run want fewer GPUs: the next plan takes the width back, whole groups at a time."""
    door = door_of(context)
    apply(Shrink(run=key_of_run(run, door), by=by), door)


def key_of_run(word: str, door: Door) -> Key:
    """The run that is meant; ends the command with what was probably meant where there is none."""
    namespace, _, name = the_run(word, door.view(), door).entry["run"].partition("/")
    return Key(namespace, name)


def apply(edit: Edit, door: Door) -> None:
    """Does it and says what was done, as kubectl does; ends the command after findings otherwise."""
    done = door.backend.apply(edit)
    if isinstance(done, Refused):
        door.refuse(done)
    door.warn(done.diagnostics)
    for sentence in done.sentences:
        typer.echo(plain(sentence))


def _given(name: str) -> Source:
    """The file of the line, or standard input; a usage error if it cannot be read."""
    try:
        if name == "-":
            return Source("<stdin>", sys.stdin.buffer.read(LARGEST_OUTPUT))
        return Source(Path(name).as_posix(), read_regular_file(Path(name)))
    except OSError as fault:
        raise typer.BadParameter(f"{name}: {fault.strerror or fault}", param_hint="--filename") from None
