"""``jobtree import kueue``: as a new user sees it."""

from pathlib import Path

import pytest

from jobtree.adapters import new_files
from jobtree.migrate.kueue import budgets
from tests.kueue_worlds import as_source, local, node, pods, queue, quota, workload
from tests.unit.cli.conftest import NOW, Cli

OBJECTS = [queue("a", quota("h100", 8)), local("team", "a"), workload("team", "train", pods(1, 8))]


@pytest.fixture
def given(tmp_path: Path) -> Path:
    path = tmp_path / "kueue.yaml"
    path.write_bytes(as_source(OBJECTS).data)
    return path


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_it_writes_a_repository_that_passes_the_check(cli: Cli, given: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "fleet"
    result = cli("import", "kueue", given, "--out", out, "--now", NOW)
    assert (result.code, result.err) == (0, "")
    assert "Imported from Kueue as of 2026-03-02T09:00:00Z: 3 files" in result.out
    assert "Next: jobtree compile" in result.out
    assert files(out) == ["MIGRATION.md", "budgets/a.yaml", "fleet.yaml", "runs/team/train.yaml"]
    assert cli("check", out).code == 0
    assert cli("compile", out, "--now", NOW).code == 0


def test_without_an_instant_the_clock_is_asked_and_told(cli: Cli, given: Path, tmp_path: Path) -> None:
    assert "as of 2" in cli("import", "kueue", given, "--out", tmp_path / "fleet").out


def test_it_overwrites_nothing(cli: Cli, given: Path, tmp_path: Path) -> None:
    out = tmp_path / "fleet"
    (out / "budgets").mkdir(parents=True)
    (out / "budgets" / "a.yaml").write_text("mine")
    result = cli("import", "kueue", given, "--out", out)
    assert result.code == 1
    assert "JT183" in result.err
    assert files(out) == ["budgets/a.yaml"]
    assert (out / "budgets" / "a.yaml").read_text() == "mine"


def test_a_folder_with_other_files_is_added_to(cli: Cli, given: Path, tmp_path: Path) -> None:
    out = tmp_path / "fleet"
    out.mkdir()
    (out / "README.md").write_text("ours")
    assert cli("import", "kueue", given, "--out", out).code == 0
    assert {"README.md", "fleet.yaml"} <= set(files(out))


def test_a_folder_with_a_fleet_of_its_own_is_left_alone(cli: Cli, given: Path, tmp_path: Path) -> None:
    out = tmp_path / "fleet"
    out.mkdir()
    (out / "other.yaml").write_text(
        "apiVersion: rq.davidlangworthy.io/v1\nkind: Fleet\nmetadata: {name: x}\nspec: {}\n"
    )
    result = cli("import", "kueue", given, "--out", out)
    assert result.code == 1
    assert "JT302" in result.err
    assert "JT185" in result.err
    assert "import into a new folder" in result.err
    assert files(out) == ["other.yaml"]


def test_what_does_not_pass_the_check_is_a_bug_and_not_written(
    cli: Cli, given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "_window", lambda now: {"start": "never"})
    result = cli("import", "kueue", given, "--out", tmp_path / "fleet")
    assert result.code == 1
    assert "JT211" in result.err
    assert "JT185" in result.err
    assert "this is a bug of jobtree" in result.err
    assert not (tmp_path / "fleet").exists()


def test_findings_are_shown_with_their_lines_and_nothing_is_written(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "kueue.yaml"
    path.write_bytes(as_source([queue("a", quota("h100", "\u202eeight"))]).data)
    result = cli("import", "kueue", path, tmp_path / "missing.yaml", "--out", tmp_path / "fleet")
    assert result.code == 1
    assert "JT152" in result.err
    result = cli("import", "kueue", path, "--out", tmp_path / "fleet")
    assert "JT181" in result.err
    assert "nominalQuota must be a quantity of GPUs" in result.err
    assert "\u202e" not in result.err
    assert not (tmp_path / "fleet").exists()


def test_a_link_in_the_way_is_not_followed(cli: Cli, given: Path, tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "fleet", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (out / "runs").symlink_to(elsewhere)
    assert "JT702" in cli("import", "kueue", given, "--out", out).err
    (tmp_path / "link").symlink_to(elsewhere)
    assert "JT702" in cli("import", "kueue", given, "--out", tmp_path / "link").err
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    "option",
    [
        ["--cluster", "A b"],
        ["--default-duration", "soon"],
        ["--default-duration", "0s"],
        ["--fabric-label", "a b"],
        ["--gpu-resource", "../x"],
        ["--now", "yesterday"],
    ],
)
def test_wrong_options_are_usage_errors(cli: Cli, given: Path, tmp_path: Path, option: list[str]) -> None:
    result = cli("import", "kueue", given, "--out", tmp_path / "fleet", *option)
    assert result.code == 64
    assert not (tmp_path / "fleet").exists()


def test_options_are_in_what_is_written(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "kueue.yaml"
    path.write_bytes(as_source([*OBJECTS, node("n1", "h100")]).data.replace(b"nvidia.com/gpu", b"amd.com/gpu"))
    options = ["--cluster", "west", "--default-duration", "36h", "--gpu-resource", "amd.com/gpu"]
    assert cli("import", "kueue", path, "--out", tmp_path / "fleet", *options).code == 0
    fleet = (tmp_path / "fleet" / "fleet.yaml").read_text()
    assert 'duration: "36h"' in fleet
    assert "gpuResource: amd.com/gpu" in fleet
    assert "- west" in fleet


@pytest.mark.parametrize("is_there", [False, True])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool) -> None:
    tree = {"a/b.yaml": b"1", "c.yaml": b"2"}
    out = tmp_path / "fleet"
    if is_there:
        out.mkdir()
    real = Path.mkdir

    def full(self: Path, *arguments: object, **options: object) -> None:
        if self.name == "z":
            raise OSError(28, "No space left on device", str(self))
        real(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "mkdir", full)
    findings = new_files.write_new({**tree, "z/y.yaml": b"3"}, out)
    assert [finding.code for finding in findings] == ["JT702"]
    assert list(tmp_path.iterdir()) == ([out] if is_there else [])
    assert files(out) == []
    assert not is_there or list(out.iterdir()) == []
