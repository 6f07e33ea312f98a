"""The fleet as it stands when a simulation begins: the output tree and the ledger, as a next compile finds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import typer

from jobtree.adapters.ledger import read_ledger_files
from jobtree.base.diagnostic import Diagnostic
from jobtree.base.instant import Instant, format_instant
from jobtree.cli.output import read_output
from jobtree.cli.workspace import Workspace, has_errors
from jobtree.deciding import Left, left_in
from jobtree.emit.lock import LOCK_PATH, Lock, find_lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """``left`` is what tree and ledger say; empty where nothing was compiled yet."""

    left: Left = Left()
    tree: Mapping[str, bytes] = field(default_factory=dict)
    ledger: Mapping[str, bytes] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()


def read_standing(workspace: Workspace, since: Instant) -> Standing:
    """What stands in the output folder. A usage error if its plan was made for an instant after ``since``."""
    tree, unreadable = read_output(workspace.out)
    lock = find_lock(tree.get(LOCK_PATH))
    if not isinstance(lock, Lock):
        return Standing(diagnostics=(*unreadable, *((lock,) if LOCK_PATH in tree else ())))
    if lock.as_of > since:
        told = f"the plan in {workspace.out} is of {format_instant(lock.as_of)}: begin then, or later, or with --empty"
        raise typer.BadParameter(told, param_hint="--now")
    files = read_ledger_files(workspace.ledger)
    left, odd = left_in(workspace.request(tree, as_of=since).previous, files.sources, lock)
    findings = (*unreadable, *files.diagnostics, *workspace.place(odd))
    if has_errors(findings):
        return Standing(diagnostics=findings)
    return Standing(left=left, tree=tree, ledger=files.months, diagnostics=findings)
