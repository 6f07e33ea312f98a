"""The ledger's folder: whole months or none, and nothing but appending."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jobtree.adapters import ledger as storing
from jobtree.adapters.ledger import LedgerFiles, read_ledger_files, write_ledger
from jobtree.emit.ledger import append
from jobtree.load.ledger import read_ledger
from tests.faults.ledger.lines import MONTHS, written
from tests.unit.untouched import marks

OLD = written([(MONTHS[0], [{"lottery": {"n": 1}}]), (MONTHS[1], [{"lottery": {"n": 2}}])])
MORE = append(OLD, [{"lottery": {"n": 3}}], MONTHS[1])
NEW = {**OLD, **MORE}
(MONTH,) = MORE


def codes(findings: object) -> list[str]:
    return [finding.code for finding in findings]  # type: ignore[attr-defined]


def months(folder: Path) -> dict[str, bytes]:
    read = read_ledger_files(folder)
    assert read.diagnostics == ()
    return dict(read.months)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert write_ledger(tmp_path / "ledger", OLD) == ()
    return tmp_path / "ledger"


def test_no_folder_is_an_empty_ledger(tmp_path: Path) -> None:
    assert read_ledger_files(tmp_path / "ledger") == LedgerFiles()


def test_what_was_written_is_read_and_an_unchanged_month_is_not_touched(folder: Path) -> None:
    assert months(folder) == OLD
    before = marks(folder.iterdir())
    assert write_ledger(folder, OLD) == ()
    assert marks(folder.iterdir()) == before
    assert write_ledger(folder, MORE) == ()
    assert months(folder) == NEW
    assert sorted(path.name for path in folder.iterdir()) == sorted(NEW)
    read, findings = read_ledger(read_ledger_files(folder).sources)
    assert (findings, len(read.head)) == ((), 64)


def test_paths_name_the_folder(folder: Path) -> None:
    assert [source.path for source in read_ledger_files(folder).sources] == [f"ledger/{name}" for name in sorted(OLD)]


def test_other_files_are_left_alone(folder: Path) -> None:
    (folder / ".gitkeep").write_bytes(b"")
    (folder / "README.md").write_text("ours")
    (folder / f".{MONTH}.jobtree-new").write_text("left behind by a kill")
    assert months(folder) == OLD
    assert write_ledger(folder, MORE) == ()
    assert sorted(path.name for path in folder.iterdir()) == sorted([*NEW, ".gitkeep", "README.md"])


def test_a_month_is_never_rewritten(folder: Path) -> None:
    for data in (b"", OLD[MONTH][:-1], OLD[MONTH].replace(b"2", b"3", 1), b"\n" + OLD[MONTH]):
        (finding,) = write_ledger(folder, {**MORE, MONTH: data, "2026-09.jsonl": b"new\n"})
        assert (finding.code, finding.location and finding.location.path) == ("JT716", f"ledger/{MONTH}")
        assert months(folder) == OLD


def test_the_law_of_appending_needs_its_guard(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "_unfit", lambda *_: ())
    with pytest.raises((AssertionError, ValueError)):
        test_a_month_is_never_rewritten(folder)


def test_a_month_that_could_not_be_read_again_is_not_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "LARGEST_OUTPUT", len(OLD[MONTH]))
    (finding,) = write_ledger(folder, MORE)
    assert (finding.code, "too large" in finding.message) == ("JT716", True)
    assert months(folder) == OLD


@pytest.mark.parametrize("what", ["link", "dangling", "file"])
def test_something_else_in_place_of_the_folder_is_jt716(tmp_path: Path, what: str) -> None:
    (tmp_path / "real").mkdir()
    place = tmp_path / "ledger"
    if what == "file":
        place.write_text("x")
    else:
        place.symlink_to("real" if what == "link" else "nowhere")
    assert codes(read_ledger_files(place).diagnostics) == ["JT716"]
    assert codes(write_ledger(place, NEW)) == ["JT716"]
    assert list((tmp_path / "real").iterdir()) == []


@pytest.mark.parametrize("what", ["link", "pipe", "folder", "secret"])
def test_something_else_in_place_of_a_month_is_jt716(folder: Path, what: str) -> None:
    place = folder / MONTH
    original = place.read_bytes()
    place.unlink()
    match what:
        case "link":
            (folder / "real").write_bytes(original)
            place.symlink_to("real")
        case "pipe":
            os.mkfifo(place)
        case "folder":
            place.mkdir()
        case _:
            place.symlink_to("/etc/hostname")
    (finding,) = read_ledger_files(folder).diagnostics
    assert (finding.code, finding.location and finding.location.path) == ("JT716", f"ledger/{MONTH}")
    assert codes(write_ledger(folder, MORE)) == ["JT716"]
    assert place.is_symlink() == (what in ("link", "secret"))


def test_a_name_that_is_not_utf8_is_shown_and_refused(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.jsonl")).write_bytes(b"x\n")
    _, findings = read_ledger(read_ledger_files(folder).sources)
    assert [(finding.code, str(finding.location)) for finding in findings] == [("JT713", "ledger/\ufffd.jsonl:1:1")]


def test_too_many_months_are_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "MOST_MONTHS", 1)
    assert codes(read_ledger_files(folder).diagnostics) == ["JT716"]


def test_a_leftover_that_is_a_link_is_never_written_through(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").write_text("years")
    (folder / f".{MONTH}.jobtree-new").symlink_to(tmp_path / "thesis")
    assert write_ledger(folder, MORE) == ()
    assert (tmp_path / "thesis").read_text() == "years"
    assert months(folder) == NEW


def test_a_full_disk_leaves_the_old_month(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storing.os, "fsync", full)
    (finding,) = write_ledger(folder, MORE)
    assert (finding.code, "No space left" in finding.message) == ("JT716", True)
    monkeypatch.undo()
    assert months(folder) == OLD
    assert sorted(path.name for path in folder.iterdir()) == sorted(OLD)


def test_two_at_once_are_jt708(folder: Path) -> None:
    inner: list[str] = []
    write_ledger(
        folder, MORE, step=lambda at: inner.extend(codes(write_ledger(folder, MORE))) if at == "flush" else None
    )
    assert inner == ["JT708"]
    assert months(folder) == NEW


KILLED = """
import os, signal, sys
from pathlib import Path
from jobtree.adapters.ledger import write_ledger
from tests.unit.adapters.test_ledger import MORE

folder, at = Path(sys.argv[1]), sys.argv[2]
write_ledger(folder, MORE, step=lambda step: os.kill(os.getpid(), signal.SIGKILL) if step == at else None)
"""


@pytest.mark.parametrize("at", ["write", "flush", "rename", "sync", "done"])
def test_kill_at_every_step_leaves_the_old_month_or_the_new_one(folder: Path, at: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), at], cwd=Path(__file__).parents[3])
    assert done.returncode == -signal.SIGKILL
    assert months(folder) == (NEW if at in ("sync", "done") else OLD)
    assert write_ledger(folder, MORE) == ()
    assert months(folder) == NEW
    assert sorted(path.name for path in folder.iterdir()) == sorted(NEW)
