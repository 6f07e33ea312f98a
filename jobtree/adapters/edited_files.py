"""Writes edited files into a folder: each appears whole, by one rename, and all of them or none.

Killed at any point, a file has its old bytes or its new ones. Nothing is written through a symbolic link, outside of
the folder, over a file that is not as it was read, or over one that was not there.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jobtree.adapters.files import LARGEST_OUTPUT, read_regular
from jobtree.base.diagnostic import Diagnostic, Location, error

_SUFFIX = ".jobtree-new"
"""No suffix of an input: what a kill leaves behind is never read."""
_AGAIN = "run the command again; nothing was written"


@dataclass(frozen=True, slots=True)
class FileEdit:
    """What a file held when it was read (None: it was not there), and what it shall hold (None: it goes)."""

    old: bytes | None
    new: bytes | None


def write_edits(edits: Mapping[str, FileEdit], folder: Path) -> tuple[Diagnostic, ...]:
    """Writes edits by path below the folder. JT151 and JT702 say why nothing was written."""
    for path in sorted(edits):
        finding = _objection(folder, path)
        if finding is not None:
            return (finding,)
    try:
        with _alone(folder):
            moved = next((path for path in sorted(edits) if _held(folder / path) != edits[path].old), None)
            if moved is not None:
                return (error("JT702", "the file is not as it was when it was read", Location(moved), help=_AGAIN),)
            _write_all(edits, folder)
    except OSError as fault:
        hint = "check permissions and free space; nothing was written"
        return (error("JT702", f"{folder} cannot be written: {fault.strerror or fault}", help=hint),)
    return ()


def undone(edits: Mapping[str, FileEdit]) -> Mapping[str, FileEdit]:
    """The edits that take others back."""
    return {path: FileEdit(edit.new, edit.old) for path, edit in edits.items()}


def _objection(folder: Path, path: str) -> Diagnostic | None:
    """Why a path is none that may be written."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\0" in path:
        return error("JT151", "the path leaves the repository", Location(path), help="nothing was written")
    for step in reversed([pure, *pure.parents][:-1]):
        place = folder / step
        if place.is_symlink():
            return error("JT151", f"{step} is a symbolic link", Location(path), help="edit what it leads to")
        if os.path.lexists(place) and place.is_dir() == (step == pure):
            return error("JT702", f"{step} is in the way", Location(path), help="move it away")
    return None


def _write_all(edits: Mapping[str, FileEdit], folder: Path) -> None:
    done: list[str] = []
    with ExitStack() as stack:
        try:
            made = [(path, _beside(folder / path, edit, stack)) for path, edit in sorted(edits.items())]
            for path, temporary in made:
                _put(folder, path, edits[path], temporary)
                done.append(path)
            for parent in sorted({(folder / path).parent for path in edits}):
                if parent.is_dir():
                    _flush(parent)
        except OSError:
            _take_back(edits, folder, done)
            raise


def _take_back(edits: Mapping[str, FileEdit], folder: Path, done: list[str]) -> None:
    for path in done:
        back = FileEdit(edits[path].new, edits[path].old)
        with suppress(OSError), ExitStack() as stack:
            _put(folder, path, back, _beside(folder / path, back, stack))


def _beside(target: Path, edit: FileEdit, stack: ExitStack) -> Path | None:
    """The new bytes on disk, beside the file that they are for, with its permissions; gone when the stack ends."""
    if edit.new is None:
        return None
    _make_folders(target.parent, stack)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=_SUFFIX)
    stack.callback(lambda: Path(name).unlink(missing_ok=True))
    with os.fdopen(handle, "wb") as file:
        os.fchmod(file.fileno(), target.stat().st_mode & 0o777 if edit.old is not None else 0o666 & ~_umask())
        file.write(edit.new)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def _make_folders(folder: Path, stack: ExitStack) -> None:
    """Makes what is missing; folders that stay empty go when the stack ends."""
    for parent in reversed([folder, *folder.parents]):
        if not parent.is_dir():
            parent.mkdir()
            stack.callback(_remove_if_empty, parent)


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _put(folder: Path, path: str, edit: FileEdit, temporary: Path | None) -> None:
    target = folder / path
    if temporary is None:
        target.unlink()
        for parent in PurePosixPath(path).parents[:-1]:  # as git does: no empty folder is left
            _remove_if_empty(folder / parent)
    elif edit.old is None:
        os.link(temporary, target)  # fails where a file has come since; a rename would replace it
    else:
        temporary.replace(target)


def _held(path: Path) -> bytes | None:
    return read_regular(path, most=LARGEST_OUTPUT) if os.path.lexists(path) else None


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    """The process's mask; it can only be asked by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds the folder for this process, after any other command that writes below it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
