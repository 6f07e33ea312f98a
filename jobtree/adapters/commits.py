"""Makes commits the way the user's own ``git commit`` would: with the user's identity, signature and hooks.

``git_calls`` is hermetic, which is right for reading. A commit is the user's, so here their configuration counts.
A commit on another branch is made in a work tree of its own, in a temporary folder that is gone afterwards: neither the
files, nor the index, nor the branch that the user has checked out are touched.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from jobtree.adapters.edited_files import FileEdit, undone, write_edits
from jobtree.adapters.git_calls import GitError
from jobtree.base.diagnostic import Diagnostic, Severity, error

_OF_A_REPOSITORY = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE",
)  # fmt: skip
"""What a calling hook says about its repository, which need not be ours."""
_NO_BRANCH = "name a branch as git check-ref-format --branch takes it"


def commit_here(root: Path, edits: Mapping[str, FileEdit], message: str) -> tuple[Diagnostic, ...]:
    """Writes the edits and commits exactly these files on the branch that is checked out.

    What else is staged stays staged. If git or a hook refuses (JT793), the files are as they were.
    """
    try:
        _identity(root)
        changed = _git(root, "status", "--porcelain", "-z", "--untracked-files=all", "--", *_literal(edits))
        if changed:
            return (_own_changes(changed),)
    except GitError as fault:
        return (_refused(fault),)
    findings = write_edits(edits, root)
    if findings:
        return findings
    new = [path for path in sorted(edits) if edits[path].old is None]
    try:
        if new:
            _git(root, "add", "--intent-to-add", "--", *_literal(new))
        _git(root, "commit", "--quiet", "--only", "--message", message, "--", *_literal(edits))
    except GitError as fault:
        _take_back(root, edits, new)
        return (_refused(fault),)
    return ()


def commit_on(
    root: Path, branch: str, base: str, edits: Mapping[str, FileEdit], message: str
) -> tuple[Diagnostic, ...]:
    """Commits the edits on another branch, on top of ``base``, which is its tip, or where it shall begin.

    ``edits`` are relative to root, the folder of the fleet in the work tree. JT793 if git or a hook refuses.
    """
    try:
        _identity(root)
        before = tip_of(root, branch)
        if before not in (None, base):
            raise GitError(f"the branch {branch} has moved meanwhile")
        inner = _git(root, "rev-parse", "--show-prefix")
        with _work_tree(root, base) as place:
            folder = place / inner
            folder.mkdir(parents=True, exist_ok=True)
            findings = write_edits(edits, folder)
            if findings:
                return findings
            _git(folder, "add", "--", *_literal(edits))
            _git(folder, "commit", "--quiet", "--message", message)
            tip = _git(folder, "rev-parse", "HEAD")
            _git(root, "update-ref", "-m", f"commit: {message}", f"refs/heads/{branch}", tip, before or "0" * len(tip))
    except (GitError, OSError) as fault:
        return (_refused(fault),)
    return ()


def tip_of(root: Path, branch: str) -> str | None:
    """The commit that a branch is at; None if there is no such branch."""
    try:
        return _git(root, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}")
    except GitError:
        return None


def branch_objection(root: Path, branch: str) -> Diagnostic | None:
    """Why nothing can be committed on a branch: it is no name (JT793), or a work tree has it checked out."""
    try:
        if _git(root, "check-ref-format", "--branch", branch) != branch:
            return error("JT793", f"{branch} is no name for a branch", help=_NO_BRANCH)
        trees = _git(root, "worktree", "list", "--porcelain").splitlines()
    except GitError as fault:
        return error("JT793", f"{branch} is no name for a branch", notes=(str(fault),), help=_NO_BRANCH)
    if f"branch refs/heads/{branch}" in trees:
        hint = "leave --branch out and commit there with --commit, or name another branch"
        return error("JT793", f"the branch {branch} is checked out", help=hint)
    return None


@contextmanager
def _work_tree(root: Path, base: str) -> Iterator[Path]:
    """A work tree of its own with a commit's files."""
    with tempfile.TemporaryDirectory(prefix="jobtree-") as folder:
        place = Path(folder).resolve() / "tree"
        _git(root, "worktree", "add", "--quiet", "--detach", str(place), base)
        try:
            yield place
        finally:
            with suppress(GitError):  # the commit is what counts; git forgets a work tree whose folder is gone
                _git(root, "worktree", "remove", "--force", str(place))


def _take_back(root: Path, edits: Mapping[str, FileEdit], new: list[str]) -> None:
    """After a refused commit: the files as they were, and new ones no longer in the index."""
    write_edits(undone(edits), root)
    if new:
        _git(root, "rm", "--quiet", "--cached", "--force", "--ignore-unmatch", "--", *_literal(new))


def _identity(root: Path) -> None:
    """Raises GitError if git does not know who commits."""
    for name in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        try:
            _git(root, "var", name)
        except GitError as fault:
            raise GitError(f"git does not know who commits: {fault}") from None


def _literal(paths: Mapping[str, FileEdit] | list[str]) -> list[str]:
    """Paths as git takes them word by word."""
    return [f":(literal){path}" for path in sorted(paths)]


def _git(root: Path, *arguments: str) -> str:
    """What git prints, without the line end. Raises GitError with what git, or a hook, complained about."""
    environment = {name: value for name, value in os.environ.items() if name not in _OF_A_REPOSITORY}
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "--no-pager", *arguments],  # noqa: S607
            cwd=root,
            env={**environment, "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true", "LC_ALL": "C", "LANGUAGE": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except (OSError, ValueError) as fault:
        raise GitError(str(fault)) from None
    if done.returncode != 0:
        words = (done.stderr + done.stdout).decode("utf-8", errors="replace").strip().splitlines()
        raise GitError("\n".join(words) or f"git {arguments[0]} ended with {done.returncode}")
    return os.fsdecode(done.stdout).removesuffix("\n")


def _own_changes(status: str) -> Diagnostic:
    paths = tuple(line[3:] for line in status.split("\0") if line)
    message = "files of this edit have changes that are not committed"
    return error("JT793", message, notes=paths, help="commit or stash them first, or leave --commit out")


def _refused(fault: Exception) -> Diagnostic:
    first, *rest = str(fault).splitlines() or ["it said nothing"]
    unknown = "who commits" in first
    hint = (
        "git config user.name NAME; git config user.email ADDRESS"
        if unknown
        else "mend what git or its hook complains about; nothing was written"
    )
    return Diagnostic(
        code="JT793",
        severity=Severity.ERROR,
        message=f"git makes no commit: {first}",
        notes=tuple(rest[:10]),
        help=hint,
    )
