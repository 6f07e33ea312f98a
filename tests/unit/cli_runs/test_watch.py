"""``watch`` as somebody sees it: on a terminal of its own, in a pipe, until it is over or interrupted."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.unit.cli_runs.conftest import NOW, ROOT, Runs, run_text

LINE = [sys.executable, "-m", "jobtree.cli.runs.app", "watch", "--interval", "1s", "--now", NOW]
PATIENCE = 60
INTERRUPT = b"\x03"


class Screen:
    """What a program shows, read from the other end of its terminal or pipe."""

    def __init__(self, handle: int) -> None:
        self.handle, self.text = handle, ""

    def until(self, word: str) -> str:
        """Everything shown once the word is, and then forgotten."""
        end = time.monotonic() + PATIENCE
        while word not in self.text:
            assert time.monotonic() < end, f"{word!r} is not in {self.text!r}"
            if select.select([self.handle], [], [], 0.2)[0]:
                data = self._read()
                assert data, f"it ended without {word!r}: {self.text!r}"
                self.text += data
        shown, self.text = self.text, ""
        return shown

    def _read(self) -> str:
        try:
            return os.read(self.handle, 65_536).decode()
        except OSError:  # the terminal of a program that has ended
            return ""

    def rest(self) -> str:
        """What it still had to say before it ended."""
        while data := self._read():
            self.text += data
        return self.text

    def quiet(self, seconds: float) -> bool:
        """Whether nothing is shown for a while."""
        return not self.text and not select.select([self.handle], [], [], seconds)[0]


@contextmanager
def on_a_terminal(*arguments: object) -> Iterator[tuple["subprocess.Popen[bytes]", Screen]]:
    """The command with a terminal for everything, which sends it a signal when somebody presses Ctrl-C."""
    outer, inner = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "160"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [sys.executable, "-c", _OWN_TERMINAL, *LINE, *map(str, arguments)],
        stdin=inner, stdout=inner, stderr=inner, cwd=ROOT, env=environment, start_new_session=True,
    )  # fmt: skip
    os.close(inner)
    try:
        yield process, Screen(outer)
    finally:
        process.kill()
        process.wait()
        os.close(outer)


_OWN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


@contextmanager
def in_pipes(*arguments: object) -> Iterator[tuple["subprocess.Popen[bytes]", Screen, Screen]]:
    """The command with a pipe for its output and another one for the rest."""
    line = [*LINE, *map(str, arguments)]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, bufsize=0)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        yield process, Screen(process.stdout.fileno()), Screen(process.stderr.fileno())
    finally:
        process.kill()
        process.communicate()


def change(state: Path, old: str, new: str) -> None:
    """As other programs do it: at once."""
    text = state.read_text("utf-8")
    assert old in text
    other = state.with_suffix(".tmp")
    other.write_text(text.replace(old, new, 1), encoding="utf-8")
    other.replace(state)


def less(state: Path) -> None:
    """The run mm3 wants 32 GPUs."""
    head, run, tail = state.read_text("utf-8").partition("name: mm3\n")
    assert "totalGPUs: 64" in tail
    change(state, head + run + tail, head + run + tail.replace("totalGPUs: 64", "totalGPUs: 32", 1))


def test_it_is_live_on_a_terminal_and_ends_on_ctrl_c(state: Path) -> None:
    with on_a_terminal("mm3", "--state", state) as (process, screen):
        screen.until("Owned 56\r\n")
        assert screen.quiet(2.5)  # nothing has changed, so nothing is printed
        less(state)
        shown = screen.until("32/32")
        assert "\x1b[1;33m32/32" in shown
        assert "*" not in shown
        os.write(screen.handle, INTERRUPT)
        assert process.wait(PATIENCE) == 130
        assert screen.rest().strip() in ("", "^C")


def test_changes_are_marked_where_there_is_no_colour(state: Path) -> None:
    with in_pipes("-n", "mm-aud", "--state", state) as (process, out, _):
        assert out.until("Owned 56\n").startswith("NAMESPACE")
        less(state)
        line = out.until("\n")
        assert "32/32*" in line
        assert "mm3 " in line
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130


@pytest.mark.parametrize("begun", [True, False])
def test_it_ends_when_nobody_reads(state: Path, begun: bool) -> None:
    """While it waits, and while it prints."""
    with in_pipes("--state", state, "--interval", "600s") as (process, out, _):
        if begun:
            out.until("Owned\n")
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(PATIENCE) == 0
        process.stdout = None


def test_it_ends_with_its_run(state: Path) -> None:
    with in_pipes("mm3", "--state", state) as (process, out, _):
        out.until("Owned 56\n")
        change(state, "phase: Pending", 'phase: Completed\n    finishedAt: "2026-03-02T09:30:00Z"')
        out.until("Completed*")
        assert process.wait(PATIENCE) == 0


def test_once(runs: Runs) -> None:
    done = runs("watch", "mm3", "--once")
    assert done.code == 0
    assert len(done.out.splitlines()) == 2
    assert runs("watch", "--once", "--no-headers").out.count("\n") == 5
    assert runs("watch", "mm3", "--once", "-o", "name").out == "run.rq.davidlangworthy.io/mm3\n"


def test_a_run_that_comes_while_somebody_watches(state: Path) -> None:
    with in_pipes("-n", "mm-vis", "--state", state) as (_, out, _err):
        out.until("mm2")
        state.write_bytes(state.read_bytes() + b"---\n" + run_text("late").encode())
        assert "mm-vis    " in out.until("late*")


def test_a_run_that_goes_away(state: Path) -> None:
    with in_pipes("mm3", "--state", state) as (process, out, err):
        out.until("Owned 56\n")
        head, *parts = state.read_text("utf-8").split("\n- ")
        kept = [part for part in parts if "name: mm3\n" not in part]
        state.write_text("\n- ".join([head, *kept]), encoding="utf-8")
        out.until("Deleted*")
        assert process.wait(PATIENCE) == 1
        err.until("mm-aud/mm3 is gone")


def test_a_file_that_breaks_for_a_while(state: Path) -> None:
    with in_pipes("mm3", "--state", state) as (process, out, err):
        out.until("Owned 56\n")
        err.until("holds no Fleet")
        good = state.read_bytes()
        state.write_bytes(good[:5000] + b"\n}")
        err.until("still waiting: this is not YAML")
        state.write_bytes(good)
        less(state)
        assert "32/32*" in out.until("\n")
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
