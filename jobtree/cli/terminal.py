"""What people see: escaped, aligned, coloured only where a terminal shows colours.

Everything that comes from a repository goes through ``plain``: no escape sequence, control character, bidirectional
override or console markup of a file's author reaches a reader's terminal.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from typing import TextIO

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from jobtree.base.plain import plain

_WIDE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """``out`` for results and ``err`` for everything else."""

    out: Console
    err: Console

    def tell(self, text: object) -> None:
        """A line on ``err``, escaped."""
        self.err.print(plain(text), soft_wrap=True)


def open_terminal(*, colour: bool = True) -> Terminal:
    """Colours need a terminal, no ``NO_COLOR``, and the user's leave."""
    return Terminal(out=_console(sys.stdout, colour=colour), err=_console(sys.stderr, colour=colour))


def _console(stream: TextIO, *, colour: bool) -> Console:
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="replace")  # a terminal that cannot show a character shows another one
    is_terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
    coloured = colour and is_terminal and not os.environ.get("NO_COLOR")
    return Console(
        file=stream,
        force_terminal=is_terminal,
        color_system="auto" if coloured else None,
        no_color=not coloured,
        width=None if is_terminal else _WIDE,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=False,
    )


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading, and whether it holds numbers (they are aligned to the right)."""

    title: str
    number: bool = False
    style: str = ""


def table(columns: Sequence[Column], rows: Iterable[Sequence[str | Text]]) -> Table:
    """Aligned columns without rules; strings are escaped."""
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    grid.add_column("", width=1)
    for column in columns:
        grid.add_column(
            column.title,
            justify="right" if column.number else "left",
            style=column.style,
            overflow="fold",
        )
    grid.show_header = any(column.title for column in columns)
    for row in rows:
        grid.add_row("", *(cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row))
    return grid


def show(console: Console, part: RenderableType) -> None:
    """Prints; without the blanks that fill up a table's lines where they would end up in a file or a pipe."""
    if console.is_terminal:
        console.print(part)
        return
    with console.capture() as capture:
        console.print(part)
    console.file.write("\n".join(line.rstrip() for line in capture.get().split("\n")))


def bar(share: float, *, cells: int = 20) -> Text:
    """A bar of ``cells`` characters, filled from the left; something is shown for anything above nothing."""
    full = min(cells, max(1, round(share * cells))) if share > 0 else 0
    return Text.assemble(("█" * full, "green" if share < 0.995 else "cyan"), ("░" * (cells - full), "dim"))
