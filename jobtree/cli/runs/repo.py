"""``--repo DIR``: a fleet repository. It shows what its plan says, and is edited in its files."""

from dataclasses import dataclass, replace
from pathlib import Path

from jobtree.base.instant import Instant
from jobtree.cli.executor import LOCAL, given_executor
from jobtree.cli.runs.backend import Applied, Refused, View
from jobtree.cli.runs.repo_edit import Commit, base_of, edit_on, ground_of
from jobtree.cli.runs.repo_view import view_of
from jobtree.cli.terminal import Terminal
from jobtree.cli.workspace import has_errors, open_workspace
from jobtree.edit.edits import Edit, Submit
from jobtree.load.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoBackend:
    """The repository at ``root``. ``commit`` None: edits change files, and who made them commits them."""

    root: Path
    now: Instant | None
    commit: Commit | None
    terminal: Terminal

    def view(self) -> View | Refused:
        """The published plan if it is sound and fits the files, else one that is made in memory."""
        workspace = open_workspace(self.root, out=None, base=None)
        return view_of(workspace, self.now, given_executor(LOCAL, self.terminal.tell))

    def apply(self, edit: Edit) -> Applied | Refused:
        """Checks the fleet with the edit by the registry of the base, then writes it. Codes: JT702, JT786 to JT793."""
        workspace = open_workspace(self.root, out=None, base=base_of(self.root))
        files = {source.path: source.data for source in workspace.sources}
        if has_errors(workspace.diagnostics) and not workspace.sources:
            return Refused(diagnostics=workspace.diagnostics, files=files)
        ground = ground_of(workspace, self.commit)
        if isinstance(ground, tuple):
            return Refused(diagnostics=ground, files=files)
        return edit_on(ground, _from_here(edit), self.commit, self.now)


def _from_here(edit: Edit) -> Edit:
    """What is submitted with its whole path: all other paths are below the repository, and it need not be."""
    if not isinstance(edit, Submit) or edit.source.path.startswith("<"):
        return edit
    return replace(edit, source=Source(Path(edit.source.path).absolute().as_posix(), edit.source.data))
