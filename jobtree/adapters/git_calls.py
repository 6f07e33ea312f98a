"""How git is called: hermetic, without a prompt, and with the C locale.

No user or system configuration (but for ``safe.directory``, which says whom to trust), no variables of a calling hook,
no pager, hook, file-system monitor or lazy fetch, no locks taken.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from jobtree.base.diagnostic import Diagnostic, error

_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "core.untrackedCache=false",
    "log.showSignature=false",
    "diff.renames=false",
    "diff.external=",
    "status.relativePaths=false",
    "protocol.allow=never",
)
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
    "LANGUAGE": "C",
}


_COMMIT_ID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?", re.ASCII)


class GitError(Exception):
    """git said no; the text is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A git work tree seen from ``root``, the folder of the fleet (which may be a part of the work tree)."""

    root: Path
    shallow: bool
    trusted: tuple[str, ...]


def find_commit(repository: Repository, name: str) -> str | Diagnostic:
    """The full id of the commit that a revision names; JT163 if there is none."""
    try:
        found = git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        commit = found.decode("ascii").strip()
        if not _COMMIT_ID.fullmatch(commit):  # such as ^main, which is no commit but all that are not in it
            raise GitError(f"{name} is no commit")
        return commit
    except GitError:
        cut = ("the clone is shallow: older commits were never fetched",) if repository.shallow else ()
        return error(
            "JT163",
            f"there is no revision {name}",
            notes=cut,
            help="fetch it first: git fetch origin; in CI check out with fetch-depth: 0",
        )


def trusted() -> tuple[str, ...]:
    """What the user's and the system's configuration say about folders that others own."""
    try:
        done = subprocess.run(
            ["git", "config", "-z", "--get-all", "safe.directory"],  # noqa: S607
            cwd="/",
            env=_clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as fault:
        raise GitError(fault.strerror or str(fault)) from None
    return tuple(os.fsdecode(value) for value in done.stdout.split(b"\0") if value)


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def git(repository: Repository, *arguments: str, given: bytes = b"") -> bytes:
    """What git prints, with ``given`` as its input. Raises GitError."""
    settings = [*_SETTINGS, *(f"safe.directory={folder}" for folder in repository.trusted)]
    flags = [word for setting in settings for word in ("-c", setting)]
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "--no-pager", "--no-optional-locks", "-C", str(repository.root), *flags, *arguments],  # noqa: S607
            env={**_clean_environment(), **_ENVIRONMENT},
            input=given,
            capture_output=True,
            check=False,
        )
    except (OSError, ValueError) as fault:  # ValueError: a NUL in an argument
        raise GitError(str(fault)) from None
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", errors="replace").strip().splitlines()
        worst = [word for word in words if word.startswith(("fatal:", "error:"))]
        raise GitError((worst or words or [f"it ended with {done.returncode}"])[0])
    return done.stdout
