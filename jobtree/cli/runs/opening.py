"""Which backend a line asks for: ``--state FILE``, ``--repo DIR``, or the cluster of a kubeconfig."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import typer

from jobtree.base.diagnostic import Diagnostic
from jobtree.base.instant import Instant
from jobtree.base.plain import plain
from jobtree.cli.report import report_in
from jobtree.cli.runs.backend import Backend, Refused, View
from jobtree.cli.runs.snapshot import SnapshotBackend
from jobtree.cli.runs.violations import CODE
from jobtree.cli.terminal import Terminal
from jobtree.cli.workspace import exit_code

REFUSED, VIOLATED = 1, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of every verb, and whether a submission is only to be checked by the server."""

    state: Path | None
    repo: Path | None
    commit: bool
    branch: str | None
    kubeconfig: Path | None
    context: str | None
    namespace: str | None
    all_namespaces: bool
    now: Instant | None
    rehearse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What a verb works with. ``namespace`` is the one that it looks at, None for all."""

    terminal: Terminal
    backend: Backend
    namespace: str | None
    root: Path

    def view(self) -> View:
        """The fleet; ends the command after findings where there is nothing to see."""
        found = self.backend.view()
        if isinstance(found, Refused):
            self.refuse(found)
        return found

    def note(self, view: View) -> None:
        """How the view came to be, for people."""
        for note in view.notes:
            self.terminal.tell(note)

    def refuse(self, refused: Refused) -> NoReturn:
        """Prints findings and ends."""
        refuse(refused, self.root, self.terminal)

    def fail(self, sentence: str) -> NoReturn:
        """Says what is wrong and what to do, and ends."""
        self.terminal.err.print(f"error: {plain(sentence)}", soft_wrap=True)
        raise typer.Exit(REFUSED)

    def warn(self, findings: tuple[Diagnostic, ...]) -> None:
        """Prints findings that refuse nothing."""
        report_in(findings, {}, self.root, self.terminal)


def refuse(refused: Refused, root: Path, terminal: Terminal) -> NoReturn:
    """Prints findings and ends: 4 where the verifier refused a plan, 3 for house rules, 1 for anything else."""
    report_in(refused.diagnostics, refused.files, root, terminal)
    if any(finding.code == CODE for finding in refused.diagnostics):
        raise typer.Exit(VIOLATED)
    raise typer.Exit(exit_code(refused.diagnostics) or REFUSED)


def open_door(asked: Asked, terminal: Terminal) -> Door:
    """Checks that the options fit together, and opens what they name; a usage error otherwise."""
    _check(asked)
    namespace = None if asked.all_namespaces else asked.namespace
    if asked.state is not None:
        snapshot = SnapshotBackend(asked.state, now=asked.now, terminal=terminal)
        return Door(terminal=terminal, backend=snapshot, namespace=namespace, root=Path())
    if asked.repo is not None:
        return Door(
            terminal=terminal, backend=_repository(asked, asked.repo, terminal), namespace=namespace, root=asked.repo
        )
    return _cluster(asked, terminal)


def _repository(asked: Asked, root: Path, terminal: Terminal) -> Backend:
    from jobtree.cli.runs.repo import RepoBackend  # git and the rest of it are not for those who look at a file
    from jobtree.cli.runs.repo_edit import Commit

    commit = Commit(branch=asked.branch) if asked.commit else None
    return RepoBackend(root=root, now=asked.now, commit=commit, terminal=terminal)


def _cluster(asked: Asked, terminal: Terminal) -> Door:
    """The cluster of the kubeconfig, in the namespace of its context unless the line says which."""
    if find_spec("kubernetes") is None:
        message = "for a cluster, pip install 'jobtree[cluster]'; or name a fleet: --state FILE, or --repo DIR"
        raise typer.BadParameter(message, param_hint="--kubeconfig")
    from jobtree.cli.runs.cluster import ClusterBackend, namespace_of  # an extra: nothing else may need it

    namespace = asked.namespace
    if namespace is None and not asked.all_namespaces:
        found = namespace_of(asked.kubeconfig, asked.context)
        if isinstance(found, Refused):
            refuse(found, Path(), terminal)
        namespace = found
    backend = ClusterBackend(
        kubeconfig=asked.kubeconfig,
        context=asked.context,
        namespace=namespace,
        now=asked.now,
        rehearse=asked.rehearse,
    )
    return Door(terminal=terminal, backend=backend, namespace=namespace, root=Path())


def _check(asked: Asked) -> None:
    if asked.state is not None and asked.repo is not None:
        raise typer.BadParameter("a fleet is in a snapshot or in a repository: name one", param_hint="--state / --repo")
    if asked.repo is None and (asked.commit or asked.branch is not None):
        raise typer.BadParameter("only edits of a repository can be committed: add --repo DIR", param_hint="--commit")
    if asked.branch is not None and not asked.commit:
        raise typer.BadParameter("a branch is for a commit: add --commit", param_hint="--branch")
    if asked.all_namespaces and asked.namespace is not None:
        raise typer.BadParameter("all namespaces, or one: name one option", param_hint="-A / -n")
    elsewhere = asked.state is not None or asked.repo is not None
    if elsewhere and asked.rehearse:
        raise typer.BadParameter("only a cluster has a server that could be asked", param_hint="--dry-run")
    if elsewhere and (asked.kubeconfig is not None or asked.context is not None):
        raise typer.BadParameter("a kubeconfig is for a cluster", param_hint="--kubeconfig / --context")
