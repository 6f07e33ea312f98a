"""``-o``: tables as kubectl prints them, and objects as JSON, YAML, names, or through a jsonpath template.

Text of a repository is escaped in each: in a table it stays on its line, and neither an object nor a template prints a
control character other than the ends of lines and tabs that a template asks for.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer

from jobtree.base.plain import plain
from jobtree.cli.runs.jsonpath import render
from jobtree.cli.runs.jsonpath_syntax import Part, TemplateError, parse_template
from jobtree.emit.yaml_writer import write_documents

FORMS = "wide, json, yaml, name or jsonpath=TEMPLATE"
_ODD = re.compile(r"[^\n\t -~]")
_GAP = "   "


class Form(StrEnum):
    """What ``-o`` asks for."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    NAME = "name"
    JSONPATH = "jsonpath"


@dataclass(frozen=True, slots=True)
class Output:
    """A form, and the template of ``jsonpath``."""

    form: Form = Form.TABLE
    template: tuple[Part, ...] = ()

    @property
    def is_table(self) -> bool:
        """Whether people read it."""
        return self.form in (Form.TABLE, Form.WIDE)

    @property
    def is_wide(self) -> bool:
        """Whether a table has its further columns."""
        return self.form is Form.WIDE


def parse_output(text: str | Output) -> Output:
    """``-o``; a usage error that says what there is. A default comes here as well, as it is."""
    if isinstance(text, Output):
        return text
    name, given, template = text.partition("=")
    if name == Form.JSONPATH:
        try:
            return Output(Form.JSONPATH, parse_template(template if given else ""))
        except TemplateError as fault:
            raise typer.BadParameter(str(fault)) from None
    if given or name not in (Form.WIDE, Form.JSON, Form.YAML, Form.NAME):
        raise typer.BadParameter(f"{text!r:.40} is no output format: there are {FORMS}")
    return Output(Form(name))


OUTPUT = Output()
OutputOption = Annotated[
    Output, typer.Option("--output", "-o", parser=parse_output, metavar="FORMAT", help=f"{FORMS}.", show_default=False)
]
NoHeaders = Annotated[bool, typer.Option("--no-headers", help="A table without its first line.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A table, and the objects behind it."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    things: Sequence[Mapping[str, Any]]


def table_lines(columns: Sequence[str], rows: Sequence[Sequence[str]], *, headers: bool) -> list[str]:
    """Aligned columns, three blanks apart, nothing at the end of a line."""
    cells = [[plain(cell) for cell in row] for row in ([columns, *rows] if headers else rows)]
    widths = [max((len(row[at]) for row in cells), default=0) for at in range(len(columns))]
    return [_GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def print_listing(listing: Listing, output: Output, *, headers: bool, nothing: str) -> None:
    """A list: nothing but ``nothing`` on standard error where a table would be empty, as kubectl does."""
    if output.is_table and not listing.rows:
        typer.echo(nothing, err=True)
    elif output.is_table:
        _echo("".join(f"{line}\n" for line in table_lines(listing.columns, listing.rows, headers=headers)))
    elif output.form is Form.NAME:
        _echo("".join(f"{name_of(thing)}\n" for thing in listing.things))
    else:
        _echo(_written({"apiVersion": "v1", "kind": "List", "items": list(listing.things)}, output))


def print_thing(thing: Mapping[str, Any], output: Output) -> None:
    """One object, in another form than a table."""
    _echo(f"{name_of(thing)}\n" if output.form is Form.NAME else _written(thing, output))


def name_of(thing: Mapping[str, Any]) -> str:
    """``run.rq.davidlangworthy.io/train``."""
    group = str(thing["apiVersion"]).rpartition("/")[0]
    kind = str(thing["kind"]).lower()
    return plain(f"{kind}.{group}/{thing['metadata']['name']}" if group else f"{kind}/{thing['metadata']['name']}")


def _written(thing: Mapping[str, Any], output: Output) -> str:
    match output.form:
        case Form.JSON:
            return _visible(json.dumps(thing, indent=4, ensure_ascii=False)) + "\n"
        case Form.YAML:
            return write_documents([thing]).decode()
        case _:
            return _visible(_rendered(output.template, thing))


def _rendered(template: tuple[Part, ...], thing: Mapping[str, Any]) -> str:
    try:
        return render(template, thing)
    except TemplateError as fault:
        raise typer.BadParameter(str(fault), param_hint="--output") from None


def _visible(text: str) -> str:
    """Everything invisible or in control as ``u`` escapes, which JSON reads back; ends of lines and tabs stay."""
    return _ODD.sub(lambda found: _escaped(found[0]), text)


def _escaped(char: str) -> str:
    if plain(char) == char:
        return char
    units = char.encode("utf-16-be", errors="surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _echo(text: str) -> None:
    typer.echo(text.encode("utf-8", errors="backslashreplace"), nl=False)
