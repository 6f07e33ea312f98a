"""Puts a new output tree in place of the old one: a reader sees the one or the other, whatever is killed when.

The new tree is written to a sibling folder, flushed to disk, and exchanged with the old one in one system call. Where
the system has no such call, two renames do it, and the next compile takes back what a kill in between left behind.
"""

import ctypes
import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path

from jobtree.adapters.files import is_regular, leaves, read_output_file
from jobtree.base.diagnostic import Diagnostic, Location, error, warning
from jobtree.emit.seal import SEAL_PATH, sealed_files

Step = Callable[[str], None]
"""Called with the name of each step before it is done: where tests kill the process."""

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Swapped:
    """What became of the output folder: how many files differ from before, or why nothing was written."""

    changed: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def guard(out: Path) -> tuple[Diagnostic, ...]:
    """Whether a compile may replace this folder.

    JT701 if it holds files that its seal does not list; JT702 if it is a symbolic link, no folder, or ``.``; JT707, a
    warning, if a sealed file was edited or removed since.
    """
    if out.name in ("", ".."):
        return (error("JT702", f"{out} has no name that could be swapped", help="name a folder below it with --out"),)
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        what = "a symbolic link" if out.is_symlink() else "no folder"
        return (error("JT702", f"{out} is {what}", help="name another folder with --out, or remove it"),)
    seal = out / SEAL_PATH
    try:
        sealed = (sealed_files(read_output_file(seal)) if is_regular(seal) else None) or {}
        found = set(leaves(out))
    except OSError as fault:
        why = fault.strerror or str(fault)
        return (error("JT702", f"{out} cannot be read: {why}", help="name another folder with --out, or remove it"),)
    ours = {*sealed, SEAL_PATH} if sealed else set()
    strange = (path for path in sorted(found) if path not in ours or not is_regular(out / path))
    strangers = list(islice(strange, _SHOWN + 1))
    if strangers:
        return (_strangers(out, strangers),)
    edited = [path for path, digest in sealed.items() if path not in found or _digest(out / path) != digest]
    return tuple(_edited(out, path) for path in sorted(edited))


def swap(tree: Mapping[str, bytes], out: Path, *, step: Step = lambda _: None) -> Swapped:
    """Replaces the folder by the tree, if they differ; else nothing is touched.

    JT701 and JT702 as ``guard`` says, JT702 too if the disk refuses, JT708 if another compile is at it; then the old
    tree stands untouched.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with _alone(out.parent) as handle:
            restore(out)
            _clear(out)
            refusals = tuple(finding for finding in guard(out) if finding.code != "JT707")
            if refusals:
                return Swapped(diagnostics=refusals)
            changed = changed_paths(tree, out)
            if changed:
                _replace(tree, out, handle, step)
            return Swapped(changed=changed)
    except BlockingIOError:
        return Swapped(diagnostics=(error("JT708", f"another compile is writing {out}", help="wait until it is done"),))
    except OSError as fault:
        why = fault.strerror or str(fault)
        finding = error("JT702", f"{out} cannot be written: {why}", help="check permissions and free space")
        return Swapped(diagnostics=(finding,))


def restore(out: Path) -> None:
    """Takes the old tree back if a compile was killed between its two renames. Raises OSError."""
    _, old = _siblings(out)
    if old.is_dir() and not out.exists():
        old.rename(out)


def _clear(out: Path) -> None:
    """Takes away what a killed compile left beside the folder."""
    for leftover in _siblings(out):
        if leftover.is_dir():
            shutil.rmtree(leftover)


def changed_paths(tree: Mapping[str, bytes], out: Path) -> tuple[str, ...]:
    """Paths that the folder has and the tree has not, the other way around, or with other bytes; sorted."""
    found = set(leaves(out))
    differing = [path for path, data in tree.items() if path not in found or (out / path).read_bytes() != data]
    return tuple(sorted([*differing, *(found - tree.keys())]))


def _siblings(out: Path) -> tuple[Path, Path]:
    place = Path(os.path.abspath(out))  # noqa: PTH100 (a link in its place is not followed)
    return place.parent / f".{place.name}.jobtree-new", place.parent / f".{place.name}.jobtree-old"


def _replace(tree: Mapping[str, bytes], out: Path, handle: int, step: Step) -> None:
    new, old = _siblings(out)
    step("write")
    try:
        _write(tree, new, step)
        step("flush")
        _flush(handle)
    except OSError:
        shutil.rmtree(new, ignore_errors=True)
        raise
    step("exchange")
    if not out.exists():
        new.rename(out)
    elif not _exchange(new, out):
        out.rename(old)
        step("between")
        new.rename(out)
    step("tidy")
    os.fsync(handle)
    for leftover in (new, old):
        if leftover.is_dir():
            shutil.rmtree(leftover)
    step("done")


def _write(tree: Mapping[str, bytes], new: Path, step: Step) -> None:
    new.mkdir()
    for folder in sorted({parent for path in tree for parent in Path(path).parents}):
        (new / folder).mkdir(exist_ok=True)
    for path, data in tree.items():
        (new / path).write_bytes(data)
        step(f"wrote {path}")


def _flush(handle: int) -> None:
    """Brings everything on this file system to the disk: one call for a tree of thousands of files."""
    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None or syncfs(handle) != 0:
        os.sync()


def _exchange(one: Path, other: Path) -> bool:
    """Exchanges two folders in one step; False where the system or its file system cannot."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    if call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), str(other))


@contextmanager
def _alone(folder: Path) -> Iterator[int]:
    """Holds the folder for this process alone, without leaving a file behind; BlockingIOError if another one has it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield handle
    finally:
        os.close(handle)


def _digest(path: Path) -> str | None:
    try:
        return sha256(read_output_file(path)).hexdigest()
    except OSError:
        return None


def _strangers(out: Path, paths: list[str]) -> Diagnostic:
    more = ("and more",) if len(paths) > _SHOWN else ()
    return error(
        "JT701",
        f"{out} holds files that jobtree did not write",
        notes=(*paths[:_SHOWN], *more),
        help="move them away, or name another folder with --out",
    )


def _edited(out: Path, path: str) -> Diagnostic:
    return warning(
        "JT707",
        "the file was edited or removed since it was written",
        Location(str(out / path)),
        help="restore it from git: the leases and reservations of this folder are read as facts and promises",
    )
