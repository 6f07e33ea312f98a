"""A new folder appears whole, and nothing beside it is touched or followed."""

from pathlib import Path

from jobtree.adapters.new_files import write_new

TREE = {"a/b.yaml": b"1", "c.md": b"2"}


def test_a_folder_appears_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    assert write_new(TREE, tmp_path / "new") == ()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new"]
    assert (tmp_path / "new" / "a" / "b.yaml").read_bytes() == b"1"
    assert (tmp_path / "new").stat().st_mode & 0o077 == (tmp_path / "new" / "a").stat().st_mode & 0o077


def test_what_lies_beside_it_is_neither_deleted_nor_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    (tmp_path / ".new.jobtree-new").symlink_to(tmp_path / "victim")
    assert write_new(TREE, tmp_path / "new") == ()
    assert list((tmp_path / "victim").iterdir()) == []
    assert not (tmp_path / "new").is_symlink()
