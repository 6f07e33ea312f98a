"""``kubectl runs watch [RUN]``: a line for each run, and another one whenever something about it changes."""

import select
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

import typer
from rich.text import Text

from jobtree.base.plain import plain
from jobtree.base.quantity import parse_duration
from jobtree.cli.front_door import forget_output
from jobtree.cli.runs.backend import Refused, View
from jobtree.cli.runs.opening import Door
from jobtree.cli.runs.printing import OUTPUT, NoHeaders, Output, OutputOption, print_thing
from jobtree.cli.runs.rows import COLUMNS, WIDE, RunRow, rows_of
from jobtree.cli.runs.verb import door_of, the_run

EXAMPLES = """\b
Examples:
  kubectl runs watch trainer-128
  kubectl runs watch -n nlp --interval 10s
  kubectl runs watch trainer-128 --once
"""
INTERRUPTED = 130
_NAME, _PHASE = COLUMNS.index("NAME"), COLUMNS.index("PHASE")
_GAP = "   "
Cells = tuple[str, ...]


def watch(
    context: typer.Context,
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="A name, or namespace/name; default: all.")] = None,
    interval: Annotated[str, typer.Option(metavar="DURATION", help="How often to look.")] = "2s",
    once: Annotated[bool, typer.Option("--once", help="Print what there is now, and end.")] = False,
    output: OutputOption = OUTPUT,
    no_headers: NoHeaders = False,
) -> None:
    """Follow runs: a line when anything changes, with what changed in bold, or marked with * outside of a terminal.

    Ends when the run that is named is over, on Ctrl-C, and when nobody reads any more.
    """
    seconds = _seconds(interval)
    door = door_of(context)
    watching = _Watching(door, run, output)
    try:
        while not watching.look(headers=not no_headers) and not once:
            if _nobody_reads(seconds):
                return
    except BrokenPipeError:
        forget_output()
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


def _seconds(text: str) -> int:
    """``--interval``: a second at least; a usage error otherwise."""
    try:
        seconds = parse_duration(text)
    except ValueError as fault:
        raise typer.BadParameter(str(fault), param_hint="--interval") from None
    if seconds < 1:
        raise typer.BadParameter("look once a second at most", param_hint="--interval")
    return seconds


def _nobody_reads(seconds: float) -> bool:
    """Waits, and says whether the reader of standard output has gone meanwhile: a pipe tells at once."""
    try:
        number = sys.stdout.fileno()
    except (OSError, ValueError):
        time.sleep(seconds)
        return False
    waiting = select.poll()
    waiting.register(number, 0)
    return bool(waiting.poll(seconds * 1000))


@dataclass(slots=True)
class _Watching:
    """What was printed last of each run. ``widths`` of columns only grow."""

    door: Door
    name: str | None
    output: Output
    widths: list[int] = field(default_factory=list)
    last: dict[str, Cells] = field(default_factory=dict)
    looked: bool = False
    troubled: bool = False

    def look(self, *, headers: bool) -> bool:
        """Prints what changed since the last look, and says whether there is nothing to wait for any more."""
        view = self._view()
        if view is None:
            return False
        rows = self._rows(view)
        self._lay_out(rows, headers=headers and not self.looked)
        for row in rows:
            self._tell(row)
        gone = [key for key in self.last if key not in {row.entry["run"] for row in rows}]
        for key in gone:
            self._tell_gone(key)
        self.looked = True
        sys.stdout.flush()
        return self.name is not None and all(row.is_over for row in rows)

    def _view(self) -> View | None:
        """A fleet that cannot be read any more is told of once: it may be being edited."""
        if not self.looked:
            first = self.door.view()
            if self.output.is_table:
                self.door.note(first)
            return first
        view = self.door.backend.view()
        if isinstance(view, Refused):
            if not self.troubled:
                self.door.terminal.tell(f"still waiting: {view.diagnostics[0].message}")
            self.troubled = True
            return None
        self.troubled = False
        return view

    def _rows(self, view: View) -> list[RunRow]:
        """All runs that are watched. A run that is named is looked for once, and then known by its key."""
        if self.name is None:
            return rows_of(view, self.door.namespace)
        if not self.looked:
            self.name = the_run(self.name, view, self.door).entry["run"]
        return [row for row in rows_of(view, None) if row.entry["run"] == self.name]

    def _cells(self, row: RunRow) -> Cells:
        return (*row.cells(None), *(row.wide_cells() if self.output.is_wide else ()))

    def _lay_out(self, rows: Sequence[RunRow], *, headers: bool) -> None:
        """Columns as wide as the widest cell so far and a mark; a header before the first line."""
        columns = (*COLUMNS, *WIDE) if self.output.is_wide else COLUMNS
        widths = self.widths or [len(column) for column in columns]
        table = [self._cells(row) for row in rows]
        self.widths = [
            max(width, *(len(plain(cells[at])) + 1 for cells in table), 0) for at, width in enumerate(widths)
        ]
        if headers and self.output.is_table and rows:
            self._print([(column, False) for column in columns])
        elif not rows and not self.looked:
            self.door.terminal.tell("no runs yet; waiting")

    def _tell(self, row: RunRow) -> None:
        key, cells = row.entry["run"], self._cells(row)
        before = self.last.get(key)
        if before == cells:
            return
        self.last[key] = cells
        if not self.output.is_table:
            print_thing(row.as_object(), self.output)
            return
        if before is None:  # of a run that came while somebody watched, its name is the news
            marks = [self.looked and at == _NAME for at in range(len(cells))]
        else:
            marks = [new != old for new, old in zip(cells, before, strict=True)]
        self._print(list(zip(cells, marks, strict=True)))

    def _tell_gone(self, key: str) -> None:
        cells = self.last.pop(key)
        if self.output.is_table:
            self._print([(cell if at != _PHASE else "Deleted", at == _PHASE) for at, cell in enumerate(cells)])
        if self.name is not None:
            self.door.fail(f"run {key} is gone")

    def _print(self, cells: Sequence[tuple[str, bool]]) -> None:
        """A line. What changed is bold and coloured on a terminal that shows it, and has a * after it elsewhere."""
        out = self.door.terminal.out
        line = Text()
        for at, (cell, changed) in enumerate(cells):
            shown = plain(cell) + ("*" if changed and out.no_color else "")
            line.append(shown, style="bold yellow" if changed else "")
            line.append(" " * (self.widths[at] - len(shown) + len(_GAP)) if at < len(cells) - 1 else "")
        line.rstrip()
        with out.capture() as captured:  # the console itself would end the program where nobody reads any more
            out.print(line, soft_wrap=True)
        out.file.write(captured.get())
        out.file.flush()
