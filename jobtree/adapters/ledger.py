"""The ledger's folder: months are read whole, and written beside and renamed, so that a reader sees a whole file.

A month only ever grows: what stands on the disk is a beginning of what is written, or nothing is written. A compile
writes the ledger before the output tree; killed in between, it leaves lines that the next compile writes again, byte by
byte the same (docs/ledger.md). Codes: JT708, JT716.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jobtree.adapters.files import LARGEST_OUTPUT, read_output_file
from jobtree.base.chain import SUFFIX
from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.base.words import count
from jobtree.load.source import Source

MOST_MONTHS = 10_000

Step = Callable[[str], None]
"""Called with the name of each step before it is done: where tests kill the process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFiles:
    """The months of a ledger, sorted, with the folder's name in their paths, and what could not be read (JT716)."""

    sources: tuple[Source, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def months(self) -> Mapping[str, bytes]:
        """Whole files by file name."""
        return {source.path.rpartition("/")[2]: source.data for source in self.sources}


def read_ledger_files(folder: Path) -> LedgerFiles:
    """Every ``*.jsonl`` of the folder; none if there is no folder. Other files are not the ledger's and are left alone.

    JT716 for a link in place of the folder or of a month, anything else that is no regular file, and what the disk
    refuses. Names and content are for ``read_ledger`` to judge.
    """
    if not os.path.lexists(folder):
        return LedgerFiles()
    odd = _odd_folder(folder)
    if odd:
        return LedgerFiles(diagnostics=odd)
    sources, findings = [], []
    try:
        names = sorted((path.name for path in folder.iterdir() if path.name.endswith(SUFFIX)), key=os.fsencode)
    except OSError as fault:
        return LedgerFiles(diagnostics=(_refused(folder, "read", fault),))
    if len(names) > MOST_MONTHS:
        message = f"{folder} holds {count(len(names), 'file')}, more than {MOST_MONTHS:,} months"
        return LedgerFiles(diagnostics=(error("JT716", message, help="restore it from git"),))
    for name in names:
        shown = f"{folder.name}/{os.fsencode(name).decode('utf-8', errors='replace')}"
        try:
            sources.append(Source(shown, read_output_file(folder / name)))
        except OSError as fault:
            message = f"this month of the ledger cannot be read: {_words(fault)}"
            findings.append(error("JT716", message, Location(shown), help="restore it from git: it is a regular file"))
    return LedgerFiles(sources=tuple(sources), diagnostics=tuple(findings))


def write_ledger(folder: Path, months: Mapping[str, bytes], *, step: Step = lambda _: None) -> tuple[Diagnostic, ...]:
    """Writes whole months by file name, flushed to the disk; unchanged ones are not touched.

    JT716 if a month on the disk is not a beginning of the new one, is a link or no regular file, or if the disk
    refuses; JT708 if another compile is at it. Then no month is touched that was not written before the fault.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        odd = _odd_folder(folder)
        if odd:
            return odd
        with _alone(folder) as handle:
            changed = [name for name in sorted(months) if _standing(folder / name) != months[name]]
            refusals = [finding for name in changed for finding in _unfit(folder / name, months[name])]
            if refusals:
                return tuple(refusals)
            for name in changed:
                _replace(folder / name, months[name], handle, step)
    except BlockingIOError:
        return (error("JT708", f"another compile is writing {folder}", help="wait until it is done"),)
    except OSError as fault:
        return (_refused(folder, "written", fault),)
    return ()


def _odd_folder(folder: Path) -> tuple[Diagnostic, ...]:
    if folder.is_dir() and not folder.is_symlink():
        return ()
    what = "a symbolic link" if folder.is_symlink() else "no folder"
    return (error("JT716", f"{folder} is {what}", help="make it a folder that git tracks"),)


def _standing(path: Path) -> bytes | None:
    """The month on the disk, None if there is none; OSError for a link and the like."""
    return read_output_file(path) if os.path.lexists(path) else None


def _replace(path: Path, data: bytes, folder: int, step: Step) -> None:
    """Renames a file that is wholly on the disk over the old one."""
    new = path.with_name(f".{path.name}.jobtree-new")
    new.unlink(missing_ok=True)
    step("write")
    try:
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            step("flush")
            file.flush()
            os.fsync(handle)
        step("rename")
        new.rename(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    step("sync")
    os.fsync(folder)
    step("done")


@contextmanager
def _alone(folder: Path) -> Iterator[int]:
    """Holds the folder for this process alone; BlockingIOError if another one has it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield handle
    finally:
        os.close(handle)


def _unfit(path: Path, data: bytes) -> Iterator[Diagnostic]:
    where = Location(f"{path.parent.name}/{path.name}")
    if not data.startswith(_standing(path) or b""):
        message = "the ledger changed since it was read: a month is only ever appended to"
        yield error("JT716", message, where, help="compile again")
    if len(data) > LARGEST_OUTPUT:
        message = "this month of the ledger would be too large to be read again"
        notes = (f"{len(data):,} bytes > {LARGEST_OUTPUT:,} bytes",)
        yield error("JT716", message, where, notes=notes, help="split the fleet into several repositories")


def _refused(folder: Path, verb: str, fault: OSError) -> Diagnostic:
    message = f"{folder} cannot be {verb}: {_words(fault)}"
    return error("JT716", message, help="check permissions and free space; a month is a regular file")


def _words(fault: OSError) -> str:
    return fault.strerror or str(fault)
