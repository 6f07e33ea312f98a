"""``jobtree explain``: a run's decision in numbers, or what a code means."""

import difflib
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.markdown import Markdown
from rich.text import Text

from jobtree.base.codes import TITLES
from jobtree.base.plain import plain
from jobtree.cli.decision import Decision
from jobtree.cli.entries import Entry
from jobtree.cli.output import need_output, need_plan, parse_plan
from jobtree.cli.report import report
from jobtree.cli.terminal import Terminal, show
from jobtree.cli.workspace import Workspace, open_workspace
from jobtree.emit.shipped import shipped

_CODE = re.compile(r"[Jj][Tt]\d+", re.ASCII)
EXAMPLES = """\b
Examples:
  jobtree explain rai-sys/train-128
  jobtree explain train-128 fleets/west
  jobtree explain train-128 --suggest           # what would start it earlier, planned again
  jobtree explain JT403
"""


def explain(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="RUN|CODE", help="namespace/name, a name that is unique, or a code.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The fleet repository.")] = Path(),
    out: Annotated[
        Path | None, typer.Option(metavar="OUT", help="The output folder; default: the Fleet's output.dir in DIR.")
    ] = None,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Plan again with changes, and say which of them start the run earlier.")
    ] = False,
) -> None:
    """Say why a run is decided as it is, in numbers; or what a diagnostic means and what to do."""
    terminal: Terminal = context.obj
    if _CODE.fullmatch(what):
        _explain_code(what.upper(), terminal)
        return
    workspace = open_workspace(folder, out=out, base=None)
    tree, missing = need_output(workspace.out) if suggest else need_plan(workspace.out)
    if missing:
        report(missing, workspace, terminal)
        raise typer.Exit(1)
    plan = parse_plan(tree)
    if plan is None:
        _fail(f"{workspace.out}/plan.json is missing or damaged; run `jobtree verify`", terminal)
    run = _find(what, plan["runs"], terminal)
    for part in Decision(plan=plan, run=run).parts():
        show(terminal.out, part)
    if suggest:
        _suggest(workspace, tree, run["run"], terminal)
    elif run["decision"] in ("reserve", "refuse"):
        asking = ("What would change it  ", "bold cyan"), f"ask `{plain(_again(run['run'], folder))}`"
        show(terminal.out, Text.assemble("\n", *asking))


def _suggest(workspace: Workspace, tree: Mapping[str, bytes], run: str, terminal: Terminal) -> None:
    from jobtree.cli.suggesting import print_suggestions  # takes long to load

    why_not = print_suggestions(workspace, tree, run, terminal)
    if why_not is not None:
        _fail(why_not, terminal)


def _again(run: str, folder: Path) -> str:
    where = [] if folder == Path() else [folder.as_posix()]
    return shlex.join(["jobtree", "explain", run, *where, "--suggest"])


def _explain_code(code: str, terminal: Terminal) -> None:
    page = shipped("codes") / f"{code}.md"
    if code not in TITLES or not page.is_file():
        _fail(f"there is no code {code}{_guess(code, sorted(TITLES))}", terminal)
    text = page.read_text("utf-8")
    if terminal.out.is_terminal:
        terminal.out.print(Markdown(text))
    else:
        typer.echo(text, nl=False)


def _find(what: str, runs: Sequence[Entry], terminal: Terminal) -> Entry:
    """The one run that is meant; exits 1 with suggestions when there is none, or more than one."""
    found = [run for run in runs if run["run"] == what or run["run"].partition("/")[2] == what]
    if len(found) > 1:
        _fail(f"{what} is ambiguous: {', '.join(run['run'] for run in found)}", terminal)
    if not found:
        _fail(_unknown(what, runs), terminal)
    return found[0]


def _unknown(what: str, runs: Sequence[Entry]) -> str:
    keys = [run["run"] for run in runs]
    by_name = {key.partition("/")[2]: key for key in keys}
    names = difflib.get_close_matches(what, by_name, n=3)
    near = list(dict.fromkeys([*difflib.get_close_matches(what, keys, n=3), *(by_name[name] for name in names)]))
    hint = f"; did you mean {' or '.join(near[:3])}?" if near else f"; the plan has {len(keys):,} runs"
    return f"the plan has no run {what}{hint}"


def _guess(word: str, words: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, words, n=3)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _fail(sentence: str, terminal: Terminal) -> NoReturn:
    terminal.err.print(f"error: {plain(sentence)}", soft_wrap=True)
    raise typer.Exit(1)
