"""``jobtree init``: a small fleet repository that compiles."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from jobtree.base.plain import plain
from jobtree.cli.terminal import Terminal
from jobtree.emit.json_writer import write_json
from jobtree.emit.shipped import shipped

EXAMPLES = """\b
Examples:
  jobtree init my-fleet
  cd my-fleet && jobtree compile
"""
_SKELETON = Path(__file__).parent / "skeleton"
_SCHEMAS = ".jobtree/schemas"
_EDITED = ("fleet.yaml", "topology/*.yaml", "budgets/*.yaml", "runs/**/*.yaml", "policies/*.yaml")


def init(
    context: typer.Context, folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it is not there.")]
) -> None:
    """Write a small fleet repository that compiles, with CI, pre-commit and editor schemas; never overwrite a file."""
    terminal: Terminal = context.obj
    try:
        written, kept = _write_all(folder)
    except OSError as fault:
        terminal.err.print(f"error: {plain(fault.filename)}: {plain(fault.strerror)}", soft_wrap=True)
        raise typer.Exit(1) from None
    for path in kept:
        terminal.err.print(f"kept {plain(folder / path)}: it is there already", soft_wrap=True)
    terminal.out.print(f"Wrote {len(written)} files to {plain(folder)}", soft_wrap=True)
    if written:
        terminal.out.print(f"Next: jobtree compile {plain(folder)}", soft_wrap=True)


def _write_all(folder: Path) -> tuple[list[str], list[str]]:
    """Paths that were written, and paths that were there before."""
    written, kept = [], []
    for path, data in _files():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        try:
            with (folder / path).open("xb") as file:
                file.write(data)
            written.append(path)
        except FileExistsError:
            kept.append(path)
    return written, kept


def _files() -> Iterator[tuple[str, bytes]]:
    """The skeleton (``dot-x`` becomes ``.x``), the schemas, and the settings that point editors at them."""
    for path in sorted(path for path in _SKELETON.rglob("*") if path.is_file()):
        parts = path.relative_to(_SKELETON).parts
        yield "/".join(f".{part[4:]}" if part.startswith("dot-") else part for part in parts), path.read_bytes()
    schemas = sorted(shipped("schemas").glob("*.json"))
    for schema in schemas:
        yield f"{_SCHEMAS}/{schema.name}", schema.read_bytes()
    yield f"{_SCHEMAS}/all.json", write_json(_by_kind(schemas))
    yield ".vscode/settings.json", write_json({"yaml.schemas": {f"./{_SCHEMAS}/all.json": list(_EDITED)}})


def _by_kind(schemas: list[Path]) -> dict[str, object]:
    """One schema for editors: a document is held against the schema of its own kind."""
    choices = []
    for schema in schemas:
        kind = json.loads(schema.read_bytes())["properties"]["kind"]
        choices.append({"if": {"properties": {"kind": kind}, "required": ["kind"]}, "then": {"$ref": schema.name}})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "required": ["kind"], "allOf": choices}
