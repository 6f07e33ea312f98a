"""A fleet repository as a revision has it: its inputs, its output tree and its ledger, all from git's objects."""

from collections.abc import Mapping
from dataclasses import dataclass

from jobtree.adapters.git import admissions
from jobtree.adapters.git_calls import GitError, Repository, find_commit
from jobtree.adapters.revision import sources_at, tree_at
from jobtree.base.chain import SUFFIX
from jobtree.base.diagnostic import Diagnostic, error
from jobtree.base.instant import Instant
from jobtree.load.source import Source

SHORT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """``name`` as it was given. ``previous`` is the output tree, ``ledger`` the months, both {} if there are none."""

    name: str
    commit: str
    sources: tuple[Source, ...]
    admitted: Mapping[str, Instant]
    previous: Mapping[str, bytes]
    ledger: tuple[Source, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def title(self) -> str:
        """Its name, and the commit that it stands for."""
        short = self.commit[:SHORT]
        return self.name if self.name.startswith(short) else f"{self.name} ({short})"


def read_revision(repository: Repository, name: str, *, out: str | None, ledger: str | None) -> Revision | Diagnostic:
    """The revision, or why it cannot be read (JT162, JT163). ``out`` and ``ledger``: folders relative to root.

    The output folder is no input.
    """
    commit = find_commit(repository, name)
    if isinstance(commit, Diagnostic):
        return commit
    try:
        reading = sources_at(repository, commit, skip=[out] if out else [])
        return Revision(
            name=name,
            commit=commit,
            sources=reading.sources,
            admitted=admissions(repository, revision=commit),
            previous=tree_at(repository, commit, out) if out else {},
            ledger=_months(tree_at(repository, commit, ledger), ledger) if ledger else (),
            diagnostics=reading.diagnostics,
        )
    except GitError as fault:
        return error("JT162", f"git cannot be asked: {fault}")


def _months(files: Mapping[str, bytes], folder: str) -> tuple[Source, ...]:
    return tuple(Source(f"{folder}/{path}", data) for path, data in files.items() if path.endswith(SUFFIX))
