"""The score card of the house rules on a terminal: every rule, what it looked at and what it found."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from jobtree.cli.terminal import Column, show, table
from jobtree.model.judgement import Verdict
from jobtree.review import tables
from jobtree.review.words import ruled


def print_card(verdicts: Sequence[Verdict], console: Console) -> None:
    """Nothing where there are no rules."""
    if not verdicts:
        return
    style = "bold red" if any(one.denies for one in verdicts) else "bold cyan"
    show(console, "")
    show(console, Text(ruled(verdicts), style=style))
    columns = [Column(heading.upper(), number=heading in tables.NUMBERS) for heading in tables.CARD]
    show(console, table(columns, tables.card_rows(verdicts)))
