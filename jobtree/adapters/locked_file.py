"""One file that several processes edit: locked while it is read and written, and replaced as a whole.

The lock is a file beside it, for the file itself is another one after each edit (ADR 30). Readers take no lock: they
see the old file or the new one.
"""

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 20.0
"""Seconds that an edit waits for others."""

_PAUSE = 0.02


class BusyError(OSError):
    """Somebody else held the lock all the time."""


@contextmanager
def locked(path: Path) -> Iterator[Path]:
    """Holds the lock of a file, and gives the file that links lead to. Raises OSError, BusyError after ``PATIENCE``.

    The lock goes with the process, however that ends; its file stays, so that nobody locks a file that is gone.
    """
    target = path.resolve(strict=True)
    handle = os.open(lock_of(target), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    try:
        _take(handle, target)
        yield target
    finally:
        os.close(handle)


def lock_of(target: Path) -> Path:
    """The file whose lock stands for a file's."""
    return target.with_name(f".{target.name}.lock")


def replace_file(target: Path, data: bytes) -> None:
    """Puts a new file in the place of one, with its permissions, once its bytes are on the disk. Raises OSError."""
    mode = stat.S_IMODE(target.stat().st_mode)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _take(handle: int, target: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise BusyError(f"somebody else has been editing {target.name} for {PATIENCE:.0f} s") from None
            time.sleep(_PAUSE)
        else:
            return


def _sync_folder(folder: Path) -> None:
    """So that the new name outlives a crash."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
