import os
import subprocess
from pathlib import Path

import pytest

from jobtree.adapters.git import admissions, file_at, find_repository, head_instant, is_clean
from jobtree.adapters.git_calls import GitError, Repository
from jobtree.base.instant import parse_instant

DAY = "2026-03-0{}T09:00:00+02:00"


def git(root: Path, *arguments: str, day: int = 1) -> None:
    stamp = DAY.format(day)
    identity = {f"GIT_{who}_{what}": "x@y" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env = {**clean, **identity, "GIT_COMMITTER_DATE": stamp, "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z"}
    subprocess.run(["git", "-C", str(root), *arguments], check=True, env=env, capture_output=True)


def commit(root: Path, day: int, **files: str) -> None:
    for name, text in files.items():
        (root / f"{name}.yaml").write_text(text)
    git(root, "add", "-A", day=day)
    git(root, "commit", "-q", "-m", "x", day=day)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "fleet"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    return folder


def repository(root: Path) -> Repository:
    found, findings = find_repository(root)
    assert findings == ()
    assert found is not None
    return found


def day(number: int) -> int:
    return parse_instant(DAY.format(number))


def test_outside_git_there_is_no_repository(tmp_path: Path) -> None:
    assert find_repository(tmp_path) == (None, ())


def test_before_the_first_commit_nothing_is_known(root: Path) -> None:
    assert head_instant(repository(root)) is None
    assert admissions(repository(root)) == {}


def test_head_instant_is_the_committers(root: Path) -> None:
    commit(root, 2, a="1")
    assert head_instant(repository(root)) == day(2)


def test_clean_means_nothing_but_the_output_differs(root: Path) -> None:
    commit(root, 1, a="1")
    assert is_clean(repository(root))
    (root / "rendered").mkdir()
    (root / "rendered" / "x.yaml").write_text("x")
    assert not is_clean(repository(root))
    assert is_clean(repository(root), but=["rendered"])
    (root / "b.yaml").write_text("x")
    assert not is_clean(repository(root), but=["rendered"])


def test_an_edit_outside_the_fleets_folder_leaves_it_clean(root: Path) -> None:
    (root / "fleet").mkdir()
    commit(root, 1, **{"fleet/a": "1", "other": "1"})
    (root / "other.yaml").write_text("2")
    assert is_clean(repository(root / "fleet"))


def test_admission_is_the_last_commit_that_added_the_file(root: Path) -> None:
    commit(root, 1, a="1", b="1")
    commit(root, 2, a="2", c="1")
    (root / "b.yaml").unlink()
    commit(root, 3)
    commit(root, 4, b="again")
    assert admissions(repository(root)) == {"a.yaml": day(1), "b.yaml": day(4), "c.yaml": day(2)}


def test_admissions_cross_merges_and_are_relative_to_the_fleets_folder(root: Path) -> None:
    (root / "fleet").mkdir()
    commit(root, 1, **{"fleet/a": "1", "other": "1"})
    git(root, "checkout", "-q", "-b", "side")
    commit(root, 2, **{"fleet/b": "1"})
    git(root, "checkout", "-q", "main")
    commit(root, 3, **{"fleet/c": "1"})
    git(root, "merge", "-q", "--no-edit", "side", day=4)
    assert admissions(repository(root / "fleet")) == {"a.yaml": day(1), "b.yaml": day(2), "c.yaml": day(3)}


def test_hostile_names_are_names(root: Path) -> None:
    names = ["-n", "a b", 'q"uote', "new\nline", "\x01ct 5", "é", "*", "tab\t"]
    commit(root, 1, **dict.fromkeys(names, "x"))
    assert admissions(repository(root)) == {f"{name}.yaml": day(1) for name in names}


def test_a_shallow_clone_is_jt161_and_the_cut_admits_nothing(root: Path, tmp_path: Path) -> None:
    commit(root, 1, a="1")
    commit(root, 2, b="1")
    commit(root, 3, c="1")
    git(tmp_path, "clone", "-q", "--depth", "2", f"file://{root}", "clone")
    found, findings = find_repository(tmp_path / "clone")
    assert [finding.code for finding in findings] == ["JT161"]
    assert found is not None
    assert admissions(found) == {"c.yaml": day(3)}


def test_a_file_at_a_revision(root: Path) -> None:
    commit(root, 1, fleet="old")
    commit(root, 2, fleet="new")
    source, findings = file_at(repository(root), "fleet.yaml", revision="HEAD~1")
    assert source is not None
    assert (source.path, source.data, findings) == ("fleet.yaml", b"old", ())
    assert file_at(repository(root), "gone.yaml", revision="HEAD") == (None, ())


@pytest.mark.parametrize("revision", ["nowhere", "--help", "-x", "HEAD:fleet.yaml", "", "a b", "\x00"])
def test_no_such_revision_is_jt163(root: Path, revision: str) -> None:
    commit(root, 1, fleet="old")
    source, findings = file_at(repository(root), "fleet.yaml", revision=revision)
    assert source is None
    assert [finding.code for finding in findings] == ["JT163"]


def test_the_users_configuration_and_a_hooks_variables_do_not_count(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(root, 1, a="1")
    trap = tmp_path / "trap"
    config = tmp_path / "config"
    config.write_text(
        f"[core]\n fsmonitor = touch {trap}\n pager = touch {trap}\n[log]\n date = raw\n[diff]\n renames = true\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    git(root, "config", "core.fsmonitor", f"touch {trap}")
    assert is_clean(repository(root))
    assert admissions(repository(root)) == {"a.yaml": day(1)}
    assert not trap.exists()


def test_without_git_it_is_jt162(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    found, findings = find_repository(root)
    assert found is None
    assert [finding.code for finding in findings] == ["JT162"]


def test_a_broken_repository_is_jt162(root: Path) -> None:
    (root / ".git" / "HEAD").write_text("nonsense")
    (root / ".git" / "config").write_text("[")
    found, findings = find_repository(root)
    assert found is None
    assert [finding.code for finding in findings] == ["JT162"]


def test_git_errors_carry_gits_words(root: Path) -> None:
    with pytest.raises(GitError, match=r"fatal|not"):
        is_clean(Repository(root=root.parent / "nowhere", shallow=False, trusted=()))
