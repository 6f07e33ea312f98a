"""What every import does once it is composed: hold it to the real checks, write it whole, say what to do next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import typer

from jobtree import pipeline
from jobtree.adapters.files import read_regular_file, read_sources
from jobtree.adapters.new_files import obstacles, write_new
from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.base.instant import Instant, format_instant
from jobtree.base.plain import plain
from jobtree.base.words import count
from jobtree.cli.formats import text
from jobtree.cli.terminal import Column, Terminal, show, table
from jobtree.cli.workspace import has_errors
from jobtree.emit.yaml_writer import write_documents
from jobtree.load.source import Source
from jobtree.migrate.migration import Migration, Outcome
from jobtree.migrate.report import PATH, counts, report
from jobtree.request import CompileRequest

_MEANS = {
    Outcome.CHANGED: "in another form: read each line",
    Outcome.DROPPED: "without a counterpart, or left out on purpose",
    Outcome.MAPPED: "the same as before",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where an import goes. ``origin``: the scheduler that it comes from."""

    origin: str
    folder: Path
    as_of: Instant
    terminal: Terminal


def read_given(files: Sequence[Path]) -> tuple[tuple[Source, ...], tuple[Diagnostic, ...]]:
    """The files that the command line names, each once; JT152 for those that cannot be read."""
    sources: list[Source] = []
    findings: list[Diagnostic] = []
    for path in dict.fromkeys(files):
        try:
            sources.append(Source(path.as_posix(), read_regular_file(path)))
        except OSError as fault:
            message = f"it cannot be read: {fault.strerror or fault}"
            findings.append(error("JT152", message, Location(path.as_posix()), help="check the path"))
    return tuple(sources), tuple(findings)


def refuse(findings: Sequence[Diagnostic], sources: Sequence[Source], terminal: Terminal) -> NoReturn:
    """Prints all findings and ends with 1."""
    ordered = sorted(findings, key=lambda finding: finding.sort_key)
    for line in text.lines(ordered, {source.path: source.data for source in sources}):
        terminal.err.print(line, soft_wrap=True)
    terminal.err.print(text.summary(ordered), soft_wrap=True)
    raise typer.Exit(1)


def deliver(migration: Migration, delivery: Delivery) -> None:
    """Writes the repository and its report, if it passes ``jobtree check``; says what was written and what is next."""
    tree = {path: write_documents(documents) for path, documents in migration.files.items()}
    noted = {**tree, PATH: report(migration, origin=delivery.origin, instant=format_instant(delivery.as_of))}
    in_the_way = obstacles(noted, delivery.folder)
    if in_the_way:
        refuse(in_the_way, (), delivery.terminal)
    _check(tree, delivery)
    unwritten = write_new(noted, delivery.folder)
    if unwritten:
        refuse(unwritten, (), delivery.terminal)
    _summarise(migration, delivery)


def _check(tree: Mapping[str, bytes], delivery: Delivery) -> None:
    """JT185, with everything that was found, if the repository would not pass; files of others there are read too."""
    there = read_sources(delivery.folder).sources if delivery.folder.is_dir() else ()
    sources = (*there, *(Source(path, data) for path, data in tree.items()))
    checked = pipeline.check(CompileRequest(sources=sources, as_of=delivery.as_of))
    if not has_errors(checked.diagnostics):
        return
    others = f"; {count(len(there), 'file')} there already" if there else ""
    hint = "import into a new folder" if there else "this is a bug of jobtree: report it with the lines above"
    message = f"what was imported does not pass the check{others}; nothing was written"
    refuse((*checked.diagnostics, error("JT185", message, help=hint)), sources, delivery.terminal)


def _summarise(migration: Migration, delivery: Delivery) -> None:
    terminal, folder = delivery.terminal, plain(delivery.folder)
    columns = (Column("", number=True), Column(""), Column("", style="dim"))
    found = counts(migration.notes)
    terminal.out.print(
        f"Imported from {delivery.origin} as of {format_instant(delivery.as_of)}: "
        f"{count(len(migration.files), 'file')} in {folder}, which pass the check",
        soft_wrap=True,
    )
    show(terminal.out, table(columns, [(f"{number:,}", outcome, _MEANS[outcome]) for outcome, number in found.items()]))
    terminal.out.print(f"Read {plain(delivery.folder / PATH)}", soft_wrap=True)
    terminal.out.print(f"Next: jobtree compile {folder}", soft_wrap=True)
