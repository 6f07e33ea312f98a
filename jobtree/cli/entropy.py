"""Where a lottery's entropy comes from: the command line, a beacon file, HEAD's commit, or nowhere better."""

import re

import typer

from jobtree.adapters.files import read_input
from jobtree.adapters.git import head_commit, head_instant
from jobtree.adapters.git_calls import GitError
from jobtree.base.diagnostic import Diagnostic
from jobtree.cli.workspace import FLEET_FILE, Workspace
from jobtree.load.beacon import read_beacon
from jobtree.load.loader import lottery_settings
from jobtree.load.source import Source
from jobtree.model.contention import Entropy
from jobtree.model.fleet import EntropySource

_HEX = re.compile(r"[0-9a-f]{2,512}", re.ASCII)


def given_entropy(text: str | None) -> Entropy | None:
    """``--entropy``: hex digits; a usage error otherwise."""
    if text is None:
        return None
    if not _HEX.fullmatch(text):
        raise typer.BadParameter("entropy is written as 2 to 512 lower case hex digits", param_hint="--entropy")
    return Entropy(text=text)


def entropy_of(workspace: Workspace, given: Entropy | None) -> tuple[Entropy | None, tuple[Diagnostic, ...]]:
    """What lotteries of this compile are drawn with; None: the file is not there yet, or outside git, nothing is.

    Outside git the pipeline falls back on the input digest, and says so.
    """
    if given is not None:
        return given, ()
    source = read_input(workspace.root, FLEET_FILE)
    settings = lottery_settings(source) if isinstance(source, Source) else None
    if settings is not None and settings[0] is EntropySource.FILE:
        held = read_input(workspace.root, settings[1])
        return read_beacon(held) if isinstance(held, Source) else (None, ())
    return _of_commit(workspace), ()


def _of_commit(workspace: Workspace) -> Entropy | None:
    """HEAD's id, which came to be with its commit; the input digest, which anybody can predict, outside git."""
    if workspace.repository is None:
        return Entropy(text="", predictable=True)
    try:
        commit, came = head_commit(workspace.repository), head_instant(workspace.repository)
    except GitError:
        return None
    return None if commit is None or came is None else Entropy(text=commit, came=came)
