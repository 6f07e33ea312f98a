"""``jobtree explain --suggest``: what would make a run start earlier, each idea planned again before it is told."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from rich.console import RenderableType
from rich.text import Text

from jobtree.adapters.ledger import read_ledger_files
from jobtree.adapters.processes import Processes
from jobtree.base.diagnostic import Diagnostic
from jobtree.base.identity import Key
from jobtree.base.instant import format_instant
from jobtree.base.moments import from_now, span
from jobtree.base.plain import plain
from jobtree.base.progress import Progress
from jobtree.base.words import count
from jobtree.cli.entropy import entropy_of
from jobtree.cli.progress import watching
from jobtree.cli.report import report
from jobtree.cli.solvers import solver_of
from jobtree.cli.terminal import Column, Terminal, show, table
from jobtree.cli.workspace import Workspace, has_errors
from jobtree.emit.lock import LOCK_PATH, Lock, find_lock
from jobtree.emit.seal import digest_inputs
from jobtree.reading import Reading, read_all
from jobtree.whatif.suggest import Suggestion, Suggestions, suggest
from jobtree.whatif.table import table_for


def print_suggestions(workspace: Workspace, tree: Mapping[str, bytes], run: str, terminal: Terminal) -> str | None:
    """Prints what would start a run of the tree's plan earlier; or says why nothing can be planned again."""
    namespace, _, name = run.partition("/")
    key = Key(namespace, name)
    with watching(terminal.err) as step:
        step("reading")
        read = _read_again(workspace, tree)
        if isinstance(read, Reading) and key not in read.catalog.run_of:
            return f"the documents have no run {run} any more; run `jobtree compile`"
        found = _suggestions(read, workspace, key, step) if isinstance(read, Reading) else None
    if not isinstance(read, Reading) or found is None:
        report(read if isinstance(read, tuple) else (), workspace, terminal)
        return "nothing can be planned again"
    if _is_stale(read):
        terminal.tell("documents have changed since this plan was made: what follows is about them as they are now")
    for part in _parts(found, format_instant(read.request.as_of)):
        show(terminal.out, part)
    return None


def _read_again(workspace: Workspace, tree: Mapping[str, bytes]) -> Reading | tuple[Diagnostic, ...]:
    """Inputs, output and ledger as a compile of the lock's own instant would read them; or why it would not."""
    lock = find_lock(tree.get(LOCK_PATH))
    ledger = read_ledger_files(workspace.ledger)
    entropy, odd = entropy_of(workspace, None)
    found = (*workspace.diagnostics, *ledger.diagnostics, *odd)
    if isinstance(lock, Diagnostic) or has_errors(found):
        return (*found, *((lock,) if isinstance(lock, Diagnostic) else ()))
    request = replace(workspace.request(tree, as_of=lock.as_of), ledger=ledger.sources, entropy=entropy)
    read = read_all(request)
    return read if isinstance(read, Reading) else workspace.place(read.diagnostics)


def _suggestions(read: Reading, workspace: Workspace, key: Key, progress: Progress) -> Suggestions:
    """Planned with the solver that the Fleet names, in as many processes as there are processors."""
    if not isinstance(read.lock, Lock):
        raise TypeError("there is no lock, so nothing was decided")
    solver, _ = solver_of(workspace)
    return suggest(table_for(read, read.lock.plan, key, solver, Processes(0)), progress)


def _is_stale(read: Reading) -> bool:
    """Whether documents have changed since the plan was made."""
    return isinstance(read.lock, Lock) and read.lock.key.get("inputDigest") != digest_inputs(read.checked.inputs)


def _parts(found: Suggestions, as_of: str) -> Iterator[RenderableType]:
    """The earliest start first. Each takes two lines: what and what for, then where it would be written."""
    yield ""
    yield Text.assemble(("What would change it  ", "bold cyan"), _verdict(found, as_of))
    if not found.found:
        return
    rows: list[list[str | Text]] = []
    for one in found.found:
        starts = from_now(format_instant(one.start), as_of)
        rows.append([_words(one), f"{one.width:,}", starts, _others(one)])
        rows.append([Text(plain(one.idea.edit), style="dim"), "", "", ""])
    columns = [Column("CHANGE"), Column("GPUS", number=True), Column("STARTS", style="green"), Column("OTHERS")]
    yield table(columns, rows)


def _verdict(found: Suggestions, as_of: str) -> str:
    start = "it has no start" if found.start is None else f"it starts {from_now(format_instant(found.start), as_of)}"
    if not found.tried:
        return "nothing of its own: it waits for other runs"
    planned = f"{count(found.tried, 'change')} planned again on the same facts"
    if not found.found:
        return f"nothing that was tried: {planned}, and none starts it earlier; without any, {start}"
    return f"{planned}; without any, {start}"


def _words(one: Suggestion) -> str:
    return f"{one.idea.words} {count(one.lent, 'GPU')}" if one.idea.lender is not None else one.idea.words


def _others(one: Suggestion) -> str:
    """Who is worse off, and by how much the worst of those that wait longer."""
    if not one.harmed:
        return "nobody is worse off"
    worse = f"{count(len(one.harmed), 'run')} worse off"
    waits = [
        (change.after.wait - change.before.wait, change.run)
        for change in one.harmed
        if change.before is not None and change.after is not None and change.after.wait > change.before.wait
    ]
    if not waits:
        return f"{worse}: {one.harmed[0].run} is {one.harmed[0].effects[0]}"
    longest, run = max(waits)
    return f"{worse}: {run} waits {span(longest)} longer"
