import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jobtree.adapters import swap as swapping
from jobtree.adapters.files import read_tree
from jobtree.adapters.swap import changed_paths, guard, restore, swap
from jobtree.emit.seal import write_seal
from jobtree.load.source import Source
from tests.unit.untouched import marks


def tree(word: str, **more: bytes) -> dict[str, bytes]:
    files = {"gpu-a/ns/leases/x.yaml": word.encode(), "plan.json": b"{}", **more}
    return {**files, "seal.json": write_seal(files, [Source("in.yaml", b"x")])}


OLD, NEW = tree("old", gone=b"1"), tree("new", come=b"2")


def codes(findings: object) -> list[str]:
    return [finding.code for finding in findings]  # type: ignore[attr-defined]


def beside(out: Path) -> list[str]:
    return sorted(path.name for path in out.parent.iterdir() if path != out)


def test_a_first_tree_a_second_and_an_unchanged_one(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "rendered"
    assert swap(OLD, out).changed == tuple(sorted(OLD))
    assert read_tree(out) == OLD
    before = marks([out, *out.rglob("*")])
    assert swap(OLD, out) == swapping.Swapped()
    assert marks([out, *out.rglob("*")]) == before
    assert swap(NEW, out).changed == ("come", "gone", "gpu-a/ns/leases/x.yaml", "seal.json")
    assert read_tree(out) == NEW
    assert beside(out) == []


def test_two_renames_do_where_exchange_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swapping, "_exchange", lambda *_: False)
    out = tmp_path / "rendered"
    swap(OLD, out)
    swap(NEW, out)
    assert read_tree(out) == NEW
    assert beside(out) == []


def test_what_is_not_ours_is_never_replaced(tmp_path: Path) -> None:
    out = tmp_path / "rendered"
    out.mkdir()
    (out / "thesis.txt").write_text("years")
    assert codes(swap(NEW, out).diagnostics) == ["JT701"]
    (out / "thesis.txt").unlink()
    assert swap(NEW, out).diagnostics == ()
    for stranger in ("gpu-a/mine.yaml", "link"):
        path = out / stranger
        path.symlink_to("plan.json") if stranger == "link" else path.write_text("mine")
        (finding,) = swap(OLD, out).diagnostics
        assert (finding.code, finding.notes) == ("JT701", (stranger,))
        assert read_tree(out).keys() >= NEW.keys()
        path.unlink()


def test_a_pipe_that_the_seal_lists_is_a_stranger_and_never_opened(tmp_path: Path) -> None:
    out = tmp_path / "rendered"
    swap(OLD, out)
    (out / "gone").unlink()
    os.mkfifo(out / "gone")
    (finding,) = guard(out)
    assert (finding.code, finding.notes) == ("JT701", ("gone",))


@pytest.mark.parametrize("seal", [b"", b"{", b"[]", b'{"files": [{"path": 1, "sha256": "x"}]}'])
def test_a_seal_that_is_none_seals_nothing(tmp_path: Path, seal: bytes) -> None:
    (tmp_path / "seal.json").write_bytes(seal)
    assert codes(guard(tmp_path)) == ["JT701"]


def test_a_link_or_a_file_in_its_place_is_jt702(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "file").write_text("x")
    assert codes(swap(NEW, tmp_path / "link").diagnostics) == ["JT702"]
    assert codes(swap(NEW, tmp_path / "file").diagnostics) == ["JT702"]
    assert codes(swap(NEW, tmp_path / "file" / "below").diagnostics) == ["JT702"]
    assert list((tmp_path / "real").iterdir()) == []


def test_an_edited_file_is_jt707_and_does_not_stop_anything(tmp_path: Path) -> None:
    out = tmp_path / "rendered"
    swap(OLD, out)
    (out / "gone").write_text("edited")
    assert codes(guard(out)) == ["JT707"]
    assert swap(NEW, out).diagnostics == ()


def test_a_full_disk_leaves_the_old_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "rendered"
    swap(OLD, out)

    def full(path: Path, _: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    (finding,) = swap(NEW, out).diagnostics
    assert (finding.code, "No space left" in finding.message) == ("JT702", True)
    assert read_tree(out) == OLD
    assert beside(out) == []


def test_two_at_once_are_jt708(tmp_path: Path) -> None:
    out = tmp_path / "rendered"
    inner: list[str] = []
    swap(OLD, out, step=lambda step: inner.extend(codes(swap(NEW, out).diagnostics)) if step == "flush" else None)
    assert inner == ["JT708"]
    assert read_tree(out) == OLD


def test_changed_paths_of_a_missing_folder_are_all(tmp_path: Path) -> None:
    assert changed_paths(NEW, tmp_path / "nowhere") == tuple(sorted(NEW))


KILLED = """
import os, signal, sys
from pathlib import Path
from jobtree.adapters import swap as swapping
from tests.unit.adapters.test_swap import NEW

out, at, exchange = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
if exchange == "no":
    swapping._exchange = lambda *_: False
swapping.swap(NEW, out, step=lambda step: os.kill(os.getpid(), signal.SIGKILL) if step == at else None)
"""
STEPS = ["write", "wrote gpu-a/ns/leases/x.yaml", "wrote seal.json", "flush", "exchange", "tidy", "done"]


@pytest.mark.parametrize("exchange", ["yes", "no"])
@pytest.mark.parametrize("at", [*STEPS, "between"])
def test_kill_at_every_step_leaves_the_old_tree_or_the_new_one(tmp_path: Path, at: str, exchange: str) -> None:
    out = tmp_path / "rendered"
    swap(OLD, out)
    done = subprocess.run([sys.executable, "-c", KILLED, str(out), at, exchange], cwd=Path(__file__).parents[3])
    if (at, exchange) == ("between", "yes"):  # one system call: there is no between
        assert done.returncode == 0
        return
    assert done.returncode == -signal.SIGKILL
    restore(out)
    assert read_tree(out) == (NEW if at in ("tidy", "done") else OLD)
    assert swap(NEW, out).diagnostics == ()
    assert read_tree(out) == NEW
    assert beside(out) == []


def test_a_reader_never_sees_a_mixture(tmp_path: Path) -> None:
    out = tmp_path / "rendered"
    swap(OLD, out)
    seen = []
    swap(NEW, out, step=lambda _: seen.append(read_tree(out)))
    assert all(view in (OLD, NEW) for view in seen)
    assert beside(out) == []
