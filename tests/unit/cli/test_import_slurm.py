"""``jobtree import slurm`` on what a real Slurm printed."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli
from tests.unit.migrate.slurm.recorded import FOLDER, edited

NOW = "2026-11-27T09:00:00Z"
FILES = sorted(path for path in FOLDER.iterdir() if path.suffix in (".txt", ".sbatch"))


def test_it_imports_checks_and_compiles(cli: Cli, tmp_path: Path) -> None:
    done = cli("import", "slurm", *FILES, "--out", tmp_path / "fleet", "--now", NOW)
    assert (done.code, done.err) == (0, "")
    checked = cli("check", tmp_path / "fleet")
    assert checked.code == 0, checked.err
    assert "21 runs, 5 budgets with 8 envelopes, 24 nodes with 160 GPUs" in checked.out
    assert cli("compile", tmp_path / "fleet", "--now", NOW).code == 0
    assert cli("verify", tmp_path / "fleet").code == 0


def test_the_order_of_the_command_line_does_not_matter(cli: Cli, tmp_path: Path) -> None:
    for name, files in (("one", FILES), ("other", FILES[::-1])):
        assert cli("import", "slurm", *files, "--out", tmp_path / name, "--now", NOW).code == 0
    paths = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(paths) > 15
    assert all((tmp_path / "one" / path).read_bytes() == (tmp_path / "other" / path).read_bytes() for path in paths)


def test_a_refusal_shows_the_line_and_writes_nothing(cli: Cli, tmp_path: Path) -> None:
    rows = tmp_path / "rows.txt"
    rows.write_text(edited("associations", ("lab|nlp|ai|", "lab|nlp|\x1b[31mgone|")), encoding="utf-8")
    files = [path for path in FILES if path.name != "associations.txt"]
    done = cli("import", "slurm", rows, *files, "--out", tmp_path / "fleet", "--now", NOW)
    assert done.code == 1
    assert "JT744" in done.err
    assert "\x1b" not in done.err
    assert not (tmp_path / "fleet").exists()


def test_a_warning_is_shown_and_the_import_goes_on(cli: Cli, tmp_path: Path) -> None:
    queue = tmp_path / "queue.txt"
    queue.write_text(edited("queue", ("|pretrain|", "|pre|train|")), encoding="utf-8")
    files = [path for path in FILES if path.name != "queue.txt"]
    done = cli("import", "slurm", queue, *files, "--out", tmp_path / "fleet", "--now", NOW)
    assert done.code == 0
    assert "JT742 warning" in done.err


@pytest.mark.parametrize(
    "options",
    [
        ("--region", "a b"),
        ("--utc-offset", "1"),
        ("--until", NOW),
        ("--now", "soon"),
        ("--until", "2020-01-01T00:00:00Z"),
    ],
)
def test_wrong_usage(cli: Cli, tmp_path: Path, options: tuple[str, str]) -> None:
    given = {"--now": NOW} | {options[0]: options[1]}
    flat = [part for pair in given.items() for part in pair]
    assert cli("import", "slurm", *FILES, "--out", tmp_path / "fleet", *flat).code == 64


def test_times_are_read_with_the_offset_that_is_given(cli: Cli, tmp_path: Path) -> None:
    for name, offset in (("utc", "+00:00"), ("east", "+02:00")):
        done = cli("import", "slurm", *FILES, "--out", tmp_path / name, "--now", NOW, "--utc-offset", offset)
        assert done.code == 0
    utc, east = ((tmp_path / name / "runs/vision/train.yaml").read_text() for name in ("utc", "east"))
    assert utc != east
