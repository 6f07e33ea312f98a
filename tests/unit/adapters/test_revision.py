"""A revision is read as its checkout would be, and nothing is checked out."""

import os
from pathlib import Path

import pytest

from jobtree.adapters.files import read_sources, read_tree
from jobtree.adapters.git import find_repository
from jobtree.adapters.git_calls import GitError, Repository, find_commit
from jobtree.adapters.revision import is_ancestor, sources_at, tree_at
from jobtree.base.diagnostic import Diagnostic
from jobtree.load.limits import INPUT
from tests.unit.adapters.test_git import commit, git, repository, root  # noqa: F401

FILES = {
    "fleet.yaml": "a",
    "runs/x.yml": "b",
    "runs/deep/er/y.json": "c",
    "runs/notes.txt": "no input",
    "rendered/plan.json": "out",
    "ignored/z.yaml": "z",
    "kept.yaml": "k",
    ".jobtreeignore": "ignored/\n*.secret.yaml\n",
    "a.secret.yaml": "s",
    "venv/pyvenv.cfg": "",
    "venv/lib/q.yaml": "q",
    ".rendered.jobtree-old/p.yaml": "p",
    "ümlaut/ö.yaml": "u",
}


def write(root: Path, files: dict[str, str]) -> None:  # noqa: F811
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def commit_of(found: Repository, name: str = "HEAD") -> str:
    commit_id = find_commit(found, name)
    assert isinstance(commit_id, str)
    return commit_id


def test_a_revision_has_the_inputs_that_its_folder_had(root: Path) -> None:  # noqa: F811
    write(root, FILES)
    (root / "link.yaml").symlink_to("kept.yaml")
    commit(root, 1)
    there = read_sources(root, skip=["rendered"])
    write(root, {"fleet.yaml": "edited", "later.yaml": "new"})
    here = sources_at(repository(root), commit_of(repository(root)), skip=["rendered"])
    assert here == there
    assert [source.path for source in here.sources] == [
        "fleet.yaml",
        "kept.yaml",
        "runs/deep/er/y.json",
        "runs/x.yml",
        "ümlaut/ö.yaml",
    ]


def test_a_fleet_in_a_folder_of_the_work_tree_is_read_from_there(root: Path) -> None:  # noqa: F811
    write(root, {f"fleets/west/{name}": text for name, text in FILES.items()} | {"other.yaml": "o"})
    commit(root, 1)
    found = repository(root / "fleets" / "west")
    assert sources_at(found, commit_of(found), skip=["rendered"]) == read_sources(
        root / "fleets/west", skip=["rendered"]
    )
    assert tree_at(found, commit_of(found), "rendered") == {"plan.json": b"out"}
    assert tree_at(found, commit_of(found), "ledger") == {}


def test_an_output_tree_is_the_one_that_was_committed(root: Path) -> None:  # noqa: F811
    write(root, {"rendered/c/a.yaml": "1", "rendered/plan.json": "2", "rendered-not/x": "3"})
    commit(root, 1)
    assert tree_at(repository(root), commit_of(repository(root)), "rendered") == read_tree(root / "rendered")


def test_what_cannot_be_read_is_said(root: Path) -> None:  # noqa: F811
    write(root, {"big.yaml": "#" * (INPUT.size + 1)})
    (root / os.fsdecode(b"\xff.yaml")).write_text("x")
    commit(root, 1)
    found = sources_at(repository(root), commit_of(repository(root)))
    assert found.sources == ()
    assert sorted(finding.code for finding in found.diagnostics) == ["JT106", "JT153"]


@pytest.mark.parametrize("name", ["nope", "--help", "HEAD~9", "", "HEAD:fleet.yaml"])
def test_a_name_that_is_no_commit_is_a_finding(root: Path, name: str) -> None:  # noqa: F811
    commit(root, 1, a="1")
    found = find_commit(repository(root), name)
    assert isinstance(found, Diagnostic)
    assert found.code == "JT163"


def test_a_shallow_clone_says_that_it_is_cut(root: Path, tmp_path: Path) -> None:  # noqa: F811
    commit(root, 1, a="1")
    commit(root, 2, b="1")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{root}", "cut")

    found, (shallow,) = find_repository(tmp_path / "cut")
    assert shallow.code == "JT161"
    assert found is not None
    missing = find_commit(found, "HEAD~1")
    assert isinstance(missing, Diagnostic)
    assert missing.notes == ("the clone is shallow: older commits were never fetched",)


def test_ancestors_are_told_from_others(root: Path) -> None:  # noqa: F811
    commit(root, 1, a="1")
    first = commit_of(repository(root))
    commit(root, 2, b="1")
    second = commit_of(repository(root))
    assert is_ancestor(repository(root), first, second)
    assert not is_ancestor(repository(root), second, first)


def test_a_commit_that_is_gone_is_a_git_error(root: Path) -> None:  # noqa: F811
    commit(root, 1, a="1")
    with pytest.raises(GitError):
        sources_at(repository(root), "0" * 40)
