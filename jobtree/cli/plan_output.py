"""What ``jobtree plan`` prints: the review in one of three forms, and why it is denied."""

from collections.abc import Iterator
from enum import StrEnum

import typer

from jobtree.base.words import count
from jobtree.cli.diff_text import print_review
from jobtree.cli.terminal import Terminal
from jobtree.emit.json_writer import write_json
from jobtree.review.diff_object import diff_object
from jobtree.review.markdown import markdown
from jobtree.review.review import Review


class Output(StrEnum):
    """``--output``."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def denials(review: Review) -> Iterator[str]:
    """A sentence for house rules that are broken, and one for consent that is missing."""
    if review.denying:
        broken = ", ".join(verdict.rule.name for verdict in review.denying)
        yield f"denied: {count(len(review.denying), 'house rule')} broken, {broken}"
    if review.missing:
        owners = ", ".join(need.owner for need in review.missing)
        yield f"denied: {count(len(review.missing), 'approval')} missing, of {owners}"


def print_plan(review: Review, output: Output, terminal: Terminal, *, rows: int | None) -> None:
    """``rows`` cuts lists on a terminal, None does not."""
    match output:
        case Output.TEXT:
            print_review(review, terminal.out, rows=rows)
        case Output.MARKDOWN:
            typer.echo(markdown(review), nl=False)
        case Output.JSON:
            typer.echo(write_json(diff_object(review)), nl=False)
