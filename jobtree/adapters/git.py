"""git: the instant of HEAD, whether the tree is clean, when each file was added, a file at a revision.

Calls are hermetic: no user or system configuration (but for ``safe.directory``, which says whom to trust), no
variables of a calling hook, no pager, prompt, hook, file-system monitor or lazy fetch, no locks taken, the C locale,
names ended by NUL.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobtree.base.diagnostic import Diagnostic, error, warning
from jobtree.base.instant import Instant
from jobtree.load.source import Source

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
_COMMIT = b"//"  # starts the line of a commit; no path of git does
_LAST_INSTANT = 1 << 37
"""Seconds: in the year 6325. Whatever a plan adds to it still has a date."""
_INPUTS = ("*.yaml", "*.yml", "*.json")


class GitError(Exception):
    """git said no; the text is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A git work tree seen from ``root``, the folder of the fleet (which may be a part of the work tree)."""

    root: Path
    shallow: bool
    trusted: tuple[str, ...]


def find_repository(root: Path) -> tuple[Repository | None, tuple[Diagnostic, ...]]:
    """The repository that root lies in, if there is one and git can be asked (JT162); JT161 if its history is cut."""
    if not any((folder / ".git").exists() for folder in (root.resolve(), *root.resolve().parents)):
        return None, ()
    try:
        repository = Repository(root=root, shallow=False, trusted=_trusted())
        answer = _git(repository, "rev-parse", "--is-inside-work-tree", "--is-shallow-repository").split()
    except GitError as fault:
        return None, (
            warning(
                "JT162", f"git cannot be asked: {fault}", help="admission instants and HEAD's instant are not used"
            ),
        )
    if answer[:1] != [b"true"]:
        return None, ()
    if answer[1:2] != [b"true"]:
        return repository, ()
    shallow = Repository(root=root, shallow=True, trusted=repository.trusted)
    note = "files older than the cut have no admission instant, so claims may rank otherwise than in a full clone"
    return shallow, (
        warning("JT161", "the clone is shallow", notes=(note,), help="git fetch --unshallow, or fetch-depth: 0 in CI"),
    )


def head_instant(repository: Repository) -> Instant | None:
    """The committer's instant of HEAD; None before the first commit. Raises GitError."""
    if not _has_head(repository):
        return None
    return _instant(_git(repository, "log", "-1", "--format=%ct", "HEAD", "--"))


def head_commit(repository: Repository) -> str | None:
    """The full id of HEAD's commit; None before the first commit. Raises GitError."""
    if not _has_head(repository):
        return None
    return _git(repository, "rev-parse", "--verify", "HEAD").decode("ascii").strip()


def is_clean(repository: Repository, *, but: Sequence[str] = ()) -> bool:
    """Whether nothing below root differs from HEAD, untracked files included, but for some folders. Raises GitError."""
    exclude = [f":(exclude,literal){folder}" for folder in but]
    return not _git(
        repository,
        "status",
        "--porcelain=v1",
        "-z",
        "--untracked-files=all",
        "--ignore-submodules=all",
        "--",
        ".",
        *exclude,
    )


def admissions(repository: Repository) -> Mapping[str, Instant]:
    """Path (relative to root) to the instant of the last commit that added it, in one pass over history.

    In a shallow clone the commits at the cut seem to add everything: they are left out. Raises GitError.
    """
    if not _has_head(repository):
        return {}
    text = _git(
        repository,
        *("log", "--topo-order", "--diff-filter=A", "--name-only", "--no-renames", "--relative", "-z"),
        *(f"--format={_COMMIT.decode()}%ct %P", "HEAD", "--", *_INPUTS),
    )
    instants: dict[str, Instant] = {}
    instant: Instant | None = None
    for part in text.split(b"\0"):
        name = part.lstrip(b"\n")
        if name.startswith(_COMMIT):
            seconds, *parents = name.removeprefix(_COMMIT).split()
            instant = None if repository.shallow and not parents else _instant(seconds)
        elif name and instant is not None:
            instants.setdefault(os.fsdecode(name), instant)
    return instants


def file_at(repository: Repository, path: str, *, revision: str) -> tuple[Source | None, tuple[Diagnostic, ...]]:
    """A file (relative to root) as it was; (None, ()) if it was not there, JT163 if there is no such revision."""
    try:
        commit = _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except GitError:
        message = f"there is no revision {revision}"
        return None, (
            error("JT163", message, help="fetch it first: git fetch origin; in CI check out with fetch-depth: 0"),
        )
    name = f"{commit.decode('ascii').strip()}:./{path}"
    try:
        return Source(path=path, data=_git(repository, "cat-file", "blob", name)), ()
    except GitError:
        return None, ()


def _instant(seconds: bytes) -> Instant | None:
    """The instant of a commit; None for one that no clock ever showed, as anybody may write any number there."""
    instant = int(seconds)
    return Instant(instant) if 0 <= instant < _LAST_INSTANT else None


def _has_head(repository: Repository) -> bool:
    try:
        _git(repository, "rev-parse", "--verify", "--quiet", "HEAD")
    except GitError:
        return False
    return True


def _trusted() -> tuple[str, ...]:
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


def _git(repository: Repository, *arguments: str) -> bytes:
    settings = [*_SETTINGS, *(f"safe.directory={folder}" for folder in repository.trusted)]
    flags = [word for setting in settings for word in ("-c", setting)]
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "--no-pager", "--no-optional-locks", "-C", str(repository.root), *flags, *arguments],  # noqa: S607
            env={**_clean_environment(), **_ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except (OSError, ValueError) as fault:  # ValueError: a NUL in an argument
        raise GitError(str(fault)) from None
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", errors="replace").strip().splitlines()
        raise GitError(words[0] if words else f"it ended with {done.returncode}")
    return done.stdout
