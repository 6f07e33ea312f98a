"""A fleet repository in git, for edits: the quickstart example with its output, and git as a user has it."""

import os
import subprocess
from pathlib import Path

from rich.console import Console

from jobtree.base.instant import Instant, parse_instant
from jobtree.cli.runs.repo import RepoBackend
from jobtree.cli.runs.repo_edit import Commit
from jobtree.cli.terminal import Terminal

EXAMPLES = Path(__file__).parents[3] / "examples"
NOW = parse_instant("2026-03-02T09:00:00Z")


def git(root: Path, *arguments: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    lonely = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], check=True, env={**clean, **lonely}, capture_output=True, text=True
    )
    return done.stdout.strip()


def in_git(root: Path) -> Path:
    """The folder as the first commit of a repository, with somebody who commits."""
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.com")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "first")
    return root


def backend(root: Path, *, commit: Commit | None = None, now: Instant | None = NOW) -> RepoBackend:
    return RepoBackend(root=root, now=now, commit=commit, terminal=Terminal(out=Console(), err=Console(stderr=True)))


def snapshot(root: Path) -> dict[str, bytes]:
    """Every file but those of git."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }
