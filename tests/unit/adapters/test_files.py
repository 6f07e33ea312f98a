import os
from pathlib import Path

import pytest

from jobtree.adapters.files import read_sources, read_tree
from jobtree.load.limits import INPUT


def put(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


def paths(root: Path, *skip: str) -> list[str]:
    reading = read_sources(root, skip=skip)
    assert reading.diagnostics == ()
    return [source.path for source in reading.sources]


def codes(root: Path) -> list[tuple[str, str]]:
    return [(found.code, found.location.path if found.location else "") for found in read_sources(root).diagnostics]


def test_inputs_come_sorted_by_the_bytes_of_their_paths(tmp_path: Path) -> None:
    put(tmp_path, "b.yaml", "a/z.yml", "a.json", "a-b.yaml", "é.yaml", "notes.md", "a/YAML", ".github/w.yml")
    assert paths(tmp_path) == [".github/w.yml", "a-b.yaml", "a.json", "a/z.yml", "b.yaml", "é.yaml"]


def test_output_git_environments_leftovers_and_ignored_paths_are_no_input(tmp_path: Path) -> None:
    put(tmp_path, "in.yaml", "rendered/x.yaml", ".git/config.yaml", ".venv/pyvenv.cfg", ".venv/x.yaml")
    put(
        tmp_path,
        ".rendered.jobtree-new/x.yaml",
        ".rendered.jobtree-old/x.yaml",
        "skipped/x.yaml",
        "sub/rendered/y.yaml",
    )
    (tmp_path / ".jobtreeignore").write_text("/skipped/\n")
    assert paths(tmp_path, "rendered") == ["in.yaml", "sub/rendered/y.yaml"]


def test_a_missing_folder_is_jt155(tmp_path: Path) -> None:
    assert codes(tmp_path / "nowhere") == [("JT155", "")]


def test_a_link_within_is_left_out_and_one_that_leaves_is_jt151(tmp_path: Path) -> None:
    root = tmp_path / "fleet"
    put(root, "in.yaml")
    put(tmp_path, "secret.yaml", "elsewhere/x.yaml")
    (root / "same.yaml").symlink_to("in.yaml")
    assert paths(root) == ["in.yaml"]
    (root / "out.yaml").symlink_to("../secret.yaml")
    (root / "folder").symlink_to("../elsewhere")
    (root / "gone.yaml").symlink_to("nothing")
    (root / "self.yaml").symlink_to("self.yaml")
    (root / "itself").symlink_to("itself")
    assert codes(root) == [("JT151", "folder"), ("JT152", "gone.yaml"), ("JT151", "out.yaml"), ("JT152", "self.yaml")]


def test_a_name_that_is_not_utf8_is_jt153(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.yaml")).write_text("x")
    assert codes(tmp_path) == [("JT153", "�.yaml")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_jt152(tmp_path: Path) -> None:
    put(tmp_path, "a.yaml")
    (tmp_path / "a.yaml").chmod(0)
    assert codes(tmp_path) == [("JT152", "a.yaml")]


def test_a_pipe_is_no_input_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert paths(tmp_path) == []


def test_of_a_large_file_no_more_is_read_than_shows_that_it_is_too_large(tmp_path: Path) -> None:
    with (tmp_path / "big.yaml").open("wb") as file:
        file.truncate(10 * INPUT.size)
    (source,) = read_sources(tmp_path).sources
    assert len(source.data) == INPUT.size + 1


def test_too_many_files_are_jt154(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobtree.adapters.files.MOST_FILES", 2)
    put(tmp_path, "a.yaml", "b.yaml", "c.yaml")
    assert codes(tmp_path) == [("JT154", "c.yaml")]


def test_an_output_tree_is_read_whole_and_links_are_not_followed(tmp_path: Path) -> None:
    put(tmp_path, "a/b.yaml", "plan.json", "x.bin")
    (tmp_path / "link").symlink_to("plan.json")
    assert read_tree(tmp_path) == {"a/b.yaml": b"a/b.yaml", "plan.json": b"plan.json", "x.bin": b"x.bin"}
    assert read_tree(tmp_path / "nowhere") == {}


def test_folders_nested_too_deep_are_jt154(tmp_path: Path) -> None:
    tmp_path.joinpath(*"d" * 120).mkdir(parents=True)
    assert [code for code, _ in codes(tmp_path)] == ["JT154"]
    with pytest.raises(OSError, match="nested"):
        read_tree(tmp_path)


@pytest.mark.parametrize("target", ["/dev/zero", ".jobtreeignore"])
def test_rules_are_read_from_a_regular_file_only(tmp_path: Path, target: str) -> None:
    put(tmp_path, "a.yaml")
    (tmp_path / ".jobtreeignore").symlink_to(target)
    assert codes(tmp_path) == [("JT152", ".jobtreeignore")]
    (tmp_path / ".jobtreeignore").unlink()
    os.mkfifo(tmp_path / ".jobtreeignore")
    assert codes(tmp_path) == [("JT152", ".jobtreeignore")]


def test_rules_that_never_end_are_jt107(tmp_path: Path) -> None:
    (tmp_path / ".jobtreeignore").write_text("x*\n" * 1_001)
    assert codes(tmp_path) == [("JT107", ".jobtreeignore")]


def test_pipes_and_links_in_an_output_tree_are_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "plan.json")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    assert read_tree(tmp_path) == {"plan.json": b"plan.json"}
