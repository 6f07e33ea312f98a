"""git: the instant of HEAD, whether the tree is clean, when each file was added, a file at a revision."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from jobtree.adapters.git_calls import GitError, Repository, find_commit, git, trusted
from jobtree.base.diagnostic import Diagnostic, error, warning
from jobtree.base.instant import Instant
from jobtree.load.source import Source

_COMMIT = b"//"  # starts the line of a commit; no path of git does
_LAST_INSTANT = 1 << 37
"""Seconds: in the year 6325. Whatever a plan adds to it still has a date."""
_INPUTS = ("*.yaml", "*.yml", "*.json")


def find_repository(root: Path) -> tuple[Repository | None, tuple[Diagnostic, ...]]:
    """The repository that root lies in, if there is one and git can be asked (JT162); JT161 if its history is cut."""
    if not any((folder / ".git").exists() for folder in (root.resolve(), *root.resolve().parents)):
        return None, ()
    try:
        repository = Repository(root=root, shallow=False, trusted=trusted())
        answer = git(repository, "rev-parse", "--is-inside-work-tree", "--is-shallow-repository").split()
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
    return _instant(git(repository, "log", "-1", "--format=%ct", "HEAD", "--"))


def head_commit(repository: Repository) -> str | None:
    """The full id of HEAD's commit; None before the first commit. Raises GitError."""
    if not _has_head(repository):
        return None
    return git(repository, "rev-parse", "--verify", "HEAD").decode("ascii").strip()


def folder_of(repository: Repository) -> str:
    """The fleet's folder in the work tree, with a ``/`` at its end; nothing at its top. Raises GitError."""
    return os.fsdecode(git(repository, "rev-parse", "--show-prefix")).removesuffix("\n")


def is_clean(repository: Repository, *, but: Sequence[str] = ()) -> bool:
    """Whether nothing below root differs from HEAD, untracked files included, but for some folders. Raises GitError."""
    exclude = [f":(exclude,literal){folder}" for folder in but]
    return not git(
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


def admissions(repository: Repository, *, revision: str = "HEAD") -> Mapping[str, Instant]:
    """Path (relative to root) to the instant of the last commit that added it, in one pass over history.

    In a shallow clone the commits at the cut seem to add everything: they are left out. Raises GitError.
    """
    if revision == "HEAD" and not _has_head(repository):
        return {}
    text = git(
        repository,
        *("log", "--topo-order", "--diff-filter=A", "--name-only", "--no-renames", "--relative", "-z"),
        *(f"--format={_COMMIT.decode()}%ct %P", revision, "--", *_INPUTS),
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
    """A file (relative to root) as it was; (None, ()) if it was not there, JT163 if there is no such revision.

    JT162 if it was there and cannot be read: what decides who may change what is never replaced by what a change says.
    """
    commit = find_commit(repository, revision)
    if isinstance(commit, Diagnostic):
        return None, (commit,)
    try:
        if not git(repository, "ls-tree", "-z", commit, "--", path):
            return None, ()
        return Source(path=path, data=git(repository, "cat-file", "blob", f"{commit}:./{path}")), ()
    except GitError as fault:
        hint = "fetch all of it: git fetch --refetch --no-filter origin"
        return None, (error("JT162", f"git cannot read {path} of {revision}: {fault}", help=hint),)


def _instant(seconds: bytes) -> Instant | None:
    """The instant of a commit; None for one that no clock ever showed, as anybody may write any number there."""
    instant = int(seconds)
    return Instant(instant) if 0 <= instant < _LAST_INSTANT else None


def _has_head(repository: Repository) -> bool:
    try:
        git(repository, "rev-parse", "--verify", "--quiet", "HEAD")
    except GitError:
        return False
    return True
