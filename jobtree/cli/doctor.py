"""``jobtree doctor``: what stands around the output, and would break it. Reads files, asks no cluster."""

import posixpath
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from jobtree.adapters.files import read_sources
from jobtree.base.diagnostic import Diagnostic
from jobtree.base.words import count
from jobtree.cli.formats import OutputFormat
from jobtree.cli.output import read_output
from jobtree.cli.report import report_in, write_findings
from jobtree.cli.terminal import Terminal
from jobtree.cli.workspace import exit_code, inside, usual_output
from jobtree.delivery.doctor import Examination, examine
from jobtree.delivery.found import KUSTOMIZATION

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
EXAMPLES = """\b
Examples:
  jobtree doctor gitops
  jobtree doctor gitops ../clusters --out rendered      # settings in another repository than the fleet
  jobtree doctor gitops --output-format github
"""


@app.callback()
def doctor() -> None:
    """Find settings of other programs that would break leases."""


@app.command(epilog=EXAMPLES)
def gitops(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder with Applications, ApplicationSets, Kustomizations.")
    ] = Path(),
    out: Annotated[
        Path | None, typer.Option(metavar="OUT", help="The output folder; default: the Fleet's output.dir in DIR.")
    ] = None,
    output_format: Annotated[OutputFormat, typer.Option(help="How findings are written.")] = OutputFormat.TEXT,
) -> None:
    """Find what in the settings of Argo CD and Flux would break leases, and whether the output fits them."""
    terminal: Terminal = context.obj
    tree_folder = out or folder / usual_output(folder)
    skipped = inside(folder, tree_folder)
    reading = read_sources(folder, skip=[skipped] if skipped else [], names=[KUSTOMIZATION])
    within = posixpath.dirname(skipped) or "." if skipped else None
    tree, unreadable = read_output(tree_folder)
    examined = examine(reading.sources, tree, out=tree_folder.name, within=within)
    wrong = examined.findings if folder.is_dir() else ()
    prefix = skipped if skipped is not None else tree_folder.absolute().as_posix()
    findings = [*reading.diagnostics, *unreadable, *(_in_output(finding, tree, prefix) for finding in wrong)]
    findings.sort(key=lambda finding: finding.sort_key)
    files = {source.path: source.data for source in reading.sources}
    files |= {f"{prefix}/{path}": data for path, data in tree.items()}
    if output_format is not OutputFormat.TEXT:
        write_findings(findings, folder, output_format)
    elif findings:
        report_in(findings, files, folder, terminal)
    else:
        terminal.out.print(_counts(examined), soft_wrap=True)
    raise typer.Exit(exit_code(findings))


def _in_output(finding: Diagnostic, tree: Mapping[str, bytes], prefix: str) -> Diagnostic:
    """Places in the tree, as seen from DIR."""
    place = finding.location
    if place is None or place.path not in tree:
        return finding
    return replace(finding, location=replace(place, path=f"{prefix}/{place.path}"))


def _counts(examined: Examination) -> str:
    found = examined.found
    parts = [count(len(found.applications), "Application"), count(len(found.kustomizations), "Flux Kustomization")]
    overlays = len(found.overlays.all())
    parts += [count(overlays, "overlay")] if overlays else []
    held = f"{count(examined.objects, 'object')} fit" if examined.objects else "no output to measure"
    return f"{', '.join(parts)}: nothing breaks a lease; {held}"
