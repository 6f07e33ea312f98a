"""Edited files are written whole, all or none, whatever the disk says and whenever the process is killed."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from jobtree.adapters.edited_files import FileEdit, undone, write_edits

EDITS = {
    "a.yaml": FileEdit(b"old a\n", b"new a\n"),
    "deep/er/b.yaml": FileEdit(None, b"new b\n"),
    "z.yaml": FileEdit(b"old z\n", b"new z\n"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fleet").mkdir()
    for name in ("a", "z"):
        (tmp_path / "fleet" / f"{name}.yaml").write_text(f"old {name}\n")
    return tmp_path / "fleet"


def held(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_all_are_written_and_can_be_taken_back(folder: Path) -> None:
    before = held(folder)
    assert write_edits(EDITS, folder) == ()
    assert held(folder) == {path: edit.new for path, edit in EDITS.items()}
    assert write_edits(undone(EDITS), folder) == ()
    assert held(folder) == before


def test_permissions_stay(folder: Path) -> None:
    (folder / "a.yaml").chmod(0o640)
    assert write_edits(EDITS, folder) == ()
    assert (folder / "a.yaml").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("name", ["fsync", "link", "replace"])
def test_a_disk_that_refuses_leaves_everything_as_it_was(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later call of each kind fails, when files before it are written already."""
    before, calls = held(folder), [0]
    real = getattr(os, name) if name != "replace" else Path.replace

    def failing(*arguments: object, **named: object) -> object:
        calls[0] += 1
        if calls[0] == {"fsync": 3, "link": 1, "replace": 2}[name]:
            raise OSError(28, "No space left on device")
        return real(*arguments, **named)

    monkeypatch.setattr(Path if name == "replace" else os, name, failing)
    findings = write_edits(EDITS, folder)
    assert [finding.code for finding in findings] == ["JT702"]
    assert "No space left" in findings[0].message
    assert held(folder) == before
    assert not (folder / "deep").exists()


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from jobtree.adapters.edited_files import FileEdit, write_edits
    name, number = sys.argv[2], int(sys.argv[3])
    where = Path if name == "replace" else os
    real, calls = getattr(where, name), [0]
    def deadly(*arguments, **named):
        calls[0] += 1
        if calls[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)
    setattr(where, name, deadly)
    write_edits({"a.yaml": FileEdit(b"old a\\n", b"new a\\n" * 100_000)}, Path(sys.argv[1]))
"""


@pytest.mark.parametrize(
    ("name", "number", "new"), [("fsync", 1, False), ("replace", 1, False), ("fsync", 2, True), ("fsync", 99, True)]
)
def test_killed_at_any_step_a_file_is_the_old_one_or_the_new_one(
    folder: Path, name: str, number: int, new: bool
) -> None:
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(folder), name, str(number)]
    done = subprocess.run(command, check=False)
    assert done.returncode == (0 if number == 99 else -signal.SIGKILL)
    assert (folder / "a.yaml").read_bytes() == (b"new a\n" * 100_000 if new else b"old a\n")
    left = [path.name for path in folder.iterdir() if path.suffix not in (".yaml",)]
    assert all(name.endswith(".jobtree-new") for name in left)  # which nobody reads


def test_a_file_that_changed_meanwhile_is_not_overwritten(folder: Path) -> None:
    (folder / "z.yaml").write_text("somebody else\n")
    before = held(folder)
    findings = write_edits(EDITS, folder)
    assert [(finding.code, str(finding.location)) for finding in findings] == [("JT702", "z.yaml:1:1")]
    assert held(folder) == before


def test_a_new_file_is_not_written_over_one_that_came_meanwhile(folder: Path) -> None:
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "b.yaml").write_text("somebody else\n")
    before = held(folder)
    assert [finding.code for finding in write_edits(EDITS, folder)] == ["JT702"]
    assert held(folder) == before


@pytest.mark.parametrize("path", ["../b.yaml", "/tmp/b.yaml", "x/../../b.yaml", "a\0.yaml", "a.yaml/b.yaml", "dir"])
def test_paths_that_are_none_of_ours(folder: Path, path: str) -> None:
    (folder / "dir").mkdir()
    before = held(folder.parent)
    findings = write_edits({path: FileEdit(None, b"x")}, folder)
    assert findings[0].code in ("JT151", "JT702")
    assert held(folder.parent) == before


@pytest.mark.parametrize("target", ["../elsewhere", "inner"])
def test_nothing_is_written_through_links(folder: Path, target: str) -> None:
    (folder.parent / "elsewhere").mkdir()
    (folder / "inner").mkdir()
    (folder / "deep").symlink_to(target)
    (folder / "inner" / "er").mkdir()
    assert [finding.code for finding in write_edits(EDITS, folder)] == ["JT151"]
    (folder / "deep").unlink()
    (folder / "a.yaml").unlink()
    (folder.parent / "secret").write_text("old a\n")
    (folder / "a.yaml").symlink_to("../secret")
    assert [finding.code for finding in write_edits(EDITS, folder)] == ["JT151"]
    assert (folder.parent / "secret").read_text() == "old a\n"
